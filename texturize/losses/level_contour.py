"""The large-scale course of a sound: its level, as a whole and in a few wide bands, slower than 4 Hz."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.signal.envelopes import LOWEST
from texturize.signal.erb import erb_number

BANDS = 6
FASTEST = 4.0  # Hz: level changes faster than this are texture
RATE = 16.0  # course samples per second
FLOOR = 1e-3  # of the mean power: what is 30 dB below it is as good as silent
NEAR = 1.5  # decibels that count one


class ContourTargets(NamedTuple):
    """What the course of a segment is to be."""

    bands: jax.Array  # (BANDS, n // 2 + 1), of `coarse_bands`
    smoothing: jax.Array  # (frames // 2 + 1,), of `slow_response`
    power: jax.Array  # (1 + BANDS, 1): mean
    level: jax.Array  # (1 + BANDS, frames) in dB, mean 0


def coarse_bands(n: int, sr: float) -> npt.NDArray[np.float64]:
    """Half-cosine bands on the ERB scale, whose squares add up to 1, for transforms of ``n`` samples: (BANDS, bins).

    The lowest also has what is below it, the highest what is above.
    """
    number = erb_number(np.maximum(np.arange(n // 2 + 1) * sr / n, LOWEST))
    low, top = erb_number(LOWEST), erb_number(sr / 2)
    centre = np.clip((number - low) / (top - low) * BANDS - 0.5, 0, BANDS - 1)
    distance = np.clip(np.abs(centre - np.arange(BANDS)[:, None]), 0, 1)
    return np.asarray(np.cos(np.pi / 2 * distance))


def slow_response(n: int, sr: float) -> npt.NDArray[np.float64]:
    """Response of a Gaussian low-pass at 4 Hz for signals of ``n`` samples: (frames // 2 + 1,), frames at 16 Hz."""
    bins = np.arange(max(1, round(n / sr * RATE / 2)) + 1)
    return np.asarray(np.exp(-np.log(2) / 2 * (bins * sr / n / FASTEST) ** 2))


def slow_power(y: jax.Array, bands: jax.Array, smoothing: jax.Array) -> jax.Array:
    """Power of a circular signal (channels, n), summed over channels: (1 + BANDS, frames), the whole first."""
    n, bins = y.shape[-1], len(smoothing)
    frames = 2 * (bins - 1)
    parts = jnp.fft.irfft(jnp.fft.rfft(y)[:, None] * bands, n)
    spectrum = jnp.fft.rfft(jnp.sum(parts**2, axis=0))[..., :bins]
    power = jnp.maximum(jnp.fft.irfft(spectrum * smoothing, frames) * (frames / n), 0.0)
    return jnp.concatenate([jnp.sum(power, axis=0, keepdims=True), power])


def course_level(power: jax.Array, mean: jax.Array) -> jax.Array:
    """Level in dB over that of the mean power, (rows, frames), of mean 0."""
    level = 10 * jnp.log10(power / mean + FLOOR)
    return level - jnp.mean(level, axis=-1, keepdims=True)


def course_term(y: jax.Array, targets: ContourTargets) -> jax.Array:
    """Mean square of how far the course of a signal (channels, n) is off, in units of what is near enough; the whole
    weighs as much as all its bands.
    """
    level = course_level(slow_power(y, targets.bands, targets.smoothing), targets.power)
    off = jnp.mean((level - targets.level) ** 2, axis=-1) / NEAR**2
    return (off[0] + jnp.mean(off[1:])) / 2
