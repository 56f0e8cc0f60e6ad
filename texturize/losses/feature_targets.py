"""What the terms of the feature maps compare with: normalization and statistics of a clip."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from texturize.config import LossConfig
from texturize.losses.features import (
    Resolution,
    ResolutionTargets,
    compress,
    cross_gram,
    needs_maps,
    pool,
    standardize,
)
from texturize.runtime.device import Precision
from texturize.runtime.programs import Program
from texturize.signal.banks import random_banks
from texturize.signal.envelopes import faded
from texturize.signal.erb import pooling_matrix
from texturize.signal.filters import Filters, apply, prepare
from texturize.signal.spectrogram import Stft, magnitude, stft
from texturize.signal.statistics import autocorrelation, gram_matrix

FLOOR = 1e-4  # of the loudest: bins below it count as silent


def clip_frames(y: jax.Array, settings: Stft) -> jax.Array:
    """Magnitudes of the frames that lie within the clip (channels, n): its ends are no part of the texture."""
    S = magnitude(stft(y, settings._replace(circular=False)))
    margin = -(-(settings.n_fft // 2) // settings.hop_length)
    return S[:, margin : y.shape[-1] // settings.hop_length - margin + 1]


class Look(NamedTuple):
    """Normalization of a clip's bands, and how they look."""

    bin_level: jax.Array
    pooling: jax.Array | None
    level: jax.Array
    mean: jax.Array
    deviation: jax.Array
    bands: jax.Array  # (channels, frames, bands), standardized, without what may be faded
    original: jax.Array | None


def resolution_targets(
    y: jax.Array, sr: float, resolution: Resolution, loss: LossConfig, frames: int, precision: Precision
) -> ResolutionTargets:
    """Normalization and statistics of the clip (channels, n), for results of ``frames`` frames.

    Not to be traced: of programs for each part, those of one width serve whatever the other widths are.
    """
    look = _look(y, sr, resolution, frames if loss.diversity.weight else None)
    banks = random_banks(resolution.config.filters, look.bands.shape[-1])
    filters = tuple(prepare(bank, frames * y.shape[0], precision=precision) for bank in banks)
    statistics: list[tuple[jax.Array | None, ...]] = [(None,) * 3] * len(filters)
    if needs_maps(loss):
        joint = bool(loss.channels.weight) and len(y) > 1
        wanted = bool(loss.gram.weight), joint, bool(loss.autocorrelation.weight)
        statistics = [_statistics(bank, look.bands, *wanted, resolution.lags) for bank in filters]
    gram, cross, along = (tuple(x for x in of_kind if x is not None) for of_kind in zip(*statistics, strict=True))
    return ResolutionTargets(
        filters,
        look.bin_level,
        look.pooling,
        look.level,
        look.mean,
        look.deviation,
        gram,
        cross,
        along,
        look.original,
    )


@partial(Program, static=("sr", "resolution", "frames"), once=True)
def _look(y: jax.Array, sr: float, resolution: Resolution, frames: int | None) -> Look:
    """How a clip (channels, n) looks; ``original`` for results of so many frames, if any."""
    config, settings = resolution.config.spectrogram, resolution.settings
    S = clip_frames(y, settings)
    ends = faded(y.shape[-1], sr) // settings.hop_length

    def unfaded(x: jax.Array) -> jax.Array:
        return x[:, ends : x.shape[1] - ends]

    bin_level = level_of(unfaded(S))
    pooling = None
    if config.bands_per_erb is not None:
        pooling = jnp.asarray(pooling_matrix(settings, sr, config.bands_per_erb), S.dtype)
        S = pool(S, pooling)
    level = level_of(unfaded(S))
    c = compress(S, config, level)
    inside = unfaded(c)
    mean, spread = jnp.mean(inside, axis=1, keepdims=True), jnp.std(inside, axis=1, keepdims=True)
    deviation = spread + 0.1 * jnp.sqrt(jnp.mean(spread**2, axis=-1, keepdims=True))
    x = standardize(c, config, mean, deviation)
    # What is not to be copied is all of it.
    original = None if frames is None else original_spectrum(x if config.standardize else x - mean, frames)
    return Look(bin_level, pooling, level, mean, deviation, unfaded(x), original)


@partial(Program, static=("gram", "joint", "along", "lags"), once=True)
def _statistics(
    filters: Filters, x: jax.Array, gram: bool, joint: bool, along: bool, lags: tuple[int, int]
) -> tuple[jax.Array | None, jax.Array | None, jax.Array | None]:
    """Gram matrix, that of neighbouring channels, and autocorrelation, those that are wanted of a bank's maps."""
    F = apply(filters, x)
    # Circular, as published, for the clip as for the result: what is slower than the lags weighs the same in both.
    return (
        gram_matrix(F) if gram else None,
        cross_gram(F) if joint else None,
        autocorrelation(F, lags, circular=True) if along else None,
    )


def level_of(S: jax.Array) -> jax.Array:
    """Root mean square over time of magnitudes (channels, frames, bins), and a floor: (channels, 1, bins)."""
    level = jnp.sqrt(jnp.mean(S**2, axis=1, keepdims=True))
    return level + FLOOR * jnp.max(level, axis=-1, keepdims=True)


def original_spectrum(S: jax.Array, frames: int) -> jax.Array:
    """The clip's side of :func:`closeness`: S centred, (channels, clip frames, bins)."""
    n = max(S.shape[-2], frames)
    S = S / jnp.sqrt(jnp.sum(S**2, axis=(-2, -1), keepdims=True) + 1e-12)
    return jnp.fft.rfft(S, n + n % 2, axis=-2)
