"""Whether a clip keeps time, and its longest period, if it has one that is too long for the lags matched anyway."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from texturize.signal.tapers import periodic_hann

HOP, WINDOW = 0.01, 0.03  # seconds
SHORTEST = 0.2  # seconds: what recurs sooner is a sound, not a rhythm
EVIDENT = 0.3  # autocorrelation of the onsets
BEAT = 0.45
STANDS_OUT = 1.2  # times the strongest at shorter lags
SMOOTHING = np.exp(-0.5 * np.arange(-4, 5) ** 2) / np.exp(-0.5 * np.arange(-4, 5) ** 2).sum()
"""Gaussian whose deviation is a frame."""
PART_OF_CLIP = 0.4  # longest lag: beyond it an autocorrelation is a matter of chance


def onset_strength(y: npt.NDArray[np.float32], sr: float) -> npt.NDArray[np.float64]:
    """Rises of the compressed spectrum of a clip (channels, n), summed: (frames,) at 100 Hz."""
    window, hop = max(16, round(WINDOW * sr)), max(1, round(HOP * sr))
    padded = np.pad(y, ((0, 0), (0, max(window - y.shape[-1], (window - y.shape[-1]) % hop))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window, axis=-1)[:, ::hop]
    magnitudes = np.abs(np.fft.rfft(frames * periodic_hann(window).astype(np.float32))) ** 0.3
    rises = np.maximum(np.diff(magnitudes, axis=1), 0).sum(axis=(0, 2))
    return np.convolve(np.pad(rises - rises.mean(), len(SMOOTHING) // 2, "symmetric"), SMOOTHING, "valid")


def longer_period(y: npt.NDArray[np.float32], sr: float, beyond: float) -> float | None:
    """Strongest period in seconds of a clip (channels, n) that is longer than ``beyond``.

    None unless its onsets recur evidently, and more so than after any shorter time: the multiples of a short period
    are no longer ones.
    """
    A, (first, last) = _recurrence(y, sr)
    split = max(round(beyond / HOP), first)
    if last <= split + 1 or not np.any(A):
        return None
    at = split + 1 + int(np.argmax(A[split + 1 :]))
    shorter = float(A[first : split + 1].max())
    return at * HOP if A[at] > max(EVIDENT, STANDS_OUT * shorter) else None


def keeps_time(y: npt.NDArray[np.float32], sr: float) -> bool:
    """Whether a clip (channels, n) has a beat: nearly half of its onsets recur after the same time.

    Of the recordings that were tried, a clock has 0.91, a train 0.49; applause, bells, chimes, typing 0.16 to 0.38.
    """
    A, (first, last) = _recurrence(y, sr)
    return last > first and float(A[first : last + 1].max()) > BEAT


def _recurrence(y: npt.NDArray[np.float32], sr: float) -> tuple[npt.NDArray[np.float64], tuple[int, int]]:
    """Autocorrelation of the onsets of a clip by lags in frames, 0 where it has none; and the lags that count."""
    onsets = onset_strength(y, sr)
    frames = len(onsets)
    first, last = round(SHORTEST / HOP), round(PART_OF_CLIP * frames)
    if not np.any(onsets):
        return np.zeros(last + 1), (first, last)
    A = np.fft.irfft(np.abs(np.fft.rfft(onsets, 2 * frames)) ** 2)[: last + 1] / (frames - np.arange(last + 1))
    return A / A[0], (first, last)
