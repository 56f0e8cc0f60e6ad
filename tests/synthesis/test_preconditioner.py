"""Noise shaped like a clip has its spectrum and the relations between its channels; whitening undoes it."""

import jax
import numpy as np
import pytest
import scipy.signal

from texturize.synthesis.preconditioner import coordinates, mean_spectrum, shape, shaped, spectral_factor, whiten

SR, SECONDS = 8000, 12


def noise(channels, seed):
    return np.random.default_rng(seed).standard_normal((channels, SECONDS * SR)).astype(np.float32)


def factor(y, window_ms):
    n = y.shape[-1]
    return spectral_factor(mean_spectrum(y, SR, window_ms, n), n)


def test_the_spectrum_is_the_clips():
    b, a = scipy.signal.butter(2, [0.2, 0.4], "band")
    y = scipy.signal.lfilter(b, a, noise(1, 1)).astype(np.float32)
    H = factor(y, 64.0)
    u = noise(1, 2)
    shaped = np.asarray(shape(u, H))
    (_, wanted), (_, found) = (scipy.signal.welch(x[0], SR, nperseg=256) for x in (y, shaped))
    loud = wanted > 0.01 * wanted.max()
    np.testing.assert_allclose(10 * np.log10(found[loud] / wanted[loud]), 0.0, atol=1.0)
    np.testing.assert_allclose(whiten(shaped, H), u, atol=1e-2)


def test_coherence_phase_and_level_between_channels_are_the_clips():
    common, own = noise(1, 3)[0], noise(2, 4)
    delayed = np.roll(common, 6)
    y = np.stack([common + 0.5 * own[0], 0.4 * (delayed + 0.5 * own[1])])
    shaped = np.asarray(shape(noise(2, 5), factor(y, 64.0)))
    _, wanted = scipy.signal.csd(y[0], y[1], SR, nperseg=256)
    f, found = scipy.signal.csd(shaped[0], shaped[1], SR, nperseg=256)
    powers = np.prod([scipy.signal.welch(x, SR, nperseg=256)[1] for x in shaped], axis=0)
    inside = (f > 100) & (f < 3900)
    coherence = np.abs(found) / np.sqrt(powers)
    assert coherence[inside].mean() == pytest.approx(1 / 1.25, abs=0.05)  # of 1 + 1/4 in power, 1 is common
    assert np.abs(np.angle(found / wanted)[inside]).mean() < 0.15
    assert shaped.std(1)[1] / shaped.std(1)[0] == pytest.approx(0.4, rel=0.05)


def test_what_is_quiet_beside_a_loud_tone_stays_finite():
    t = np.arange(SECONDS * SR) / SR
    y = np.sin(2 * np.pi * 100.0 * t) + 1e-7 * noise(2, 8)
    H = np.asarray(factor(y.astype(np.float32), 256.0))
    assert np.isfinite(H).all()
    assert np.isfinite(np.asarray(factor(y[:1].astype(np.float32), 256.0))).all()


def test_independent_channels_stay_independent_and_whitening_undoes_shaping():
    y = noise(3, 6)
    H = factor(y, 64.0)
    u = noise(3, 7)
    shaped = np.asarray(shape(u, H))
    assert np.abs(np.corrcoef(shaped) - np.eye(3)).max() < 0.1
    np.testing.assert_allclose(whiten(shaped, H), u, atol=1e-2)


@pytest.mark.parametrize("n", [4000, 4001])
@pytest.mark.parametrize("channels", [1, 2])
def test_coordinates_are_those_of_the_whitened_signal(channels, n):
    """The same signal from either, the same length of vectors, and a transform that is that of the signal."""
    with jax.enable_x64(True):
        u = np.random.default_rng(9).standard_normal((channels, n))
        y = np.random.default_rng(10).standard_normal((channels, n))
        H = np.asarray(spectral_factor(mean_spectrum(y.astype(np.float32), SR, 64.0, n), n))
        of_u = coordinates(shape(u, H), H)
        whole = np.asarray(whiten(shape(u, H), H))
        assert of_u.shape == (channels, 2, n // 2 + 1)
        np.testing.assert_allclose(np.sum(of_u**2, axis=(1, 2)), np.sum(whole**2, axis=1))
        made = shaped(of_u, H, n)
        np.testing.assert_allclose(made.samples, shape(whole, H), atol=1e-9)
        moved = shaped(of_u + np.random.default_rng(11).standard_normal(of_u.shape), H, n)
        np.testing.assert_allclose(moved.spectrum, np.fft.rfft(moved.samples), atol=1e-8)
