"""Envelopes of auditory bands, taken from one transform of the whole signal, circular in time.

Each band is a half cosine on the ERB scale (McDermott & Simoncelli 2011). Its bins alone, transformed back, are its
analytic signal at a low rate; the modulus, raised to 0.3, is low-passed to ``RATE``. No convolution, no frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
import scipy.fft

from texturize.erb import erb_frequency, erb_number
from texturize.waveform import Waveform

RATE = 400.0
EXPONENT = 0.3
LOWEST = 50.0


def band_edges(bands: int, sr: float) -> np.ndarray:
    """Edges in Hz, (bands + 2,): band ``b`` rises from edge ``b`` to ``b + 1`` and falls to ``b + 2``."""
    return np.asarray(erb_frequency(np.linspace(erb_number(LOWEST), erb_number(sr / 2), bands + 2)))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Bands:
    """Auditory bands of signals of ``n`` samples, in groups that are transformed back at one length."""

    weights: tuple[jax.Array, ...]
    """Per group (bands, length): half cosines, zero beyond the band."""
    starts: tuple[tuple[int, ...], ...] = field(metadata={"static": True})
    """Per group, the first bin of each band."""
    n: int = field(metadata={"static": True})
    frames: int = field(metadata={"static": True})
    """Envelope samples."""


def plan_bands(bands: int, n: int, sr: float, dtype: jax.typing.DTypeLike = jnp.float32) -> Bands:
    """Bands for signals of ``n`` samples at ``sr`` Hz."""
    frames = 2 * int(scipy.fft.next_fast_len(max(8, round(RATE * n / sr / 2)), real=False))
    edges = band_edges(bands, sr)
    numbers = erb_number(edges)
    groups: dict[int, list[tuple[int, np.ndarray]]] = {}
    for low, centre, high in zip(range(bands), range(1, bands + 1), range(2, bands + 2), strict=True):
        start, stop = int(np.ceil(edges[low] * n / sr)), int(np.floor(edges[high] * n / sr)) + 1
        bins = np.arange(start, max(stop, start + 1))
        distance = (erb_number(bins * sr / n) - numbers[centre]) / (numbers[1] - numbers[0])
        length = frames
        while length < 2 * len(bins):  # twice the band: the modulus is wider than the analytic signal
            length *= 2
        groups.setdefault(length, []).append((start, np.cos(np.pi / 2 * np.clip(distance, -1, 1))))
    weights = tuple(
        jax.device_put(np.stack([np.pad(w, (0, length - len(w))) for _, w in group]).astype(dtype))
        for length, group in groups.items()
    )
    starts = tuple(tuple(start for start, _ in group) for group in groups.values())
    return Bands(weights, starts, n, frames)


def envelopes(
    waveform: Waveform, bands: Bands, floor: jax.Array, window: jax.Array | None = None
) -> tuple[jax.Array, jax.Array]:
    """Compressed envelopes of the bands, and their mean square before the compression.

    Parameters
    ----------
    waveform : Waveform
        Of (..., n) samples.
    bands : Bands
        Planned for ``n`` samples.
    floor : (..., 1)
        Amplitude below which nothing matters; keeps the gradient finite at silence.
    window : (frames,), optional
        Weight of each envelope sample in the mean square, mean 1.

    Returns
    -------
    (..., bands, frames), (..., bands)
    """
    longest = max(w.shape[-1] for w in bands.weights)
    Y = waveform.spectrum
    Y = jnp.pad(Y, [(0, 0)] * (Y.ndim - 1) + [(0, longest)])
    spectra, powers = [], []
    for weights, starts in zip(bands.weights, bands.starts, strict=True):
        length = weights.shape[-1]
        bins = jnp.stack([Y[..., start : start + length] for start in starts], axis=-2)
        analytic = jnp.fft.ifft(bins * weights) * (2 * length / bands.n)
        power = analytic.real**2 + analytic.imag**2 + floor[..., None] ** 2
        weighted = power if window is None else power * jnp.repeat(window, length // bands.frames)
        powers.append(jnp.mean(weighted, axis=-1))
        compressed = jnp.exp(EXPONENT / 2 * jnp.log(power))  # not a power: XLA's CPU code takes three times as long
        spectra.append(jnp.fft.rfft(compressed)[..., : bands.frames // 2 + 1] / length)
    E = jnp.fft.irfft(jnp.concatenate(spectra, axis=-2), bands.frames) * bands.frames
    return E, jnp.concatenate(powers, axis=-1)
