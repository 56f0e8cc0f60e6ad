"""Retelling: whether stretches of the result tell the same events in the same order as the reference does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from texturize.compare.band_powers import BandResolution, band_powers, decibels
from texturize.compare.cochleagram import Array
from texturize.compare.excerpts import alike, at_most
from texturize.compare.texture import rms

HIGHEST_SR = 44_100
RESOLUTION = BandResolution(window=0.03, hop=0.01, bands=20)
STRETCH_SECONDS = 0.5
SHORTEST_PART = 2  # stretches that a part of the reference must have room for
MOST_STRETCHES = 60
SHIFTS_AT_ONCE = 2048
SILENCE = 1e-5  # of the mean power of a band
FLAT_DB = 0.5  # deviation below which a stretch has no shape to retell


@dataclass(frozen=True)
class Retelling:
    """Mean over half-second stretches of the largest correlation of band levels at any shift; 1 is a copy.

    Attributes
    ----------
    likeness : float or None
        Of the result's stretches with the reference; None where either is too short.
    baseline : float or None
        Of each of the reference's halves with the other: that of a fresh excerpt.
    """

    likeness: float | None
    baseline: float | None

    @property
    def excess(self) -> float | None:
        """Likeness above the baseline."""
        return None if self.likeness is None or self.baseline is None else self.likeness - self.baseline


def retelling(reference: ArrayLike, result: ArrayLike, sr: float, result_sr: float | None = None) -> Retelling:
    """How much of the reference's course of events ``result`` retells, be its waveform another.

    The band levels of every half second of the result (60 stretches at most, spread evenly) are laid over those of
    the reference's halves at any shift; the baseline are those of each half laid over the other.

    Parameters
    ----------
    reference, result : array_like (n,) or (channels, n)
        Sounds; the mean of the channels is looked at.
    sr, result_sr : float
        Sample rates in Hz; the result's is the reference's if not given.

    Returns
    -------
    Retelling
    """
    sounds = at_most(alike(reference, result, sr, result_sr), HIGHEST_SR)
    powers = [
        np.mean([band_powers(y / (rms(sound) or 1.0), sounds.sr, RESOLUTION) for y in sound], axis=0)
        for sound in (sounds.reference, sounds.result)
    ]
    floor = SILENCE * float(powers[0].mean()) + np.finfo(float).tiny
    ref, res = (decibels(each, floor) for each in powers)
    half = ref.shape[1] // 2
    first, second = ref[:, :half], ref[:, half : 2 * half]
    own = [peak_likeness(first, second), peak_likeness(second, first)]
    across = np.maximum(peak_likeness(first, res), peak_likeness(second, res))
    if not all(each.size for each in (*own, across)):
        return Retelling(None, None)
    return Retelling(float(across.mean()), float(np.mean([each.mean() for each in own])))


def peak_likeness(reference: Array, result: Array) -> Array:
    """Largest correlation of each stretch of band levels (bands, frames) with those of the reference at any shift."""
    length = round(STRETCH_SECONDS / RESOLUTION.hop)
    if reference.shape[1] < SHORTEST_PART * length or result.shape[1] < length:
        return np.zeros(0)
    stretches = sliding_window_view(result, length, axis=1)[:, ::length].transpose(1, 0, 2)
    if len(stretches) > MOST_STRETCHES:
        stretches = stretches[np.linspace(0, len(stretches) - 1, MOST_STRETCHES).round().astype(int)]
    pieces = courses(stretches)
    shifted = sliding_window_view(reference, length, axis=1).transpose(1, 0, 2)
    peaks = np.full(len(pieces), -1.0)
    for start in range(0, len(shifted), SHIFTS_AT_ONCE):  # ten minutes of sound stay small
        peaks = np.maximum(peaks, (pieces @ courses(shifted[start : start + SHIFTS_AT_ONCE]).T).max(1))
    return peaks


def courses(levels: Array) -> Array:
    """Stretches (count, bands, frames), each band less its mean, each stretch as a vector of length 1.

    Without the means, a spectrum that stays the same is no likeness; a stretch that hardly moves is like none.
    """
    moving = (levels - levels.mean(2, keepdims=True)).reshape(len(levels), -1)
    norms = np.linalg.norm(moving, axis=1, keepdims=True)
    return np.asarray(moving / np.maximum(norms, FLAT_DB * np.sqrt(moving.shape[1])))
