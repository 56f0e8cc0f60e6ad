"""Channels: how levels, coherence and phases between the channels of a result are like those of the reference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray
from scipy import fft, signal

from texturize.compare.cochleagram import Array, half_cosine_bands
from texturize.compare.excerpts import alike

WINDOW_SECONDS = 0.064
HIGHEST_HZ = 20_000.0
SILENT = 1e-6  # power against the loudest band: 60 dB below it a band is left out
FLOOR = 1e-8  # power against the loudest band: levels are held to be no lower, so that differences are finite
COHERENT = 0.3  # coherence from which a phase says something


@dataclass(frozen=True)
class Stereo:
    """Relations of every two channels of one sound, in 30 bands evenly spaced on the ERB scale.

    Attributes
    ----------
    level_difference : ndarray (pairs, 30)
        Decibels, first channel less second; pairs in the order (0, 1), (0, 2), ..., (1, 2), ...
    coherence : ndarray (pairs, 30)
        Magnitude of the time-averaged cross-spectrum over the root of both powers, 0 to 1.
    phase : ndarray (pairs, 30)
        Its phase in radians, positive where the second channel is late.
    power : ndarray (channels, 30)
        Mean power of each band.
    mono : float
        Decibels, power of the channels' sum less the sum of their powers: 0 for independent channels, 3 for two equal
        ones, -60 at least.
    """

    level_difference: Array
    coherence: Array
    phase: Array
    power: Array
    mono: float


@dataclass(frozen=True)
class Channels:
    """How alike the relations between channels are, over every two of them and the bands with sound.

    Attributes
    ----------
    level_difference : float
        Mean distance in dB between the level differences of reference and result.
    coherence : float
        Mean distance between their coherences.
    phase : float or None
        Mean distance in radians between their phases, weighted by both coherences, where both are 0.3 at least; None
        if they are nowhere.
    coherence_change : float
        Mean coherence of the result less that of the reference: below 0 it is wider.
    mono, mono_reference : float
        Power of the sum less the sum of the powers, in dB.
    bands : int
        Number of bands with sound.
    """

    level_difference: float
    coherence: float
    phase: float | None
    coherence_change: float
    mono: float
    mono_reference: float
    bands: int


def channels(reference: ArrayLike, result: ArrayLike, sr: float, result_sr: float | None = None) -> Channels | None:
    """Compare the stereo image of ``result`` to that of ``reference``.

    Parameters
    ----------
    reference, result : array_like (channels, n)
        Sounds.
    sr, result_sr : float
        Sample rates in Hz; the result's is the reference's if not given.

    Returns
    -------
    Channels or None
        None where one of the two has one channel or their counts differ.

    Raises
    ------
    AudioError
        For a silent reference, or a sound too short to be judged.
    """
    sounds = alike(reference, result, sr, result_sr)
    if sounds.reference.shape[0] < 2:
        return None
    a, b = stereo(sounds.reference, sounds.sr), stereo(sounds.result, sounds.sr)
    total = a.power.sum(0)
    heard = total > SILENT * total.max()
    weight = np.where((a.coherence >= COHERENT) & (b.coherence >= COHERENT), a.coherence * b.coherence, 0.0)[:, heard]
    turn = np.abs(np.angle(np.exp(1j * (b.phase - a.phase))))[:, heard]
    return Channels(
        level_difference=float(np.mean(np.abs(b.level_difference - a.level_difference)[:, heard])),
        coherence=float(np.mean(np.abs(b.coherence - a.coherence)[:, heard])),
        phase=float(np.sum(weight * turn) / weight.sum()) if weight.any() else None,
        coherence_change=float(np.mean((b.coherence - a.coherence)[:, heard])),
        mono=b.mono,
        mono_reference=a.mono,
        bands=int(heard.sum()),
    )


def stereo(y: Array, sr: float) -> Stereo:
    """Relations between the channels of a sound.

    Parameters
    ----------
    y : ndarray (channels, n)
        Sound of two channels or more.
    sr : float
        Sample rate in Hz.

    Returns
    -------
    Stereo

    Notes
    -----
    Chance shows some coherence between independent channels, the more the shorter the sound: about the root of the
    number of windows of 64 ms, inverted.
    """
    n_fft = min(fft.next_fast_len(round(WINDOW_SECONDS * sr), real=True), y.shape[1])
    bands = half_cosine_bands(fft.rfftfreq(n_fft, 1 / sr), highest=min(HIGHEST_HZ, sr / 2)) ** 2
    cross = cross_spectra(y, n_fft) @ bands.T  # (channels, channels, 30)
    power = np.einsum("iib->ib", cross).real
    floored = power + FLOOR * power.max() + np.finfo(float).tiny
    i, j = np.array(list(combinations(range(len(y)), 2))).T
    relation = cross[i, j] / (np.sqrt(floored[i]) * np.sqrt(floored[j]))
    powers = np.mean(y**2, axis=1).sum()
    sum_power = np.mean(y.sum(0) ** 2)
    return Stereo(
        level_difference=10 * np.log10(floored[i] / floored[j]),
        coherence=np.minimum(np.abs(relation), 1.0),
        phase=np.angle(relation),
        power=power,
        mono=float(10 * np.log10(max(sum_power, SILENT * powers) / powers)) if powers else 0.0,
    )


def cross_spectra(y: Array, n_fft: int) -> NDArray[np.complex128]:
    """Mean over frames of ``Y_i conj(Y_j)`` (channels, channels, n_freqs), of half-overlapped Hann windows."""
    window = signal.get_window("hann", n_fft)
    spectra = [fft.rfft(sliding_window_view(channel, n_fft)[:: max(n_fft // 2, 1)] * window, axis=1) for channel in y]
    cross = np.empty((len(y), len(y), n_fft // 2 + 1), complex)
    for i, first in enumerate(spectra):
        for j, second in enumerate(spectra):
            cross[i, j] = np.mean(first * second.conj(), axis=0)
    return cross
