"""Terms of the feature maps: Gram matrices, autocorrelation, and diversity."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from texturize.config import LossConfig, ResolutionConfig, SpectrogramConfig
from texturize.signal.filters import Filters, apply
from texturize.signal.spectrogram import Stft
from texturize.signal.statistics import autocorrelation, gram_matrix


class Resolution(NamedTuple):
    """What is static of one spectrogram and its filters."""

    config: ResolutionConfig
    settings: Stft
    lags: tuple[int, int]  # of the autocorrelation, in frames


class ResolutionTargets(NamedTuple):
    """What one spectrogram of the result is measured by and compared with."""

    filters: tuple[Filters, ...]
    bin_level: jax.Array  # (channels, 1, bins): root mean square
    pooling: jax.Array | None  # (bins, bands); None where bands are bins
    # Normalization, each (channels, 1, bands)
    level: jax.Array
    mean: jax.Array
    deviation: jax.Array
    # Statistics of the clip
    gram: tuple[jax.Array, ...]  # per bank (channels, filters, filters)
    cross_gram: tuple[jax.Array, ...]  # per bank (channels - 1, filters, filters): of neighbours; empty for one channel
    autocorrelation: tuple[jax.Array, ...]  # per bank (channels, lags, filters); empty at weight 0
    original: jax.Array | None  # transform along time of the centred spectrogram, for the diversity term


def compress(S: jax.Array, config: SpectrogramConfig, level: jax.Array) -> jax.Array:
    """Compressed magnitudes; ``level`` (..., 1, bins) is the root mean square of each bin over the clip."""
    x = S / level if config.normalize else S
    if config.compression == "log1p":
        return jnp.log1p(x)
    if config.compression == "power":
        return (x + 1e-6) ** config.exponent
    return x


def expand(c: jax.Array, config: SpectrogramConfig, level: jax.Array) -> jax.Array:
    """Magnitudes from compressed ones, the inverse of :func:`compress`; negative values become zero."""
    c = jnp.maximum(c, 0.0)
    if config.compression == "log1p":
        c = jnp.expm1(c)
    elif config.compression == "power":
        c = jnp.maximum(c ** (1 / config.exponent) - 1e-6, 0.0)
    return c * level if config.normalize else c


def pool(S: jax.Array, pooling: jax.Array | None) -> jax.Array:
    """Magnitudes of bands, roots of the mean powers of their bins: (..., bins) to (..., bands)."""
    if pooling is None:
        return S
    return jnp.sqrt(jnp.matmul(S**2, pooling, precision="highest") + jnp.finfo(S.dtype).tiny)


def standardize(c: jax.Array, config: SpectrogramConfig, mean: jax.Array, deviation: jax.Array) -> jax.Array:
    """Compressed magnitudes as the filters see them."""
    return (c - mean) / deviation if config.standardize else c


def bands_of(S: jax.Array, resolution: Resolution, targets: ResolutionTargets) -> jax.Array:
    """What the filters see of magnitudes (channels, frames, bins): (channels, frames, bands)."""
    config = resolution.config.spectrogram
    c = compress(pool(S, targets.pooling), config, targets.level)
    return standardize(c, config, targets.mean, targets.deviation)


def relative_square(x: jax.Array, target: jax.Array) -> jax.Array:
    """|x - x~|^2 / |x~|^2 over the last two axes, averaged over the rest."""
    tiny = jnp.finfo(target.dtype).tiny
    return jnp.mean(jnp.sum((x - target) ** 2, (-2, -1)) / jnp.maximum(jnp.sum(target**2, (-2, -1)), tiny))


def closeness(S: jax.Array, original: jax.Array) -> jax.Array:
    """Normalized cross-correlation of spectrograms at every circular shift in time.

    Parameters
    ----------
    S : (channels, frames, bins)
        Centred spectrogram of the result.
    original : (channels, n // 2 + 1, bins) complex
        ``rfft`` along time of the clip's, zero-padded to a common length n, divided by its norm.

    Returns
    -------
    (channels, n) : 1 where the result is the clip, moved by that many frames.
    """
    n = 2 * (original.shape[-2] - 1)
    spectrum = jnp.fft.rfft(S, n, axis=-2)
    c = jnp.fft.irfft(jnp.sum(spectrum * original.conj(), axis=-1), n)
    return c / jnp.sqrt(jnp.sum(S**2, axis=(-2, -1)) + 1e-12)[:, None]


def diversity(S: jax.Array, original: jax.Array, sharpness: float) -> jax.Array:
    """Smooth maximum over all shifts of the closeness to the original: log-sum-exp, less log n to start from zero."""
    c = closeness(S, original)
    soft = jax.nn.logsumexp(sharpness * c, axis=-1) - jnp.log(c.shape[-1])
    return jnp.mean(soft) / sharpness


def resolution_terms(
    S: jax.Array, resolution: Resolution, targets: ResolutionTargets, loss: LossConfig
) -> dict[str, jax.Array]:
    """Terms of the magnitudes (channels, frames, bins) of one spectrogram, summed over its banks."""
    S = bands_of(S, resolution, targets)
    circular = resolution.settings.circular
    terms = {}
    maps = [apply(filters, S, circular=circular) for filters in targets.filters] if needs_maps(loss) else []

    def over_banks(statistic: Callable[[jax.Array], jax.Array], wanted: tuple[jax.Array, ...]) -> jax.Array:
        apart = (relative_square(statistic(F), target) for F, target in zip(maps, wanted, strict=True))
        return sum(apart, jnp.zeros(()))

    if loss.gram.weight:
        terms["gram"] = over_banks(gram_matrix, targets.gram)
    if targets.cross_gram:
        terms["channels"] = over_banks(cross_gram, targets.cross_gram)
    if loss.autocorrelation.weight:
        along = partial(autocorrelation, lags=resolution.lags, circular=circular)
        terms["autocorrelation"] = over_banks(along, targets.autocorrelation)
    if loss.diversity.weight and targets.original is not None:
        centred = S if resolution.config.spectrogram.standardize else S - targets.mean
        terms["diversity"] = diversity(centred, targets.original, loss.diversity.sharpness)
    return terms


def needs_maps(loss: LossConfig) -> bool:
    """Whether there is a term of the feature maps."""
    return bool(loss.gram.weight or loss.autocorrelation.weight or loss.channels.weight)


def cross_gram(F: jax.Array) -> jax.Array:
    """Products of each channel's feature maps with the next one's: (channels, frames, filters) to
    (channels - 1, filters, filters).
    """
    return jnp.matmul(F[:-1].swapaxes(-1, -2), F[1:], precision="highest") / F.shape[-2]


def resolution_of(config: ResolutionConfig, settings: Stft, loss: LossConfig, sr: float, n: int) -> Resolution:
    """Static part of one resolution, for a clip and a result of which the shorter has ``n`` samples."""
    rate = sr / settings.hop_length
    # Of the maps of the widest filters over the frames within the clip, a quarter at least is to overlap.
    frames = n // settings.hop_length - 2 * -(-(settings.n_fft // 2) // settings.hop_length) + 1
    longest = max(1, 3 * (frames - max(config.filters.widths)) // 4)
    last = min(round(loss.autocorrelation.max_lag * rate), longest)
    return Resolution(config, settings, (min(round(loss.autocorrelation.min_lag * rate), last), last))
