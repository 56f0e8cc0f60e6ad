"""The course of events that a signal follows: what its band levels are to be, and noise that has them already."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.signal.band_levels import Grid, compressed, expanded, frame_powers
from texturize.signal.envelopes import Bands, band_edges
from texturize.signal.erb import erb_number

NEAR = 0.1
"""Of levels: some 3 dB, which count one."""
QUIETEST = 0.01
"""Of the mean: the least gain."""
ATTACK = 0.1
"""Of a frame: how long a rise takes."""


class EventCourse(NamedTuple):
    """What the band levels of a segment are to be, frame by frame."""

    grid: Grid
    mean: jax.Array  # (groups, 1): power at which a level is 1
    levels: jax.Array  # (groups, frames)


def event_term(powers: list[jax.Array], bands: Bands, events: EventCourse) -> jax.Array:
    """Mean square of how far the band levels are off, from the powers that `band_powers` gives."""
    levels = compressed(frame_powers(powers, bands, events.grid), events.mean)
    return jnp.mean((levels - events.levels) ** 2) / NEAR**2


def frames_given(mask: npt.NDArray[np.float32], frames: int) -> npt.NDArray[np.float32]:
    """Mask of the frames (frames,) all of whose samples are given by a mask of samples (n,)."""
    first = np.arange(frames) * len(mask) // frames
    whole: npt.NDArray[np.float32] = (np.minimum.reduceat(mask, first) > 0.99).astype(np.float32)
    return whole


def with_course(y: jax.Array, sr: float, events: EventCourse, bands: int) -> tuple[jax.Array, jax.Array]:
    """Steady noise (channels, n) with the course that events have, by gains in groups of so many auditory bands; and
    the mean of these gains in decibels, as a factor (n,).

    Levels fall slowly and rise at once, at the start of a frame: a strike decays, it does not swell.
    """
    samples = np.asarray(y)
    n, levels = samples.shape[-1], np.asarray(events.levels)
    spectrum, result, mean = np.fft.rfft(samples), np.zeros_like(samples), np.zeros(n, np.float32)
    at = np.arange(n) / n * levels.shape[-1]
    for response, row in zip(group_responses(n, sr, bands, len(levels)), levels, strict=True):
        gain = np.sqrt(np.asarray(expanded(_between(row, at))))
        result += (np.fft.irfft(spectrum * response, n) * gain).astype(np.float32)
        mean += np.log(np.maximum(gain, QUIETEST)) / len(levels)
    return jnp.asarray(result), jnp.exp(mean)


def _between(levels: npt.NDArray[np.float32], at: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Levels (frames,), which go round, at places in frames: linear from centre to centre, but for rises."""
    frames = len(levels)
    rising = np.flatnonzero(levels > np.roll(levels, 1))
    places = np.concatenate([np.arange(frames) + 0.5, rising - ATTACK, rising])
    values = np.concatenate([levels, levels[rising - 1], levels[rising]])
    found: npt.NDArray[np.float32] = np.interp(at, places, values, period=frames).astype(np.float32)
    return found


def group_responses(n: int, sr: float, bands: int, groups: int) -> npt.NDArray[np.float64]:
    """What of each frequency belongs to each group of auditory bands, adding up to 1: (groups, n // 2 + 1)."""
    edges = erb_number(band_edges(bands, sr))
    cuts = np.linspace(0, bands, groups + 1).round().astype(int)
    centres = (edges[cuts[:-1]] + edges[cuts[1:] + 1]) / 2
    at = np.interp(erb_number(np.arange(n // 2 + 1) * sr / n), centres, np.arange(groups))
    distance = np.clip(np.abs(at - np.arange(groups)[:, None]), 0, 1)
    return np.asarray(np.cos(np.pi / 2 * distance) ** 2)
