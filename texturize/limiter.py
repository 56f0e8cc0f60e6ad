"""A limiter that looks ahead: peaks are turned down smoothly, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import scipy.ndimage

LIMITER_SECONDS = 0.005


def limiter_gain(y: npt.NDArray[np.float32], sr: int, peak: float) -> npt.NDArray[np.float64]:
    """Smooth gain (n,), the same for all channels, that keeps ``y`` (channels, n) within ``peak``; circular."""
    width = 2 * round(LIMITER_SECONDS / 2 * sr) + 1
    needed = np.minimum(1.0, peak / np.maximum(np.max(np.abs(y), axis=0), 1e-12))
    held = scipy.ndimage.minimum_filter1d(needed, width, mode="wrap")
    window = np.hanning(width + 2)[1:-1]
    return np.asarray(scipy.ndimage.convolve1d(held, window / window.sum(), mode="wrap"), np.float64)


def limit(y: npt.NDArray[np.float32], sr: int, peak: float) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
    """``y`` (channels, n) with its samples within ``peak``, and what was done for that, in words."""
    if float(np.max(np.abs(y))) <= peak:
        return y, ()
    gain = limiter_gain(y, sr, peak)
    most = -20 * math.log10(float(gain.min()))
    share = 100 * float(np.mean(gain < 1))
    note = f"peaks were turned down by up to {most:.1f} dB, in {share:.2g} % of the time, to stay below full scale"
    return np.asarray(y * gain, np.float32), (note,)
