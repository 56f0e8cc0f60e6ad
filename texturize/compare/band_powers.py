"""Powers of bands in short frames: what events are looked for in, finer in time than the ear's band envelopes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft, signal

from texturize.compare.cochleagram import Array, hz_to_erb

LOWEST_HZ = 100.0
HIGHEST_HZ = 16_000.0
BELOW_NYQUIST = 0.94  # where a converter's filter begins
FRAMES_AT_ONCE = 8192


@dataclass(frozen=True)
class BandResolution:
    """Frames of ``window`` s, one every ``hop`` s, in ``bands`` bands evenly spaced on the ERB scale."""

    window: float
    hop: float
    bands: int


FINE = BandResolution(window=0.006, hop=0.00125, bands=12)
COARSE = BandResolution(window=0.02, hop=0.005, bands=24)


def band_powers(y: Array, sr: float, resolution: BandResolution) -> Array:
    """Power of each band in each frame of a sound.

    Parameters
    ----------
    y : ndarray (n,)
        Sound, longer than a window.
    sr : float
        Sample rate in Hz.
    resolution : BandResolution
        Frames and bands. The bands go from 100 Hz to 16 kHz, or nearly the Nyquist frequency; their gains are squared
        half-cosines, which sum to 1 between the outer centres.

    Returns
    -------
    ndarray (bands, frames)
    """
    length = round(resolution.window * sr)
    n_fft = fft.next_fast_len(2 * length, real=True)
    starts = np.round(np.arange(0, y.size - length, resolution.hop * sr)).astype(int)
    window = signal.get_window("hann", length)
    bank = bands(fft.rfftfreq(n_fft, 1 / sr), min(HIGHEST_HZ, BELOW_NYQUIST * sr / 2), resolution.bands)
    bank *= 2 / (n_fft * np.sum(window**2))
    frames = sliding_window_view(y, length)
    powers = np.empty((resolution.bands, starts.size))
    for first in range(0, starts.size, FRAMES_AT_ONCE):  # a minute of sound stays small
        at = slice(first, first + FRAMES_AT_ONCE)
        powers[:, at] = bank @ (np.abs(fft.rfft(frames[starts[at]] * window, n_fft, axis=1)) ** 2).T
    return powers


def bands(f: Array, highest: float, count: int) -> Array:
    """Power gains (count, n_freqs) of bands evenly spaced on the ERB scale, each overlapping with its neighbours."""
    edges = np.linspace(hz_to_erb(LOWEST_HZ), hz_to_erb(highest), count + 2)
    distance = (hz_to_erb(f)[None, :] - edges[1:-1, None]) / (edges[1] - edges[0])
    return np.where(np.abs(distance) < 1, np.cos(0.5 * np.pi * distance) ** 2, 0.0)


def decibels(powers: Array, floor: float) -> Array:
    """Powers in dB, none held to be below ``floor``."""
    return np.asarray(10 * np.log10(powers + floor))


def steps(levels: Array, span: int) -> Array:
    """Mean of the next ``span`` frames less that of the ``span`` before, (..., frames - 2 span + 1)."""
    total = np.cumsum(np.pad(levels, ((0, 0), (1, 0))), axis=1)
    means = (total[:, span:] - total[:, :-span]) / span
    return np.asarray(means[:, span:] - means[:, :-span])
