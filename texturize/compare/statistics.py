"""The texture statistics of McDermott & Simoncelli 2011 (Neuron 71), one function for each class or group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from texturize.compare.cochleagram import ENVELOPE_RATE, Array, cochleagram

CLASSES = ("mean", "cv", "skew", "kurt", "corr", "modulation_power", "C1", "C2")
BAND_OFFSETS = (1, 2, 3, 5, 8, 11, 16, 21)
MODULATION_HZ = np.geomspace(0.5, 200, 20)
OCTAVES_HZ = 3.125 * 2.0 ** np.arange(6)  # 3.125 to 100 Hz
SILENCE = 1e-4  # -80 dB
STEADY = 0.01  # a deviation below a hundredth of the mean is no modulation: skewness and the like of it say nothing
STEADY_IN_OCTAVE = 0.002


def texture_statistics(y: Array, sr: float, floor: float | None = None) -> dict[str, Array]:
    """Statistics that a listener tells textures apart by.

    Parameters
    ----------
    y : ndarray (n,)
        Sound, of one channel.
    sr : float
        Sample rate in Hz.
    floor : float, optional
        Amplitude held to be silence; -80 dB of the sound's own root mean square if not given.

    Returns
    -------
    dict of ndarray
        By class: ``mean`` (the logarithm of the mean of the compressed envelope), ``cv``, ``skew``, ``kurt`` (30,);
        ``corr`` (pairs of bands 1, 2, 3, 5, 8, 11, 16, 21 apart); ``modulation_power`` (30, 20), shares of
        the variance; ``C1`` (pairs of bands 1 and 2 apart, 6 octaves); ``C2`` (2, 30, 5), real and imaginary part.

    Notes
    -----
    McDermott & Simoncelli 2011 (Neuron 71). A gain changes ``mean`` alone, and it by the same amount in all bands.
    """
    y = np.asarray(y, float)
    if floor is None:
        floor = SILENCE * float(np.sqrt(np.mean(y**2)))
    envelopes = cochleagram(y, sr, floor)
    mean = envelopes.mean(1) + 1e-12
    s = envelopes - mean[:, None]
    deviation = np.sqrt((s**2).mean(1) + (STEADY * mean) ** 2)
    z = s / deviation[:, None]
    S = fft.rfft(s, axis=1)
    subbands = S[:, None, :] * octave_bands(s.shape[1])
    steady = STEADY_IN_OCTAVE * mean
    return {
        "mean": np.log(mean),
        "cv": s.std(1) / mean,
        "skew": (z**3).mean(1),
        "kurt": (z**4).mean(1),
        "corr": np.concatenate([(z[:-k] * z[k:]).mean(1) for k in BAND_OFFSETS]),
        "modulation_power": modulation_power(S, s.shape[1]) / deviation[:, None] ** 2,
        "C1": modulation_correlation(subbands, s.shape[1], steady),
        "C2": octave_correlation(subbands, s.shape[1], steady),
    }


def constant_q_bands(n: int) -> Array:
    """Gains (20, n // 2 + 1) of half-cosine modulation filters, 0.5 to 200 Hz, each half its centre wide (Q = 2)."""
    centre = MODULATION_HZ[:, None]
    distance = (fft.rfftfreq(n, 1 / ENVELOPE_RATE) - centre) / (centre / 2)
    return np.where(np.abs(distance) < 1, np.cos(0.5 * np.pi * distance), 0.0)


def octave_bands(n: int) -> Array:
    """Gains (6, n // 2 + 1) of half-cosine modulation filters an octave apart, on a logarithmic scale."""
    f = fft.rfftfreq(n, 1 / ENVELOPE_RATE)
    distance = np.log2(np.maximum(f, 1e-9) / OCTAVES_HZ[:, None])
    return np.where(np.abs(distance) < 1, np.cos(0.5 * np.pi * distance), 0.0)


def modulation_power(S: NDArray[np.complex128], n: int) -> Array:
    """Mean square (bands, 20) of ``n`` frames in each constant-Q band, from their spectrum ``S`` (Parseval)."""
    return np.asarray(2 / n**2 * (np.abs(S) ** 2) @ (constant_q_bands(n).T ** 2))


def modulation_correlation(subbands: NDArray[np.complex128], n: int, steady: Array) -> Array:
    """C1: correlation of the same octave of modulation in bands 1 and 2 apart, from spectra (bands, 6, n_freqs)."""
    rms = np.sqrt(2 / n**2 * (np.abs(subbands) ** 2).sum(-1) + steady[:, None] ** 2)

    def correlation(k: int) -> Array:
        product = 2 / n**2 * np.sum(subbands[:-k] * subbands[k:].conj(), -1).real
        return np.asarray(product / (rms[:-k] * rms[k:]))

    return np.concatenate([correlation(1), correlation(2)])


def octave_correlation(subbands: NDArray[np.complex128], n: int, steady: Array) -> Array:
    """C2: phase relation of adjacent octaves within a band, from spectra (bands, 6, n_freqs).

    The slower octave's analytic signal is squared (and divided by its magnitude), which doubles its frequency.
    Returns the real and the imaginary part, (2, bands, 5).
    """
    spectrum = np.zeros((*subbands.shape[:2], n), complex)
    spectrum[..., : subbands.shape[2]] = 2 * subbands
    analytic = fft.ifft(spectrum, axis=-1)
    slow, fast = analytic[:, :-1], analytic[:, 1:]
    doubled = slow**2 / np.maximum(np.abs(slow), 1e-30)
    product = (doubled.conj() * fast).mean(-1)
    power = (np.abs(analytic) ** 2).mean(-1) + 2 * steady[:, None] ** 2
    c2 = product / np.sqrt(power[:, :-1] * power[:, 1:])
    return np.stack([c2.real, c2.imag])
