"""Levels of bands in frames: against the signal's own power, going round, and of clips whose ends don't meet."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from texturize.signal.band_levels import (
    audible,
    band_levels,
    clip_powers,
    compressed,
    expanded,
    frame_powers,
    plan_grid,
)
from texturize.signal.envelopes import band_powers, plan_bands
from texturize.signal.waveform import Waveform

SR, SECONDS, BANDS, GROUPS = 8000, 2, 12, 4
N = SR * SECONDS


def bursts(channels=2):
    """Noise that is louder by 10 dB in every other fifth of a second."""
    rng = np.random.default_rng(0)
    loud = 0.1 * 10.0 ** (np.arange(N) // (SR // 5) % 2 / 2)
    return (loud * rng.standard_normal((channels, N))).astype(np.float32)


@jax.jit
def _levels(y, bands, grid, floor, mean):
    return band_levels(Waveform.of(y), bands, grid, floor, mean)


def levels_of(y, frames, mean):
    bands = plan_bands(BANDS, y.shape[-1], SR)
    return _levels(y, bands, plan_grid(bands.frames, frames, groups=GROUPS), audible(y), mean)


def test_a_frame_has_the_power_of_its_samples():
    y = bursts()
    bands = plan_bands(BANDS, N, SR)
    grid = plan_grid(bands.frames, 10, groups=GROUPS)
    P = np.asarray(frame_powers(band_powers(Waveform.of(y), bands, audible(y)), bands, grid))
    assert P.shape == (GROUPS, 10)
    own = (y.astype(float) ** 2).reshape(2, 10, -1).mean(axis=-1).sum(axis=0)
    # The square of an envelope is twice that of its signal; the bands leave out what is below 50 Hz and at the top.
    np.testing.assert_allclose(10 * np.log10(P.sum(axis=0) / (2 * own)), 0.0, atol=1.0)


def test_frames_go_round():
    y, mean = bursts(), np.ones((GROUPS, 1), np.float32)
    once = levels_of(y, 40, mean)
    np.testing.assert_allclose(
        levels_of(np.roll(y, 7 * N // 40, axis=-1), 40, mean), np.roll(once, 7, axis=-1), atol=2e-3
    )


@pytest.mark.parametrize("frames", [7, 41])
def test_frames_that_are_no_whole_number_of_samples_share_all_of_them(frames):
    grid = plan_grid(100, frames)
    share = np.zeros(100)
    np.add.at(share, grid.samples, grid.weights)
    np.testing.assert_allclose(share, frames / 100, rtol=1e-5)


def test_a_clips_frames_are_those_of_a_circle_but_for_its_ends():
    y = bursts()
    (P,) = clip_powers(y, SR, (20.0,), BANDS, GROUPS)
    mean = P.mean(axis=-1, keepdims=True)
    assert P.shape == (GROUPS, 20 * SECONDS)
    np.testing.assert_allclose(compressed(P, mean)[:, 2:-2], levels_of(y, 20 * SECONDS, mean)[:, 2:-2], atol=0.02)


def test_compression_is_undone_and_its_derivative_is_finite_at_silence():
    P = np.array([[0.0, 1e-5, 0.3, 40.0]], np.float32)
    np.testing.assert_allclose(expanded(np.asarray(compressed(P, np.ones((1, 1))))), P, rtol=1e-3, atol=1e-6)
    mean = np.ones((GROUPS, 1), np.float32)
    quiet = jnp.zeros((1, N), jnp.float32)
    bands = plan_bands(BANDS, N, SR)
    grid = plan_grid(bands.frames, 10, groups=GROUPS)
    floor = np.full((1, 1), 1e-6, np.float32)
    g = jax.jit(jax.grad(lambda y: jnp.sum(_levels(y, bands, grid, floor, mean))))(quiet)
    assert np.isfinite(g).all()
