"""The longest period of a clip, if it has one that is too long for the lags matched anyway."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.ndimage
import scipy.signal

HOP, WINDOW = 0.01, 0.03  # seconds
SHORTEST = 0.2  # seconds: what recurs sooner is a sound, not a rhythm
EVIDENT = 0.3  # autocorrelation of the onsets
STANDS_OUT = 1.2  # times the strongest at shorter lags
PART_OF_CLIP = 0.4  # longest lag: beyond it an autocorrelation is a matter of chance


def onset_strength(y: npt.NDArray[np.float32], sr: float) -> npt.NDArray[np.float64]:
    """Rises of the compressed spectrum of a clip (channels, n), summed: (frames,) at 100 Hz."""
    window, hop = max(16, round(WINDOW * sr)), max(1, round(HOP * sr))
    _, _, S = scipy.signal.stft(y, nperseg=window, noverlap=max(0, window - hop), boundary=None)
    magnitudes = np.abs(S) ** 0.3
    rises = np.maximum(np.diff(magnitudes, axis=-1), 0).sum(axis=(0, 1))
    return np.asarray(scipy.ndimage.gaussian_filter1d(rises - rises.mean(), 1.0), np.float64)


def longer_period(y: npt.NDArray[np.float32], sr: float, beyond: float) -> float | None:
    """Strongest period in seconds of a clip (channels, n) that is longer than ``beyond``.

    None unless its onsets recur evidently, and more so than after any shorter time: the multiples of a short period
    are no longer ones.
    """
    onsets = onset_strength(y, sr)
    frames = len(onsets)
    first, split, last = (round(t / HOP) for t in (SHORTEST, beyond, PART_OF_CLIP * frames * HOP))
    split = max(split, first)
    if last <= split + 1 or not np.any(onsets):
        return None
    spectrum = np.fft.rfft(onsets, 2 * frames)
    products = frames - np.arange(last + 1)
    A = np.fft.irfft(np.abs(spectrum) ** 2)[: last + 1] / products
    A = A / A[0]
    at = split + 1 + int(np.argmax(A[split + 1 :]))
    shorter = float(A[first : split + 1].max())
    return at * HOP if A[at] > max(EVIDENT, STANDS_OUT * shorter) else None
