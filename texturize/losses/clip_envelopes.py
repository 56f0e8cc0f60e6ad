"""Envelopes of a clip, whose ends do not meet and may be faded."""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from texturize.runtime.programs import Program
from texturize.signal.envelopes import (
    AUDIBLE,
    EXPONENT,
    Bands,
    band_powers,
    compressed_envelopes,
    faded,
    mirrored,
)
from texturize.signal.tapers import raised_cosine_edges
from texturize.signal.waveform import Waveform

EDGE = 4  # frames, beyond the ends, over which the weight rises
SILENT = 1.3  # envelope over that of the floor


class ClipEnvelopes(NamedTuple):
    """Envelopes of a clip between mirrored ends."""

    E: jax.Array  # (channels, bands, frames)
    power: jax.Array  # (channels, bands)
    window: jax.Array  # (frames,)


@partial(Program, static=("sr",), once=True)
def clip_envelopes(y: jax.Array, sr: float, bands: Bands, floor: jax.Array) -> ClipEnvelopes:
    """Envelopes of a clip (channels, samples); ``bands`` are planned for its length `padded` by mirrored ends."""
    return envelopes_and_powers(y, sr, bands, floor)[0]


def envelopes_and_powers(
    y: jax.Array, sr: float, bands: Bands, floor: jax.Array
) -> tuple[ClipEnvelopes, list[jax.Array]]:
    """The same, and what `band_powers` gives."""
    # Mirrored ends, of no weight, keep the step from the clip's end to its start away from the statistics.
    margin, ends = mirrored(y.shape[-1], sr), ends_of(y.shape[-1], sr, bands.frames)
    y = jnp.pad(y, [(0, 0), (margin, margin)], mode="reflect")
    window = taper(bands.frames, ends)
    powers = list(band_powers(Waveform.of(y), bands, floor))
    E, power = hush(*compressed_envelopes(powers, bands, window), floor, 2 * ends)
    return ClipEnvelopes(E, power, window), powers


def padded(n: int, sr: float) -> int:
    """Samples of a clip of ``n`` between mirrored ends."""
    return n + 2 * mirrored(n, sr)


def ends_of(n: int, sr: float, frames: int) -> int:
    """How many of the frames of a clip of ``n`` samples with mirrored ends are, at each end, not the clip's, or may be
    faded.
    """
    return math.ceil((mirrored(n, sr) + faded(n, sr)) / padded(n, sr) * frames)


def hush(E: jax.Array, power: jax.Array, floor: jax.Array, ends: int) -> tuple[jax.Array, jax.Array]:
    """Envelopes and powers with nothing in bands that are silent but for the ends, where the mirror's kink rings."""
    quiet = floor[..., None] ** EXPONENT
    silent = jnp.max(E[..., ends:-ends], axis=-1, keepdims=True) < SILENT * quiet
    return jnp.where(silent, quiet, E), jnp.where(silent[..., 0], floor**2, power)


def taper(frames: int, ends: int) -> jax.Array:
    """Weight of envelope samples: none at the ``ends``, which fade in and out; mean 1."""
    window = raised_cosine_edges(frames, EDGE, ends)
    return jnp.asarray(window / window.mean(), jnp.float32)


@partial(Program, once=True)
def floor_of(y: jax.Array) -> jax.Array:
    """Amplitude (channels, 1) below which nothing matters of a clip (channels, samples)."""
    return AUDIBLE * jnp.sqrt(jnp.mean(y**2, axis=-1, keepdims=True))


@partial(Program, once=True)
def weighted_mean(clip: ClipEnvelopes) -> jax.Array:
    """Mean of the envelopes but for the ends: (channels, bands)."""
    return jnp.mean(clip.E * clip.window, axis=-1)


def without_ends(x: jax.Array, n: int, sr: float) -> jax.Array:
    """The frames, of those (..., frames) of a clip of ``n`` samples with mirrored ends, that are the clip's and not
    faded.
    """
    ends = ends_of(n, sr, x.shape[-1])
    return x[..., ends : x.shape[-1] - ends]
