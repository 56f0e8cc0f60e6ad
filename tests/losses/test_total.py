"""The terms: nothing at their target, never negative, with the slope their gradient says, and finite at silence."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from texturize.config import Config, LossConfig
from texturize.losses.clip_envelopes import hush
from texturize.losses.envelope_terms import without_drift
from texturize.losses.total import WaveformLoss, build_targets, static_of
from texturize.signal.envelopes import EXPONENT
from texturize.signal.spectrogram import resolve
from texturize.signal.statistics import EnvelopeStatistics
from texturize.signal.waveform import Waveform

SR, N = 8000, 16000


def crackle(seed, n=N):
    """Noise bursts at random times over a hiss, (1, n)."""
    rng = np.random.default_rng(seed)
    hits = np.where(rng.random(n) < 20 / SR, rng.lognormal(0, 0.5, n), 0.0)
    drop = np.exp(-np.arange(400) / 60) * rng.standard_normal(400)
    return (np.convolve(hits, drop)[:n] * 0.1 + 0.01 * rng.standard_normal(n))[None]


def config_of(**weights):
    names = set(LossConfig.model_fields) - {"course"}
    return Config.model_validate(
        {
            "resolutions": [],
            "spectrogram": {"n_fft": 128, "hop_length": 32},
            "filters": {"widths": [2, 8], "count": 16},
            "loss": {name: {"weight": float(weights.get(name, 0.0))} for name in names},
        }
    )


def problem(y, n=N, **weights):
    """Loss of waveforms (1, n) with the statistics of a clip, and its targets."""
    config = config_of(**weights)
    settings = tuple(resolve(r.spectrogram, SR, circular=True) for r in config.resolutions)
    static = static_of(config, settings, y, SR, n)
    return WaveformLoss(static), build_targets(jnp.asarray(y), SR, n, static)


# Compiled once for each loss, whatever the targets: operation by operation, the terms take a minute.
@partial(jax.jit, static_argnums=1)
def terms(y, loss, targets):
    return loss.terms(Waveform.of(y), targets)


@partial(jax.jit, static_argnums=1)
def value_and_slopes(y, loss, targets):
    """Of a loss of one term."""

    def only(y):
        (value,) = loss.terms(Waveform.of(y), targets).values()
        return value

    return jax.value_and_grad(only)(y)


TERMS = ("gram", "autocorrelation", "diversity", "envelopes", "rhythm")


def test_what_is_learnt_of_a_faded_clip_is_what_is_learnt_of_the_clip():
    clip, k = crackle(2), SR // 20
    ramp = np.linspace(0, 1, k)
    faded = clip.copy()
    faded[:, :k] *= ramp
    faded[:, -k:] *= ramp[::-1]
    of_clip, of_faded = (problem(y, gram=1.0, envelopes=1.0)[1] for y in (clip, faded))
    for one, other in zip(of_clip.resolutions[0].gram, of_faded.resolutions[0].gram, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(of_clip.envelopes.mean, of_faded.envelopes.mean, rtol=0.02)


@pytest.mark.parametrize("term", TERMS)
def test_terms_tell_the_clip_from_noise(term):
    clip = crackle(0)
    loss, targets = problem(clip, **{term: 1.0})
    noise = np.random.default_rng(9).standard_normal(clip.shape) * clip.std()
    here, there = (float(value_and_slopes(y, loss, targets)[0]) for y in (clip, noise))
    if term == "diversity":
        assert here > 0.9
        assert there < 0.3
    else:
        # Onsets that recur by chance are worth 1 where the clip's end is joined to its start.
        assert 0 <= here < (0.3 if term == "rhythm" else 0.1) * there


@pytest.mark.parametrize("shift", [0, 3200, 8000])
def test_diversity_finds_the_clip_wherever_it_begins(shift):
    clip = crackle(1)
    loss, targets = problem(clip, diversity=1.0)
    y = jnp.roll(jnp.asarray(clip), shift, axis=-1)
    assert float(value_and_slopes(y, loss, targets)[0]) > 0.85


def test_a_term_of_weight_zero_is_not_there():
    clip = jnp.asarray(crackle(2))
    loss, targets = problem(clip, gram=1.0)
    assert set(terms(clip, loss, targets)) == {"gram"}
    assert targets.envelopes is None
    assert targets.resolutions[0].original is None


@pytest.mark.parametrize("term", TERMS)
def test_gradients_match_finite_differences(term):
    with jax.enable_x64(True):
        loss, targets = problem(crackle(3), **{term: 1.0})
        y = jnp.asarray(crackle(4))
        direction = jnp.asarray(crackle(5))
        step = 1e-6
        after, before = (value_and_slopes(y + side * step * direction, loss, targets)[0] for side in (1, -1))
        slope = float(after - before) / (2 * step)
        _, gradient = value_and_slopes(y, loss, targets)
        assert float(jnp.vdot(gradient, direction)) == pytest.approx(slope, rel=1e-3, abs=1e-7)


@pytest.mark.parametrize("term", TERMS)
def test_gradients_at_silence_are_finite(term):
    loss, targets = problem(crackle(6), **{term: 1.0})
    _, gradient = value_and_slopes(jnp.zeros((1, N)), loss, targets)
    assert bool(jnp.all(jnp.isfinite(gradient)))


def test_a_result_louder_at_one_end_is_told_from_a_steady_one():
    clip = crackle(7)
    loss, targets = problem(clip, envelopes=1.0)
    swell = 1 + 0.6 * np.sin(2 * np.pi * np.arange(N) / N)
    steady, swelling = (float(value_and_slopes(clip * g, loss, targets)[0]) for g in (1.0, swell))
    assert swelling > 5 * steady


def test_drift_is_taken_out_of_the_statistics():
    ones = jnp.ones((1, 3))
    given = EnvelopeStatistics(
        ones, ones, 0.5 * ones, ones, ones, ones, 0.6 * jnp.ones((1, 3, 4)), ones, ones, 0.19 * ones
    )
    found = without_drift(given)
    np.testing.assert_allclose(found.variation, 0.5 * np.sqrt(0.81), rtol=1e-6)
    np.testing.assert_allclose(found.modulation, 0.6 / np.sqrt(0.81), rtol=1e-6)
    np.testing.assert_allclose(found.drift, 0.0)


def test_silent_bands_are_hushed_and_others_left_alone():
    floor = jnp.full((1, 1), 1e-3)
    quiet = float(floor[0, 0]) ** EXPONENT
    E = np.full((1, 3, 100), quiet)
    E[0, :, :5] = 9 * quiet  # a kink that rings at the end
    E[0, 1, 50] = 4 * quiet  # one event
    E[0, 2] = 5 * quiet
    power = np.full((1, 3), 7.0)
    hushed, powers = hush(jnp.asarray(E), jnp.asarray(power), floor, 10)
    np.testing.assert_allclose(hushed[0, 0], quiet, rtol=1e-6)
    np.testing.assert_allclose(hushed[0, 1:], E[0, 1:], rtol=1e-6)
    np.testing.assert_allclose(powers, [[1e-6, 7.0, 7.0]], rtol=1e-6)


def test_a_longer_period_of_the_clip_lengthens_the_lags():
    rng = np.random.default_rng(8)
    y = 0.003 * rng.standard_normal((1, 10 * SR))
    for start in np.arange(0.1, 8.5, 2.9):
        for after in (0.0, 0.35, 1.2):
            at = round((start + after) * SR)
            y[0, at : at + 400] += rng.standard_normal(400) * np.exp(-np.arange(400) / 100)
    config = config_of(rhythm=1.0)
    settings = tuple(resolve(r.spectrogram, SR, circular=True) for r in config.resolutions)
    _, last = static_of(config, settings, y, SR, y.shape[-1]).scales.lags
    assert 300 <= last <= 400  # hundredths of a second
    _, usual = static_of(config, settings, crackle(9, 10 * SR), SR, 10 * SR).scales.lags
    assert usual == 200
