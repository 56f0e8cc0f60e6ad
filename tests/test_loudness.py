"""Loudness and true peak: the standard's own tones, pyloudnorm's gating, and sine waves whose peaks are known."""

from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest

from texturize.loudness import (
    channel_weights,
    follow_loudness,
    integrated_loudness,
    loudness,
    true_peak,
    ungated_loudness,
)


def tone(frequency, sr, seconds, level=0.0):
    """A sine wave (1, n) of a level in dBFS."""
    t = np.arange(round(seconds * sr)) / sr
    return (10 ** (level / 20) * np.sin(2 * np.pi * frequency * t))[None].astype(np.float32)


@pytest.mark.parametrize("sr", [8000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_the_standards_tone(sr):
    # BS.1770-4, annex 1: a 997 Hz sine of 0 dBFS in one channel reads -3.01 LKFS.
    assert integrated_loudness(tone(997, sr, 5.0), sr) == pytest.approx(-3.01, abs=0.03)
    assert ungated_loudness(tone(997, sr, 5.0), sr) == pytest.approx(-3.01, abs=0.03)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),  # EBU Tech 3341, case 3
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),  # case 4
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),  # case 5
    ],
)
def test_the_gate(levels, expected):
    y = np.concatenate([tone(1000, 48_000, seconds, level) for level, seconds in levels], axis=1)
    assert integrated_loudness(np.concatenate([y, y]), 48_000) == pytest.approx(expected, abs=0.1)


def test_surround_as_ebu_has_it():
    # EBU Tech 3341, case 6: five channels at their own levels, the low-frequency one silent; here, it is loud.
    levels = [-28, -28, -24, 0, -30, -30]
    y = np.concatenate([tone(1000, 48_000, 20, level) for level in levels])
    assert integrated_loudness(y, 48_000) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_pyloudnorm_agrees(channels):
    rng = np.random.default_rng(channels)
    y = (0.1 * rng.standard_normal((channels, 5 * 16_000))).astype(np.float32)
    y[:, 20_000:50_000] *= 0.05
    theirs = pyloudnorm.Meter(16_000, filter_class="DeMan").integrated_loudness(y.T.astype(np.float64))
    assert integrated_loudness(y, 16_000) == pytest.approx(theirs, abs=1e-3)


def test_every_channel_counts_but_the_low_frequency_one():
    for channels in range(1, 9):
        y = np.tile(tone(997, 16_000, 5.0), (channels, 1))
        assert loudness(y, 16_000) == pytest.approx(-3.01 + 10 * np.log10(channel_weights(channels).sum()), abs=0.05)
        assert np.count_nonzero(channel_weights(channels)) == channels - (channels > 5)


def test_what_is_too_short_or_too_faint_for_the_gate_has_a_loudness_all_the_same():
    short, faint = tone(997, 48_000, 0.2), tone(997, 48_000, 2.0, -80)
    assert integrated_loudness(short, 48_000) == integrated_loudness(faint, 48_000) == -math.inf
    assert loudness(short, 48_000) == pytest.approx(-3.01, abs=0.1)
    assert loudness(faint, 48_000) == pytest.approx(-83.01, abs=0.1)
    assert loudness(0 * short, 48_000) == -math.inf


@pytest.mark.parametrize("sr", [8000, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("share", [0.05, 0.25, 0.4])
def test_the_true_peak_of_a_sine_is_its_amplitude_wherever_the_samples_fall(sr, share):
    # At a quarter of the rate and 45 degrees the samples are 3 dB below the peak: EBU Tech 3341, cases 15 to 19.
    t = np.arange(sr // 4)
    y = 0.5 * np.sin(2 * np.pi * share * t + np.pi / 4)
    y *= np.minimum(1, np.minimum(t, t[::-1]) / 200)  # ends that do not ring
    assert true_peak(y[None].astype(np.float32), sr) == pytest.approx(-6.02, abs=0.1)


def test_the_true_peak_is_that_of_exact_interpolation_and_of_any_block():
    rng = np.random.default_rng(0)
    n = 140_000  # more than a block
    bins = np.fft.rfft(rng.standard_normal(n))
    bins[int(0.4 * n) :] = 0  # below 0.8 of the Nyquist frequency
    y = np.fft.irfft(bins, n)
    y *= np.minimum(1, np.minimum(np.arange(n), np.arange(n)[::-1]) / 500)
    padded = np.zeros(8 * n // 2 + 1, complex)
    padded[: n // 2 + 1] = np.fft.rfft(y)
    exact = np.abs(np.fft.irfft(padded, 8 * n) * 8).max()
    for sound in (y, np.roll(y, 131_072 - int(np.abs(y).argmax()))):
        found = true_peak(np.stack([0.1 * sound, sound]).astype(np.float32), 48_000)
        assert found == pytest.approx(20 * np.log10(exact), abs=0.02)


def test_silence_has_no_peak():
    assert true_peak(np.zeros((2, 100), np.float32), 16_000) == -math.inf


def test_parts_get_their_loudness_and_gains_change_smoothly_from_one_to_the_next():
    sr = 8000
    y = follow_loudness(tone(997, sr, 12.0, -20.0), sr, [-40.0, -30.0, -30.0, -20.0], 4.0 * sr)  # one part too many
    seconds = [ungated_loudness(y[:, at * sr : (at + 1) * sr], sr) for at in range(12)]
    assert seconds[0] == pytest.approx(-40, abs=0.1)
    assert seconds[8] == pytest.approx(-30, abs=0.1)
    assert seconds[4] == pytest.approx(-33.75, abs=0.2)  # a straight line between 2 and 6 s
    assert np.all(np.diff(seconds) > -0.05)
    assert np.isfinite(follow_loudness(np.zeros((1, sr), np.float32), sr, [-20.0], sr)).all()
