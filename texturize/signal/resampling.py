"""Sounds at other sample rates, by cutting or extending their transform: no roll-off below the Nyquist frequency."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

MIRRORED = 2048  # samples


def resample_circular(y: npt.NDArray[np.float32], n: int) -> npt.NDArray[np.float32]:
    """A signal (channels, m), whose end continues into its start, as ``n`` samples."""
    if n == y.shape[-1]:
        return y
    m = y.shape[-1]
    Y = scipy.fft.rfft(y)[..., : min(m, n) // 2 + 1]
    if min(m, n) % 2 == 0:  # of one bin become two, or of two one
        Y[..., -1] *= 2 if n < m else 0.5
    return np.asarray(scipy.fft.irfft(Y / (m / n), n), np.float32)


def resample_clip(y: npt.NDArray[np.float32], n: int) -> npt.NDArray[np.float32]:
    """A signal (channels, m) as ``n`` samples; its ends are mirrored, for they do not meet."""
    m = y.shape[-1]
    if n == m:
        return y
    margin = min(MIRRORED, m - 1)
    padded = np.pad(y, [(0, 0), (margin, margin)], mode="reflect")
    resampled = resample_circular(padded, round(padded.shape[-1] * n / m))
    start = round(margin * n / m)
    return resampled[:, start : start + n]
