"""Narrow bands: envelopes of partials and beats, the same for signals of other lengths."""

import jax.numpy as jnp
import numpy as np
import pytest

from texturize.signal.narrow_bands import HALF_WIDTH, RATE, narrow_powers, plan_narrow_bands, same_bands
from texturize.signal.waveform import Waveform

SR, N = 8000, 80000
SILENCE = jnp.zeros((1, 1))


def powers(y, bands):
    return np.asarray(narrow_powers(Waveform.of(y[None].astype(np.float32)), bands, SILENCE))[0]


def test_a_beat_of_two_partials_is_the_envelope_of_its_band():
    bands = plan_narrow_bands(N, SR, 4000.0)
    t, frames = np.arange(N) / SR, np.arange(bands.frames) / bands.frames * N / SR
    band = 61
    centre = (band + 1) * bands.bins * SR / N
    y = np.cos(2 * np.pi * (centre - 1.5) * t) + np.cos(2 * np.pi * (centre + 1.5) * t)
    # Both are as far from the centre, so both are let through by the same cosine.
    gain = np.cos(np.pi / 2 * 1.5 / (bands.bins * SR / N))
    np.testing.assert_allclose(powers(y, bands)[band], (2 * gain * np.cos(2 * np.pi * 1.5 * frames)) ** 2, atol=2e-3)


def test_powers_of_all_bands_add_up_to_that_of_the_signal():
    bands = plan_narrow_bands(N, SR, 4000.0)
    Y = np.fft.rfft(np.random.default_rng(0).standard_normal(N))
    Y[: bands.bins] = Y[bands.count * bands.bins :] = 0  # the outermost halves belong to one band only
    y = np.fft.irfft(Y, N)
    # sine squared and cosine squared of two bands that overlap are 1; an amplitude a has a power of a^2 / 2
    assert powers(y, bands).mean(axis=-1).sum() / 2 == pytest.approx(np.mean(y**2), rel=1e-5)


@pytest.mark.parametrize("n", [79999, 30011, 160001])
def test_bands_of_another_length_are_at_the_same_frequencies(n):
    bands = plan_narrow_bands(N, SR, 3000.0)
    other = same_bands(bands, SR, n)
    assert n <= other.n <= n + 2 * SR / HALF_WIDTH
    assert other.bins / other.n == pytest.approx(bands.bins / bands.n, rel=1e-4)
    assert other.count == bands.count
    assert other.frames / other.n * SR == pytest.approx(RATE, rel=0.05)


def test_no_band_beyond_what_is_asked_for_or_the_nyquist_frequency():
    assert (plan_narrow_bands(N, SR, 1000.0).count + 1) * HALF_WIDTH <= 1000
    assert (plan_narrow_bands(N, SR, 9000.0).count + 1) * HALF_WIDTH <= SR / 2
    assert plan_narrow_bands(N, SR, 1000.0, 7).count % 7 == 0
