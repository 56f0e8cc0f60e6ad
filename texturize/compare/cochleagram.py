"""Band envelopes as the ear has them: half-cosine filters on the ERB scale, Hilbert envelopes, compression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

Array = NDArray[np.float64]

ENVELOPE_RATE = 400  # Hz
N_BANDS = 30
LOWEST_HZ = 50.0
HIGHEST_HZ = 10_000.0
COMPRESSION = 0.3
FADE_SECONDS = 0.05
"""Fade at each end: the transform joins a sound's end to its start, and the click there would fill quiet bands."""
LEFT_OUT_SECONDS = 0.06
"""What the fade and the filters' ringing reach of the envelopes at each end."""


def hz_to_erb(f: Array | float) -> Array:
    """Number of equivalent rectangular bandwidths below ``f`` Hz (Glasberg & Moore 1990)."""
    return np.asarray(9.265 * np.log1p(np.asarray(f) / (24.7 * 9.265)))


def half_cosine_bands(f: Array, highest: float = HIGHEST_HZ) -> Array:
    """Gains of half-cosine filters evenly spaced on the ERB scale; their squares sum to 1 between the outer centres.

    Parameters
    ----------
    f : ndarray (n_freqs,)
        Frequencies in Hz.
    highest : float
        Upper edge of the last filter in Hz; the lower edge of the first is 50 Hz.

    Returns
    -------
    ndarray (30, n_freqs)
    """
    edges = np.linspace(hz_to_erb(LOWEST_HZ), hz_to_erb(highest), N_BANDS + 2)
    distance = (hz_to_erb(f)[None, :] - edges[1:-1, None]) / (edges[1] - edges[0])
    return np.where(np.abs(distance) < 1, np.cos(0.5 * np.pi * distance), 0.0)


def cochleagram(y: Array, sr: float, floor: float = 0.0) -> Array:
    """Compressed Hilbert envelopes of the ERB bands of a sound, 400 a second.

    Parameters
    ----------
    y : ndarray (n,)
        Sound.
    sr : float
        Sample rate in Hz, best 20 kHz at most.
    floor : float
        Amplitude below which an envelope is held to be silence.

    Returns
    -------
    ndarray (30, frames)
        ``(|analytic band|^2 + floor^2)^0.15``, without the first and last 60 ms (a 16th, if that is less).

    Notes
    -----
    McDermott & Simoncelli 2011 (Neuron 71), with 30 bands from 50 Hz to 10 kHz or the Nyquist frequency.
    """
    n = y.shape[-1]
    frames = round(n * ENVELOPE_RATE / sr)
    Y = fft.rfft(_faded(y, sr))
    gains = half_cosine_bands(fft.rfftfreq(n, 1 / sr), highest=min(HIGHEST_HZ, sr / 2))
    envelopes = np.empty((N_BANDS, frames))
    for band, gain in zip(envelopes, gains, strict=True):  # one at a time: a minute of sound stays small
        analytic = np.zeros(n, complex)
        analytic[: Y.size] = 2 * gain * Y
        hilbert = fft.ifft(analytic)
        power = hilbert.real**2 + hilbert.imag**2 + floor**2
        spectrum = fft.rfft(power ** (COMPRESSION / 2))[: frames // 2 + 1]
        band[:] = fft.irfft(spectrum, frames) * (frames / n)
    ends = min(round(LEFT_OUT_SECONDS * ENVELOPE_RATE), frames // 16)
    return np.maximum(envelopes[:, ends : frames - ends], 0.0)


def _faded(y: Array, sr: float) -> Array:
    """The sound (n,) with a raised cosine at each end, of a 20th of its length at most."""
    ramp = min(round(FADE_SECONDS * sr), y.size // 20)
    return np.asarray(y * signal.windows.tukey(y.size, 2 * ramp / y.size))
