"""Mel bands: their filters, librosa's or HTK's, and powers of bins whose sums the bands are."""

from __future__ import annotations

import functools
import warnings
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import librosa
import numpy as np

from texturize.errors import SpectrogramError
from texturize.runtime.programs import Program
from texturize.signal.phase.projections import BandSums

STEPS = 30
"""Of expectation maximization before there is a phase; more change the sound no more (docs/invert.md)."""


class Mel(NamedTuple):
    """The mel scale and the filters' shape, by librosa's names."""

    fmin: float = 0.0
    """Hz, where the lowest filter starts."""
    fmax: float | None = None
    """Hz, where the highest filter ends; half the sample rate if not given."""
    htk: bool = False
    """HTK's formula of the scale instead of Slaney's."""
    norm: Literal["slaney"] | float | None = "slaney"
    """Area of a filter, or the norm that it has; None for a peak of 1."""


@functools.lru_cache(maxsize=4)
def mel_filters(sr: float, n_fft: int, bands: int, mel: Mel) -> np.ndarray:
    """Filters of mel bands.

    Returns
    -------
    (bands, bins) float32

    Raises
    ------
    SpectrogramError
        If there are no such filters, or no band has a bin.
    """
    top = sr / 2 if mel.fmax is None else mel.fmax
    if not 0 <= mel.fmin < top <= sr / 2:
        raise SpectrogramError(
            f"mel bands from {mel.fmin:g} to {top:g} Hz do not lie within half the sample rate, {sr / 2:g} Hz",
            "correct the sample rate, fmin or fmax",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bands narrower than a bin, which stay silent
        filters = librosa.filters.mel(
            sr=sr, n_fft=n_fft, n_mels=bands, fmin=mel.fmin, fmax=mel.fmax, htk=mel.htk, norm=mel.norm
        )
    if not filters.any():
        raise SpectrogramError(f"none of {bands} mel bands has a bin of {n_fft} samples", "use a longer transform")
    return np.asarray(filters, np.float32)


@Program
def first_powers(bands: BandSums) -> jax.Array:
    """Magnitudes to the power (channels, frames, bins) whose sums over bands are near to those given.

    From the mean of each band over the bins that it has, by expectation maximization: of all the powers with the right
    sums, these are smooth ones, where those of least squares are zero in many bins.
    """
    width = bands.filters.sum(axis=1)
    scale = jnp.maximum(bands.sums.max(axis=(-2, -1), keepdims=True), jnp.finfo(bands.sums.dtype).tiny)
    covered = bands.filters.sum(axis=0)
    share = bands.filters / jnp.where(covered > 0, covered, 1.0)
    scaled = bands._replace(sums=bands.sums / scale)
    means = scaled.sums / jnp.where(width > 0, width, 1.0)
    powers = jnp.matmul(means, share, precision=jax.lax.Precision.HIGHEST)
    found: jax.Array = jax.lax.fori_loop(0, STEPS, lambda _, powers: powers * scaled.step(powers), powers)
    return scale * found
