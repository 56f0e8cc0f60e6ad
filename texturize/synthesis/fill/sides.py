"""What differs between the two sides of a gap: the colour of each channel, and how one goes over into the other.

Both sides are brought to the colour half way between them before they are learnt from, so that they are one texture;
what was made of it gets the colour of the one side at its start, of the other at its end, and in between what lies
between them in decibels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.signal

from texturize.signal.erb import erb_number

Samples = npt.NDArray[np.float32]
Array = npt.NDArray[np.float64]

WINDOW = 0.05  # seconds
BLOCK = 1.0
"""Seconds: a level over a block is one observation of how much it varies on one side."""
BANDS = 24
DOUBT = 4.0
"""Times its variance that the square of a difference must exceed before any of it counts."""
MOST_DB = 40.0
QUIETEST_DB = -130.0
STEP_DB = 3.0
"""Between the colours that are computed; what lies between them is mixed."""
ALIKE_DB = 1.0
MIRRORED = 0.25  # seconds


class Colour(NamedTuple):
    """Levels of one side in bands, of each channel: (channels, bands) in dB, and the variance of what they say."""

    level: Array
    variance: Array


def colour_of(y: Samples, sr: float) -> Colour:
    """Median levels of a sound (channels, n) in auditory bands: passing events have no say."""
    n = max(16, round(WINDOW * sr))
    if y.shape[-1] < 2 * n:
        return Colour(np.zeros((len(y), BANDS)), np.full((len(y), BANDS), np.inf))
    f, _, S = scipy.signal.stft(y, fs=sr, nperseg=n, noverlap=n // 2, boundary=None, padded=False)
    power = np.einsum("bf,cft->cbt", _bands(f, sr), np.abs(S) ** 2)
    level = 10 * np.log10(power + 10 ** (QUIETEST_DB / 10))
    frames = max(1, round(BLOCK / (n // 2 / sr)))
    blocks = max(1, level.shape[-1] // frames)
    medians = np.stack([np.median(part, axis=-1) for part in np.array_split(level, blocks, axis=-1)])
    variance = np.var(level, axis=-1) if blocks < 2 else np.var(medians, axis=0, ddof=1) / blocks
    return Colour(np.median(level, axis=-1), variance)


def _bands(f: Array, sr: float) -> Array:
    """Triangles (bands, bins) side by side on the scale of hearing."""
    at = erb_number(f)
    centres = np.linspace(erb_number(np.array([40.0]))[0], erb_number(np.array([sr / 2]))[0], BANDS)
    weights = np.maximum(0, 1 - np.abs(at - centres[:, None]) / (centres[1] - centres[0]))
    weights[0, at < centres[0]] = 1
    return np.asarray(weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9))


def difference(one: Colour, other: Colour) -> Array | None:
    """Decibels (channels, bands) from one side to the other, less what may be chance; None where they are alike."""
    d = other.level - one.level
    sure = np.maximum(0, 1 - DOUBT * (one.variance + other.variance) / np.maximum(d**2, 1e-12))
    found = np.clip(d * sure, -MOST_DB, MOST_DB)
    return None if np.max(np.abs(found)) < ALIKE_DB else found


def coloured(y: Samples, decibels: Array, sr: float) -> Samples:
    """A sound (channels, n) with its bands changed by decibels (channels, bands), without a shift of phases."""
    margin = min(round(MIRRORED * sr), y.shape[-1] - 1)
    padded = np.pad(np.asarray(y, np.float64), [(0, 0), (margin, margin)], mode="reflect")
    n = int(scipy.fft.next_fast_len(padded.shape[-1], real=True))
    at = erb_number(scipy.fft.rfftfreq(n, 1 / sr))
    centres = np.linspace(erb_number(np.array([40.0]))[0], erb_number(np.array([sr / 2]))[0], BANDS)
    gains = np.stack([10 ** (np.interp(at, centres, row) / 20) for row in decibels])
    changed = scipy.fft.irfft(scipy.fft.rfft(padded, n) * gains, n)
    return np.asarray(changed[:, margin : margin + y.shape[-1]], np.float32)


def going_over(y: Samples, decibels: Array, sr: float, first: int, stop: int) -> Samples:
    """A sound between two sides, given the colour of each: half of the difference taken away at ``first``, half added
    at ``stop``, and evenly in between.
    """
    knots = 1 + max(1, math.ceil(float(np.max(np.abs(decibels))) / STEP_DB))
    place = np.clip((np.arange(y.shape[-1]) - first) / max(1, stop - first), 0, 1) * (knots - 1)
    result = np.zeros(y.shape, np.float64)
    for knot, share in enumerate(np.linspace(-0.5, 0.5, knots)):
        weight = np.maximum(0, 1 - np.abs(place - knot))
        if weight.any():
            result += weight * coloured(y, share * decibels, sr)
    return np.asarray(result, np.float32)
