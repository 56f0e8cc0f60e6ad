"""Loudness and true peak: the standard's own tones, pyloudnorm's gating, and sine waves whose peaks are known."""

from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest
import scipy.signal

from texturize.files.audio import Clip
from texturize.inspection.inspection import inspect_clip
from texturize.signal.loudness import (
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


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_pyloudnorm_agrees_at_the_standards_own_rate(channels):
    rng = np.random.default_rng(channels)
    y = (0.1 * rng.standard_normal((channels, 5 * 48_000))).astype(np.float32)
    y[:, 60_000:150_000] *= 0.05
    theirs = pyloudnorm.Meter(48_000, filter_class="DeMan").integrated_loudness(y.T.astype(np.float64))
    assert integrated_loudness(y, 48_000) == pytest.approx(theirs, abs=0.01)


def standard_loudness(y, weights):
    """BS.1770-4 word by word, for a sound (channels, n) at 48 kHz: the recursive filters, blocks, both gates."""
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585]
    high_pass = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
    weighted = scipy.signal.sosfilt([shelf, high_pass], y, axis=-1)
    blocks = [weighted[:, at : at + 19_200] for at in range(0, y.shape[-1] - 19_200 + 1, 4800)]
    powers = np.array([weights @ np.mean(block**2, axis=-1) for block in blocks])
    powers = powers[-0.691 + 10 * np.log10(powers) > -70]
    powers = powers[10 * np.log10(powers) > 10 * np.log10(powers.mean()) - 10]
    return -0.691 + 10 * np.log10(powers.mean())


@pytest.mark.parametrize("sr", [8000, 16_000, 44_100, 96_000])
@pytest.mark.parametrize("weights", [[1], [1, 1], [1, 1, 1, 0, 1.41, 1.41]])
@pytest.mark.parametrize("slope", [0.0, -1.0])
def test_the_same_sound_is_as_loud_at_any_rate_as_the_standards_filters_have_it_at_theirs(sr, weights, slope):
    seconds, rng = 3, np.random.default_rng(sr)
    f = np.arange(0, 3900 * seconds) / seconds  # below what any of the rates holds, so that both are the same sound
    lines = rng.standard_normal((len(weights), f.size)) + 1j * rng.standard_normal((len(weights), f.size))
    lines *= np.maximum(f, 20.0) ** slope * (f > 5)
    y, at_48 = (np.fft.irfft(lines, seconds * rate) * rate for rate in (sr, 48_000))
    y, at_48 = (each / np.abs(at_48).max() for each in (y, at_48))
    y[:, : sr // 2 * 3] *= 0.1  # below the gate; no block is near it
    at_48[:, : 24_000 * 3] *= 0.1
    expected = standard_loudness(at_48, np.array(weights))
    assert integrated_loudness(y.astype(np.float32), sr) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("channels", [1, 6])
def test_inspect_has_the_same_meter(channels):
    y = (0.1 * np.random.default_rng(0).standard_normal((channels, 8000))).astype(np.float32)
    assert inspect_clip(Clip(y, 8000)).loudness == integrated_loudness(y, 8000)


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
