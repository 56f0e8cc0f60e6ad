"""The scale of equivalent rectangular bandwidths (Glasberg & Moore 1990), and bins of a spectrogram pooled along it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from texturize.signal.spectrogram import Stft

QUALITY = 9.265
NARROWEST = 24.7  # Hz


def erb_number(frequency: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Equivalent rectangular bandwidths below a frequency in Hz."""
    return np.asarray(QUALITY * np.log1p(np.asarray(frequency, np.float64) / (NARROWEST * QUALITY)))


def erb_frequency(number: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Frequency in Hz with so many equivalent rectangular bandwidths below it."""
    return np.asarray(NARROWEST * QUALITY * np.expm1(np.asarray(number, np.float64) / QUALITY))


def pooling_matrix(settings: Stft, sr: float, per_erb: float) -> npt.NDArray[np.float64]:
    """Means over neighbouring bins: (bins, bands), columns that sum to 1.

    ``per_erb`` bands to an equivalent rectangular bandwidth; where bins are wider than that, each is a band.
    """
    numbers = np.floor(erb_number(np.arange(settings.bins) * sr / settings.n_fft) * per_erb)
    _, band = np.unique(numbers, return_inverse=True)
    members = np.equal.outer(band, np.arange(band.max() + 1)).astype(float)
    return np.asarray(members / members.sum(axis=0))
