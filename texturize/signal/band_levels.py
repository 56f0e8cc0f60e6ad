"""Levels of wide bands on a coarse grid of frames: what a sound does and when, without its fine structure.

Power of neighbouring auditory bands is added up, over the channels too, its mean is taken over each frame, divided by
the clip's mean and compressed. Frames go round: the last one ends where the first begins.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.runtime.programs import Program
from texturize.signal.envelopes import AUDIBLE, Bands, band_powers, mirrored, plan_bands
from texturize.signal.waveform import Waveform

EXPONENT = 0.15
"""Of power, 0.3 of amplitude: as the envelopes have it."""
RATE = 25.0
"""Frames per second, nominally."""
GROUPS = 9
LEAST = 1e-6
"""Of a group's mean power: what is 60 dB below it is silence."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Grid:
    """Frames on samples of envelopes, of which each takes the mean of some."""

    samples: jax.Array | npt.NDArray[np.int32]
    """(frames, reach): which ones, going round."""
    weights: jax.Array | npt.NDArray[np.float32]
    """(frames, reach): how much of each, adding up to 1."""
    groups: int = field(metadata={"static": True})

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.samples.shape[0]


def plan_grid(samples: int, frames: int, *, start: float = 0.0, hop: float | None = None, groups: int = GROUPS) -> Grid:
    """Grid of ``frames`` on a circle of ``samples`` envelope samples.

    The frames start at ``start`` and are ``hop`` samples long, which need not be whole; without it, they are as long as
    it takes to go round once.
    """
    hop = samples / frames if hop is None else hop
    edges = start + hop * np.arange(frames + 1)
    first = np.floor(edges[:-1]).astype(int)
    covered = first[:, None] + np.arange(int(np.ceil(hop)) + 1)
    inside = np.minimum(covered + 1, edges[1:, None]) - np.maximum(covered, edges[:-1, None])
    weights = np.clip(inside, 0, None) / hop
    return Grid(np.asarray(covered % samples, np.int32), np.asarray(weights, np.float32), groups)


def frames_of(seconds: float, rate: float = RATE) -> int:
    """Frames of a sound that goes round in ``seconds``."""
    return max(2, round(seconds * rate))


def frame_powers(powers: Iterable[jax.Array], bands: Bands, grid: Grid) -> jax.Array:
    """Mean power of groups of bands in each frame, summed over the channels: (groups, frames).

    Parameters
    ----------
    powers : iterable of (channels, bands, length)
        Of the groups of ``bands`` that share a length, see `band_powers`.
    bands : Bands
    grid : Grid
        On the ``frames`` of the bands.
    """
    coarse = [
        jnp.mean(jnp.sum(P, axis=0).reshape(P.shape[-2], bands.frames, -1), axis=-1) for P in powers
    ]  # at one rate
    P = jnp.concatenate(coarse)
    cuts = np.linspace(0, len(P), min(grid.groups, len(P)) + 1).round().astype(int)
    P = jnp.stack([jnp.sum(P[a:b], axis=0) for a, b in itertools.pairwise(cuts)])
    return jnp.sum(P[:, grid.samples] * grid.weights, axis=-1)


def compressed(P: jax.Array, mean: jax.typing.ArrayLike) -> jax.Array:
    """Levels of powers (groups, frames): 1 at the ``mean`` (groups, 1)."""
    return jnp.exp(EXPONENT * jnp.log(P / mean + LEAST))  # not a power, which is slow


def expanded(levels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Power over the mean of compressed levels."""
    return np.asarray(np.maximum(levels, LEAST**EXPONENT) ** (1 / EXPONENT) - LEAST, np.float32)


def band_levels(
    waveform: Waveform, bands: Bands, grid: Grid, floor: jax.Array, mean: jax.typing.ArrayLike
) -> jax.Array:
    """Levels of a circular signal (channels, n), whose derivative is finite at silence: (groups, frames).

    Parameters
    ----------
    waveform : Waveform
    bands : Bands
        Planned for ``n`` samples.
    grid : Grid
        On the ``frames`` of the bands.
    floor : (channels, 1)
        Amplitude below which nothing matters.
    mean : (groups, 1)
        Power at which a level is 1: the clip's.
    """
    return compressed(frame_powers(band_powers(waveform, bands, floor), bands, grid), mean)


@Program
def levels_of(y: jax.Array, bands: Bands, grid: Grid, floor: jax.Array, mean: jax.Array) -> jax.Array:
    """`band_levels` of the samples (channels, n) of a signal."""
    return band_levels(Waveform.of(y), bands, grid, floor, mean)


def clip_powers(
    y: npt.NDArray[np.float32], sr: float, rates: tuple[float, ...], bands: int, groups: int = GROUPS
) -> tuple[npt.NDArray[np.float32], ...]:
    """Mean power of groups of bands in the frames of a clip (channels, samples), whose ends don't meet.

    For each of the rates in Hz (groups, frames): as many frames as there are whole ones in the clip.
    """
    # Mirrored ends, which no frame looks into, keep the step from the clip's end to its start out of the envelopes.
    n, margin = y.shape[-1], mirrored(y.shape[-1], sr)
    plan = plan_bands(bands, n + 2 * margin, sr)
    per_sample = plan.frames / (n + 2 * margin)
    grids = tuple(
        plan_grid(
            plan.frames,
            int(n / sr * rate + 1e-6),
            start=margin * per_sample,
            hop=sr / rate * per_sample,
            groups=groups,
        )
        for rate in rates
    )
    padded: npt.NDArray[np.float32] = np.pad(y, [(0, 0), (margin, margin)], mode="reflect")
    return tuple(np.asarray(P) for P in _powers(padded, plan, audible(y), grids))


def resampled(levels: npt.NDArray[np.float32], frames: int) -> npt.NDArray[np.float32]:
    """Levels (..., frames) that go round, at another number of frames, by linear interpolation."""
    at = (np.arange(frames) + 0.5) * levels.shape[-1] / frames - 0.5
    before = np.floor(at).astype(int)
    part = at - before
    n = levels.shape[-1]
    return np.asarray(levels[..., before % n] * (1 - part) + levels[..., (before + 1) % n] * part)


def audible(y: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Amplitude below which nothing matters in sounds like a clip (channels, n): (channels, 1)."""
    return np.asarray(AUDIBLE * np.sqrt(np.mean(y**2, axis=-1, keepdims=True)), np.float32)


@Program
def _powers(
    y: npt.NDArray[np.float32], bands: Bands, floor: npt.NDArray[np.float32], grids: tuple[Grid, ...]
) -> tuple[jax.Array, ...]:
    powers = list(band_powers(Waveform.of(y), bands, jnp.asarray(floor)))
    return tuple(frame_powers(powers, bands, grid) for grid in grids)
