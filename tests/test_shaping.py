"""Noise shaped like a clip has its spectrum and the relations between its channels; whitening undoes it."""

import numpy as np
import pytest
import scipy.signal

from texturize.shaping import mean_spectrum, shape, spectral_factor, whiten

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
