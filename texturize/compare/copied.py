"""Copying: how much of a result's waveform is found in the reference, piece by piece, at any shift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from scipy import fft

from texturize.compare.cochleagram import Array
from texturize.compare.excerpts import alike, at_most

HIGHEST_SR = 16_000
SHORT_SECONDS = 0.05
LONG_SECONDS = 0.25
MOST_PIECES = 200
QUIET = 1e-6  # energy against the mean: 60 dB below it there is nothing to copy


@dataclass(frozen=True)
class Copying:
    """Mean over pieces of the largest |normalized cross-correlation| with the reference; 1 is a splice of it.

    Attributes
    ----------
    short, long : float
        Of pieces of 50 ms and 250 ms.
    baseline_short, baseline_long : float
        What the reference's second half shows against its first: the copying of a fresh excerpt.
    """

    short: float
    long: float
    baseline_short: float
    baseline_long: float


def copying(reference: ArrayLike, result: ArrayLike, sr: float, result_sr: float | None = None) -> Copying:
    """How much of ``result`` is copied out of ``reference``.

    The result is cut into pieces of 50 ms, and of 250 ms (200 at most, spread evenly; silent ones are passed over). For
    each, the largest magnitude of the cross-correlation with the reference at any shift, normalized by the energies of
    the piece and of what it is laid over; the mean over the pieces, and over the channels.

    Parameters
    ----------
    reference, result : array_like (n,) or (channels, n)
        Sounds. 16 kHz at most are looked at.
    sr, result_sr : float
        Sample rates in Hz; the result's is the reference's if not given.

    Returns
    -------
    Copying

    Raises
    ------
    AudioError
        For a silent reference, or a sound too short to be judged.
    """
    sounds = at_most(alike(reference, result, sr, result_sr), HIGHEST_SR)
    half = sounds.reference.shape[1] // 2
    first, second = sounds.reference[:, :half], sounds.reference[:, half:]
    lengths = [round(seconds * sounds.sr) for seconds in (SHORT_SECONDS, LONG_SECONDS)]
    return Copying(
        *(mean_peak_correlation(sounds.reference, sounds.result, length) for length in lengths),
        *(mean_peak_correlation(first, second, length) for length in lengths),
    )


def mean_peak_correlation(reference: Array, result: Array, length: int) -> float:
    """Mean over channels and pieces of ``length`` samples of the peak correlation; 0 if all pieces are silent."""
    peaks = [
        peak_correlations(ref, pieces(res, length, MOST_PIECES // len(result)))
        for ref, res in zip(reference - reference.mean(1, keepdims=True), result, strict=True)
    ]
    found = np.concatenate(peaks)
    return float(found.mean()) if found.size else 0.0


def pieces(y: Array, length: int, most: int) -> Array:
    """Pieces (count, length) of a sound side by side, ``most`` at most, spread evenly, without the silent ones."""
    y = y - y.mean()
    count = y.size // length
    cut = y[: count * length].reshape(count, length)
    if count > most:
        cut = cut[np.linspace(0, count - 1, most).round().astype(int)]
    heard: Array = cut[cut.var(1) > max(QUIET * float(np.mean(y**2)), np.finfo(float).tiny)]
    return heard


def peak_correlations(reference: Array, pieces: Array) -> Array:
    """Largest ``|<piece, segment>| / (|piece| |segment|)`` over all segments of the reference, for each piece.

    By overlap-save: short transforms, all blocks of the reference at once. In single precision, good to 1e-4.
    """
    length = pieces.shape[1]
    n_fft = fft.next_fast_len(max(4 * length, 4096), real=True)
    hop = n_fft - length + 1  # shifts that come out of one block unwrapped
    shifts = reference.size - length + 1
    if shifts < 1:
        return np.zeros(0)
    n_blocks = -(-shifts // hop)
    padded = np.pad(reference, (0, n_blocks * hop + length - 1 - reference.size))
    blocks = fft.rfft(sliding_window_view(padded, n_fft)[::hop].astype(np.float32), axis=1)
    energy = segment_energy(reference, length)
    loud = energy > QUIET * length * float(np.mean(reference**2))
    scale = np.where(loud, 1 / np.sqrt(np.where(loud, energy, 1.0)), 0.0).astype(np.float32)
    units = (pieces / np.sqrt((pieces**2).sum(1, keepdims=True))).astype(np.float32)
    spectra = fft.rfft(units, n_fft, axis=1).conj()
    peaks = np.empty(len(pieces))
    for i, spectrum in enumerate(spectra):
        correlation = fft.irfft(blocks * spectrum, n_fft, axis=1)[:, :hop].reshape(-1)[:shifts]
        peaks[i] = np.abs(correlation * scale).max()
    return np.minimum(peaks, 1.0)


def segment_energy(y: Array, length: int) -> Array:
    """Sum of squares of every run of ``length`` samples, (n - length + 1,)."""
    total = np.cumsum(np.concatenate([[0.0], y**2]))
    return np.asarray(total[length:] - total[:-length])
