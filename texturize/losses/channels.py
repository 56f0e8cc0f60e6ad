"""Relations between channels: level, coherence and phase in each band, and what happens in several of them at once.

Band by band, the cross-spectrum of two channels over the root of their powers is a complex number: its modulus is
their coherence, its angle their phase. It is a sum over the bins of one transform of the whole signal. The correlation
of the band envelopes, and the product of one channel's feature maps with another's, see what the cross-spectrum does
not: events that belong to one channel, or to several at once.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from texturize.runtime.programs import Program
from texturize.signal.envelopes import LOWEST
from texturize.signal.erb import erb_number
from texturize.signal.statistics import STEADY
from texturize.signal.tapers import raised_cosine_edges
from texturize.signal.waveform import Waveform

BANDS_PER_ERB = 2
FADE = 0.02  # seconds at the clip's ends, which do not meet
QUIET = 1e-10  # of the power of the loudest band
EXACT = 0.05  # cross-spectra relative to power, and correlations, that far off count one


class ChannelTargets(NamedTuple):
    """Relations between the channels of the clip."""

    bands: jax.Array  # (bins,): band of each bin of the result's transform, see `bands_of_bins`
    cross: jax.Array  # (pairs, bands, 2): cross-spectra, real and imaginary
    norm: jax.Array  # (pairs, bands): roots of the products of the powers


def channel_pairs(channels: int) -> tuple[tuple[int, int], ...]:
    """All pairs of channels."""
    return tuple((i, j) for i in range(channels) for j in range(i + 1, channels))


def band_count(sr: float) -> int:
    """Bands of half an equivalent rectangular bandwidth from 50 Hz up to the Nyquist frequency."""
    return max(4, round(BANDS_PER_ERB * float(erb_number(sr / 2) - erb_number(LOWEST))))


def bands_of_bins(n: int, sr: float) -> np.ndarray:
    """Band of each bin of transforms of ``n`` samples, counted from 1; 0 is below them all: (n // 2 + 1,)."""
    low, top = erb_number(LOWEST), erb_number(sr / 2)
    count = band_count(sr)
    frequency = np.arange(n // 2 + 1) * sr / n
    band = 1 + np.floor((erb_number(frequency) - low) / (top - low) * count).astype(np.int32)
    return np.asarray(np.where(frequency < LOWEST, 0, np.minimum(band, count)), np.int32)


def cross_spectra(waveform: Waveform, bands: jax.Array, count: int) -> tuple[jax.Array, jax.Array]:
    """Cross-spectra (pairs, bands, 2), real and imaginary, and powers (channels, bands) of a signal (channels, n)."""
    Y = waveform.spectrum / waveform.samples.shape[-1]

    def within(x: jax.Array) -> jax.Array:
        return jax.ops.segment_sum(2 * x.T, bands, count + 1, indices_are_sorted=True).T[:, 1:]

    first, second = (np.array(index) for index in zip(*channel_pairs(len(Y)), strict=True))
    product = Y[first] * Y[second].conj()
    cross = jnp.stack([within(product.real), within(product.imag)], axis=-1)
    return cross, within(Y.real**2 + Y.imag**2)


@partial(Program, static=("sr", "n"), once=True)
def channel_targets(y: jax.Array, sr: float, n: int) -> ChannelTargets:
    """Relations between the channels of the clip (channels, samples), for results of ``n`` samples."""
    samples = y.shape[-1]
    window = raised_cosine_edges(samples, FADE * sr)
    faded = y * jnp.asarray(window / np.sqrt(np.mean(window**2)), y.dtype)
    cross, power = cross_spectra(Waveform.of(faded), jnp.asarray(bands_of_bins(samples, sr)), band_count(sr))
    power = power + QUIET * jnp.max(power, axis=-1, keepdims=True) + 1e-30
    norm = jnp.stack([jnp.sqrt(power[i] * power[j]) for i, j in channel_pairs(len(y))])
    return ChannelTargets(jnp.asarray(bands_of_bins(n, sr)), cross, norm)


def cross_spectrum_term(waveform: Waveform, targets: ChannelTargets) -> jax.Array:
    """Mean square of how far the cross-spectra of a signal (channels, n) are off, in units of what is near enough."""
    cross, _ = cross_spectra(waveform, targets.bands, targets.norm.shape[-1])
    off = jnp.sum((cross - targets.cross) ** 2, axis=-1) / targets.norm**2
    return jnp.mean(off) / EXACT**2


def envelope_correlations(E: jax.Array, window: jax.Array) -> jax.Array:
    """Correlation of the envelopes (channels, bands, frames) of all pairs of channels: (pairs, bands)."""
    level = jnp.mean(E * window, axis=-1, keepdims=True)
    centred = E - level
    deviation = jnp.sqrt(jnp.mean(centred**2 * window, axis=-1, keepdims=True) + (STEADY * level) ** 2)
    z = centred / deviation
    return jnp.stack([jnp.mean(z[i] * z[j] * window, axis=-1) for i, j in channel_pairs(len(E))])
