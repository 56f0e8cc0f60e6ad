"""A limiter that looks ahead: peaks are turned down smoothly, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

LIMITER_SECONDS = 0.005
MOST_LIMITED = 3.0
"""Decibels that the highest peak may be turned down. At 6, swells of +-20 % come out as +-9 %, at 3 as +-16 %."""


def limiter_gain(y: Samples, sr: int, peak: float) -> npt.NDArray[np.float64]:
    """Smooth gain (n,), the same for all channels, that keeps ``y`` (channels, n) within ``peak``; circular."""
    import scipy.ndimage  # noqa: PLC0415  (takes half a second, and few sounds need a limiter)

    width = 2 * round(LIMITER_SECONDS / 2 * sr) + 1
    needed = np.minimum(1.0, peak / np.maximum(np.max(np.abs(y), axis=0), 1e-12))
    held = scipy.ndimage.minimum_filter1d(needed, width, mode="wrap")
    window = np.hanning(width + 2)[1:-1]
    return np.asarray(scipy.ndimage.convolve1d(held, window / window.sum(), mode="wrap"), np.float64)


def limit(y: Samples, sr: int, peak: float) -> tuple[Samples, tuple[str, ...]]:
    """``y`` (channels, n) with its samples within ``peak``, and what was done for that, in words."""
    if float(np.max(np.abs(y))) <= peak:
        return y, ()
    gain = limiter_gain(y, sr, peak)
    most = -20 * math.log10(float(gain.min()))
    share = float(f"{100 * np.mean(gain < 1):.2g}")
    note = f"peaks were turned down by up to {most:.1f} dB, in {share:g} % of the time, to stay below full scale"
    return np.asarray(y * gain, np.float32), (note,)


def most_gain(y: Samples, peak: float) -> float:
    """Largest gain in dB that ``y`` (channels, n) may be given before it is limited to ``peak``; infinite for silence.

    No peak is then turned down by more than `MOST_LIMITED`.
    """
    highest = float(np.max(np.abs(y), initial=0.0))
    return 20 * math.log10(peak / highest) + MOST_LIMITED if highest and math.isfinite(peak) else math.inf
