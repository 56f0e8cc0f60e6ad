"""Maps of band levels: evenly ticking, struck and decaying as the clip, telling nothing of it again."""

import jax
import numpy as np
import pytest

from texturize.losses import event_map
from texturize.losses.event_map import EventTargets, Given, make_map
from texturize.losses.event_targets import event_terms, fit_to, learn_scale, scales_of, spectra_of
from texturize.signal.band_levels import resampled

RATE, GROUPS, FRAMES = 12.5, 3, 100


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(event_map, "STARTS", (4, 2))
    monkeypatch.setattr(event_map, "MOVES", (100, 30))
    monkeypatch.setattr(event_map, "STEPS", 40)


def ticking(period, decay=0.3, frames=FRAMES, seed=0):
    """Quiet noise, and strikes in all groups that decay by a factor each frame."""
    rng = np.random.default_rng(seed)
    strikes = np.zeros(frames)
    strikes[3::period] = 1.0
    for i in range(1, frames):
        strikes[i] += decay * strikes[i - 1]
    return (0.3 + 0.02 * rng.standard_normal((GROUPS, frames)) + strikes).astype(np.float32)


def targets_of(levels):
    return EventTargets(*scales_of([levels], [RATE]), np.ones((GROUPS, 1), np.float32))


def terms(levels, scale):
    y = (levels - scale.mean) / scale.deviation
    scale = fit_to(scale, levels.shape[-1])
    return jax.jit(lambda y, scale: event_terms(y, scale, spectra_of(scale.filters, y.shape[-1])))(y, scale)


def ticks(levels):
    whole = levels.mean(axis=0)
    over = whole > 0.5 * (whole.max() + np.median(whole))
    return np.flatnonzero(over & ~np.roll(over, 1))


def test_ticks_come_evenly_whatever_the_key():
    targets = targets_of(ticking(10))
    maps = [make_map(jax.random.key(seed), targets, FRAMES / RATE) for seed in (0, 1)]
    assert np.abs(maps[0] - maps[1]).max() > 0.1
    for levels in maps:
        intervals = np.diff(ticks(levels), append=ticks(levels)[0] + FRAMES)
        assert np.mean(np.abs(intervals - 10) <= 1) >= 0.7
    np.testing.assert_array_equal(maps[0], make_map(jax.random.key(0), targets, FRAMES / RATE))


def test_what_is_given_stays():
    rng = np.random.default_rng(5)
    mask = (np.arange(FRAMES) < 30).astype(np.float32)
    fixed = ticking(10, seed=3) + 0.03 * rng.standard_normal((GROUPS, FRAMES)).astype(np.float32)
    levels = make_map(jax.random.key(0), targets_of(ticking(10)), FRAMES / RATE, Given(mask, fixed))
    np.testing.assert_allclose(levels[:, :30], fixed[:, :30], atol=1e-5)
    assert np.abs(levels - fixed)[:, 30:].max() > 0.1


def test_other_lengths_and_clips_that_are_too_short():
    assert make_map(jax.random.key(0), targets_of(ticking(10)), 0.5).shape == (GROUPS, 6)
    flat = make_map(jax.random.key(0), targets_of(ticking(3, frames=5)), 2.0)
    np.testing.assert_array_equal(flat, np.ones((GROUPS, 50)))


def test_distributions_see_order_and_the_direction_of_time():
    clip = ticking(10, decay=0.6)
    scale = learn_scale(clip, RATE)
    own = float(terms(clip, scale).distributions)
    shuffled = clip[:, np.random.default_rng(0).permutation(FRAMES)]
    assert float(terms(clip[:, ::-1], scale).distributions) > 4 * own
    assert float(terms(shuffled, scale).distributions) > 4 * own


def test_rhythm_sees_another_tempo():
    scale = learn_scale(ticking(10), RATE)
    own, other = (terms(ticking(period, seed=1), scale) for period in (10, 14))
    assert float(other.rhythm) > 2 * float(own.rhythm)
    assert float(other.total) > 10 * float(own.total)


def test_a_clip_told_again_at_any_shift_is_a_copy_and_another_of_its_kind_is_none():
    rng = np.random.default_rng(0)
    clip, other = (rng.standard_normal((GROUPS, FRAMES)).astype(np.float32) for _ in range(2))
    scale = learn_scale(clip, RATE)
    assert float(terms(np.roll(clip, 17, axis=-1), scale).copies) > 0.05
    assert float(terms(other, scale).copies) < 0.005


def test_resampling_keeps_what_goes_round():
    turn = np.sin(2 * np.pi * (np.arange(50) + 0.5) / 50)
    np.testing.assert_allclose(resampled(turn, 120), np.sin(2 * np.pi * (np.arange(120) + 0.5) / 120), atol=0.01)
