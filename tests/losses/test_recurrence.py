"""Recurrence of moments: what an autocorrelation over the whole time hardly sees."""

import jax
import numpy as np
import pytest

from texturize.losses.recurrence import fitting, learn_recurrence, moments_recur, periods_of, recurrence_term

RATE, GROUPS, FRAMES = 12.5, 3, 120


def struck(at, seed=0, frames=FRAMES):
    """Standardized levels: quiet noise, and a strike in all groups at some frames, which lasts for two."""
    rng = np.random.default_rng(seed)
    levels = 0.05 * rng.standard_normal((GROUPS, frames)).astype(np.float32)
    for frame in at:
        levels[:, [frame % frames, (frame + 1) % frames]] += np.float32([1.0, 0.5])
    return (levels - levels.mean()) / levels.std()


EVEN = np.arange(3, FRAMES, 10)
DRIFTING = np.cumsum([3, *[10] * 4, *[11] * 4, *[12] * 2])  # longer by a fifth in the end


def strayed(at):
    """One tick of them halfway to the next."""
    return np.where(np.arange(len(at)) == 5, at + 5, at)


@pytest.fixture(scope="module")
def term():
    return jax.jit(recurrence_term)


def autocorrelation(levels, lag):
    centred = levels - levels.mean(axis=-1, keepdims=True)
    return np.mean(centred * np.roll(centred, -lag, axis=-1)) / np.mean(centred**2)


@pytest.mark.parametrize("at, period", [(EVEN, 0.8), (DRIFTING, 0.88)])
def test_periods_are_those_of_the_strikes(at, period):
    assert periods_of(struck(at), RATE)[0] == pytest.approx(period, abs=0.081)


def test_noise_and_silence_have_no_period_and_ask_nothing():
    noise = np.random.default_rng(0).standard_normal((GROUPS, FRAMES)).astype(np.float32)
    for levels in (noise, np.zeros((GROUPS, FRAMES), np.float32)):
        assert periods_of(levels, RATE) == []
        nothing = learn_recurrence(levels, [], RATE)
        assert float(recurrence_term(levels, nothing)) == 0


def test_moments_are_as_alike_as_windows_of_them_one_by_one():
    levels, lags = struck(EVEN), np.array([[9, 10, 11]], np.int32)
    found = np.asarray(jax.jit(moments_recur)(levels, lags))[0]
    offsets = np.arange(-9, 10)
    window = 1 + np.cos(np.pi * offsets / 10)
    for t in (0, 33, 77):
        here = levels[:, (t + offsets) % FRAMES]
        later = [levels[:, (t + offsets + lag) % FRAMES] for lag in lags[0]]
        alike = max(np.sum(window * here * x) / np.sum(window * (here**2 + x**2) / 2) for x in later)
        assert alike - 0.01 < found[t] < alike + np.log(3) / 40 + 0.01


@pytest.mark.parametrize("at", [EVEN, DRIFTING])
def test_one_tick_that_is_missing_or_strays_is_seen(at, term):
    asked = learn_recurrence(struck(at), periods_of(struck(at), RATE), RATE)
    own, missing, late = (float(term(struck(k, 1), asked)) for k in (at, np.delete(at, 5), strayed(at)))
    assert min(missing, late) > 8 * own
    lag = int(asked.lags[0].mean())
    kept = autocorrelation(struck(np.delete(at, 5), 1), lag) / autocorrelation(struck(at, 1), lag)
    assert kept > 0.6  # which is what an average over the whole time makes of it


def test_a_period_that_drifts_recurs_all_the_time():
    levels = struck(DRIFTING)
    asked = learn_recurrence(levels, periods_of(levels, RATE)[:1], RATE)
    assert asked.thresholds.min() > autocorrelation(levels, int(asked.lags[0].mean())) + 0.1


def test_maps_too_short_for_a_period_are_not_asked_for_it():
    asked = learn_recurrence(struck(EVEN), [0.8, 1.6], RATE)
    assert len(fitting(asked, 25).lags) == 1
    assert len(fitting(asked, 12).lags) == 0
    assert len(fitting(asked, FRAMES).lags) == 2
