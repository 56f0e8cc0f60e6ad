"""Signals that go on from given samples: against the conditional mean by dense matrices, and what is heard."""

import numpy as np
import pytest
import scipy.linalg

from texturize.synthesis.fill import continuation
from texturize.synthesis.fill.continuation import REACH, continued

SR = 8000


def factor(power):
    """Factor of independent channels of a power spectrum (bins,)."""
    return np.sqrt(power)[None, None].astype(complex)


def test_of_no_noise_it_is_the_conditional_mean(monkeypatch):
    monkeypatch.setattr(continuation, "TOLERANCE", 1e-9)
    n, gap = 240, (100, 130)
    power = 1 / (1 + (np.arange(241) / 12) ** 2)  # correlated over some samples, and not over 100
    covariance = np.fft.irfft(power, 480)
    matrix = scipy.linalg.toeplitz(covariance[:n])
    given = np.random.default_rng(0).standard_normal((1, n))
    known = np.r_[0 : gap[0], gap[1] : n]
    inside = np.arange(*gap)
    floor = continuation.FLOOR * power.max() * np.eye(len(known))
    mean = matrix[np.ix_(inside, known)] @ np.linalg.solve(matrix[np.ix_(known, known)] + floor, given[0, known])
    found = continued(np.zeros((1, n)), factor(power), given, gap, SR)
    np.testing.assert_array_equal(found[0, known], given[0, known])
    np.testing.assert_allclose(found[0, inside], mean, atol=2e-3)  # it is computed on another grid of frequencies


def test_a_tone_goes_on_with_its_phase():
    t = np.arange(2 * SR) / SR
    tone = np.sin(2 * np.pi * 440.3 * t)[None]
    gap = SR, SR + round(0.03 * SR)
    f = np.linspace(0, SR / 2, 1025)
    H = factor(np.exp(-(((f - 440) / 8) ** 2)) + 1e-6)
    found = continued(np.zeros_like(tone), H, tone, gap, SR)
    assert np.abs(found - tone).max() < 0.02


def test_noise_keeps_its_level_and_both_sides_their_samples():
    rng = np.random.default_rng(1)
    y, given = rng.standard_normal((2, 2, 3 * SR))
    gap = SR, 2 * SR  # longer than what is looked at of it: each joint for itself
    H = np.eye(2)[..., None] * np.ones(65)
    found = continued(y, H, given, gap, SR)
    np.testing.assert_array_equal(found[:, : gap[0]], given[:, : gap[0]])
    np.testing.assert_array_equal(found[:, gap[1] :], given[:, gap[1] :])
    assert found[:, SR : 2 * SR].std() == pytest.approx(1, abs=0.02)
    middle = slice(SR + round(REACH * SR) + 1, 2 * SR - round(REACH * SR) - 1)
    np.testing.assert_array_equal(found[:, middle], y[:, middle])


def test_channels_go_on_together():
    rng = np.random.default_rng(2)
    one = np.convolve(rng.standard_normal(SR + 63), np.ones(64) / 8, "valid")
    given = np.stack([one, 0.5 * one])
    H = np.abs(np.fft.rfft(np.ones(64) / 8, 2048))[None, None] * np.array([[1, 0], [0.5, 1e-3]])[..., None]
    gap = SR // 2, SR // 2 + 400
    found = continued(np.zeros_like(given), H, np.stack([one, 0.5 * one]), gap, SR)
    inside = found[:, slice(*gap)]
    assert np.abs(inside[1] - 0.5 * inside[0]).max() < 0.02 * np.abs(one).max()


def test_without_anything_given_nothing_changes():
    y = np.random.default_rng(3).standard_normal((1, 500))
    np.testing.assert_array_equal(continued(y, factor(np.ones(9)), np.zeros_like(y), (0, 500), SR), y)
