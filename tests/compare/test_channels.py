"""The figures of the stereo image, by mixtures whose level, coherence and phase are known."""

from __future__ import annotations

import numpy as np
import pytest

from texturize.compare import channels
from texturize.compare.channels import stereo
from texturize.compare.cochleagram import hz_to_erb

SR = 16_000
N = 10 * SR


def noise(seed: int, n: int = N) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(n)


def mixture(a: float, seed: int = 0, gain: float = 1.0) -> np.ndarray:
    """Two channels of coherence ``a``, the second louder by ``gain``."""
    x, n = noise(seed), noise(seed + 1000)
    return np.stack([x, gain * (a * x + np.sqrt(1 - a**2) * n)])


@pytest.mark.parametrize("a", [0.3, 0.7, 0.95, 1.0])
def test_coherence_and_level_are_those_of_the_mixture(a):
    relation = stereo(mixture(a, gain=2), SR)
    assert relation.coherence.shape == (1, 30)
    assert relation.coherence.mean() == pytest.approx(a, abs=0.02)
    np.testing.assert_allclose(relation.level_difference, -20 * np.log10(2), atol=0.8)


def test_chance_shows_little_coherence():
    assert stereo(mixture(0.0), SR).coherence.mean() < 0.06


def test_a_delay_is_a_phase_in_proportion_to_the_frequency():
    x = noise(0)
    late = 4  # samples
    relation = stereo(np.stack([x[late:], x[:-late]]), SR)
    edges = np.linspace(hz_to_erb(50), hz_to_erb(SR / 2), 32)
    centres = np.interp(edges[1:-1], hz_to_erb(np.arange(8001.0)), np.arange(8001.0))
    turn = np.angle(np.exp(1j * (relation.phase[0] - 2 * np.pi * centres * late / SR)))
    np.testing.assert_allclose(turn[5:], 0, atol=0.1)
    assert relation.coherence[0].min() > 0.85  # it turns within a band
    antiphase = stereo(np.stack([x, -x]), SR)
    np.testing.assert_allclose(np.abs(antiphase.phase), np.pi, atol=1e-9)


@pytest.mark.parametrize(("second", "decibels"), [(1.0, 10 * np.log10(2)), (-1.0, -60.0), (None, 0.0)])
def test_the_sum_to_mono(second, decibels):
    y = np.stack([noise(0), noise(1) if second is None else second * noise(0)])
    assert stereo(y, SR).mono == pytest.approx(decibels, abs=0.1)


def test_another_stretch_of_the_same_image_is_within_what_is_asked():
    figures = channels(mixture(0.6), mixture(0.6, seed=1), SR)
    assert figures.level_difference < 1
    assert figures.coherence < 0.1
    assert abs(figures.coherence_change) < 0.03
    assert figures.phase < 0.2
    assert figures.bands == 30


def test_narrower_wider_and_turned_images_show():
    reference = mixture(0.6)
    narrow, wide = channels(reference, mixture(1.0, 1), SR), channels(reference, mixture(0.0, 1), SR)
    assert narrow.coherence_change == pytest.approx(0.4, abs=0.03)
    assert wide.coherence_change == pytest.approx(-0.6, abs=0.08)
    assert wide.phase is None
    turned = channels(reference, mixture(0.6, 1, gain=-2), SR)
    assert turned.level_difference == pytest.approx(20 * np.log10(2), abs=0.2)
    assert turned.phase == pytest.approx(np.pi, abs=0.3)
    assert turned.coherence < 0.1
    assert turned.mono < turned.mono_reference - 3


def test_every_pair_is_looked_at():
    x = np.stack([noise(i) for i in range(4)])
    x[3] = x[1]
    relation = stereo(x, SR)
    assert relation.coherence.shape == (6, 30)
    assert relation.coherence.mean(1).argmax() == 4  # (1, 3)
    assert relation.coherence.mean(1)[4] == pytest.approx(1)


def test_bands_without_sound_are_left_out():
    spectrum = np.fft.rfft(mixture(0.8), axis=1)
    spectrum[:, N // 16 :] *= 1e-5  # above 1 kHz
    low = np.fft.irfft(spectrum, N, axis=1)
    figures = channels(low, low + 1e-6 * np.stack([noise(7), noise(8)]), SR)
    assert 10 < figures.bands < 22
    assert figures.coherence < 1e-3


def test_one_channel_has_no_image_and_a_silent_one_stays_finite():
    assert channels(noise(0), mixture(0.5), SR) is None
    assert channels(noise(0), noise(1), SR) is None
    figures = channels(mixture(0.5), np.stack([noise(0), 0 * noise(0)]), SR)
    assert 20 < figures.level_difference <= 90
    assert np.isfinite([figures.coherence, figures.mono]).all()
    assert channels(mixture(0.5), np.zeros((2, N)), SR).phase is None
