"""Envelopes of narrow bands, all of one width: partials, beats and calls, which an auditory band holds several of.

Bands of a signal's transform are cut side by side, half of each shared with the next; each alone, transformed back, is
its analytic signal at a low rate, circular in time. That is a spectrogram with a window as long as the inverse of the
width, at the price of a few small transforms.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
import scipy.fft

from texturize.signal.waveform import Waveform

HALF_WIDTH = 8.0
"""Hz between bands, about. A window so narrow in frequency is an eighth of a second long."""
RATE = 32.0
"""Samples of their envelopes per second, about: as many as tell all of a band's power."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class NarrowBands:
    """Bands of signals of ``n`` samples: band b is centred on bin (b + 1) ``bins`` of the transform."""

    n: int = field(metadata={"static": True})
    bins: int = field(metadata={"static": True})
    count: int = field(metadata={"static": True})
    frames: int = field(metadata={"static": True})
    """Samples of their envelopes."""


def plan_narrow_bands(n: int, sr: float, highest: float, group: int = 1) -> NarrowBands:
    """Bands up to ``highest`` Hz, and below the Nyquist frequency, of signals of ``n`` samples: whole groups of so
    many.
    """
    bins = max(1, round(HALF_WIDTH * n / sr))
    halves = int(min(highest / sr * n, n // 2)) // bins
    return NarrowBands(n, bins, max(0, halves - 1) // group * group, _frames(n, sr))


def same_bands(bands: NarrowBands, sr: float, n: int) -> NarrowBands:
    """The same bands for signals of ``n`` samples, or as few more as it takes to have them at whole bins."""
    bins = int(np.ceil(n / bands.n * bands.bins))
    n = round(bins * bands.n / bands.bins)
    return NarrowBands(n, bins, bands.count, _frames(n, sr))


def _frames(n: int, sr: float) -> int:
    return int(scipy.fft.next_fast_len(max(8, round(RATE * n / sr)), real=False))


def narrow_powers(waveform: Waveform, bands: NarrowBands, floor: jax.Array) -> jax.Array:
    """Squared envelopes of the bands and of the floor (..., 1), of (..., n) samples: (..., count, frames)."""
    k, count = bands.bins, bands.count
    side_by_side = waveform.spectrum[..., : (count + 1) * k].reshape(*waveform.spectrum.shape[:-1], count + 1, k)
    halves = jnp.concatenate([side_by_side[..., :-1, :], side_by_side[..., 1:, :]], axis=-1)
    window = jnp.asarray(np.sin(np.pi / 2 * np.arange(2 * k) / k), waveform.samples.dtype)
    analytic = jnp.fft.ifft(halves * window, bands.frames) * (2 * bands.frames / bands.n)
    return analytic.real**2 + analytic.imag**2 + floor[..., None] ** 2
