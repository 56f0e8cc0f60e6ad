"""Statistics between those of several clips.

Each clip is measured in its own normalization: Gram matrices are those of features standardized by the clip's own
level, mean and deviation. So they compare like with like, and mix linearly, while the normalization itself goes from
one clip to the other. In one normalization for all, a mix would be a sound that is now the one clip, now the other.

Levels mix geometrically, half way in decibels; all else linearly. Linear mixes of moments, of correlations and of
coherence are those of some signal (the sets of possible ones are convex), which geometric ones need not be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.losses.channels import ChannelTargets
from texturize.losses.copy_penalty import CopyTargets
from texturize.losses.envelope_terms import EnvelopeTargets
from texturize.losses.features import ResolutionTargets
from texturize.losses.narrow_patches import NarrowTargets
from texturize.losses.patches import PatchTargets
from texturize.losses.total import Static, Targets, build_targets
from texturize.synthesis.mix_weights import MixWeights
from texturize.synthesis.preconditioner import Spectrum, mean_spectrum, spectral_factor

T = TypeVar("T")
Mean = Callable[[Sequence[jax.Array]], jax.Array]


class Learnt(NamedTuple):
    """What is known of a clip."""

    targets: Targets
    spectrum: Spectrum


class Aim(NamedTuple):
    """What a segment is made to be."""

    targets: Targets
    H: jax.Array
    """Spectral factor, of `texturize.synthesis.preconditioner`."""


def common_static(statics: Sequence[Static]) -> Static:
    """What is static of a mix, from that of each clip for results of one length.

    Patches are such as the shortest clip has. Lags reach to the longest period of any clip. Pieces are laid against
    the clips at the highest rate that one of them needs, and not at all where one is of a wide band: so is the mix.
    """
    first = statics[0]
    lags = first.scales.lags[0], max(static.scales.lags[1] for static in statics)
    seconds = min(static.scales.seconds for static in statics)
    rates = [static.rates for static in statics]
    highest = None if None in rates else max((r for r in rates if r is not None), key=lambda r: r.low)
    return first._replace(scales=first.scales._replace(lags=lags, seconds=seconds), rates=highest)


def learn(
    clips: Sequence[npt.NDArray[np.float32]], sr: float, n: int, static: Static, window_ms: float
) -> tuple[Learnt, ...]:
    """Statistics of clips (channels, samples) for results of ``n`` samples; their mean spectra over ``window_ms``."""
    shortest = min(clip.shape[-1] for clip in clips)
    return tuple(
        Learnt(
            jax.block_until_ready(build_targets(jax.device_put(clip), sr, n, static)),
            mean_spectrum(clip, sr, window_ms, shortest),
        )
        for clip in clips
    )


def aim_at(learnt: Sequence[Learnt], shares: MixWeights, n: int) -> Aim:
    """What segments of ``n`` samples with these shares of the clips are made to be."""
    return Aim(
        mix_targets([one.targets for one in learnt], shares),
        spectral_factor(mix_spectra([one.spectrum for one in learnt], shares), n),
    )


def mix_spectra(spectra: Sequence[Spectrum], shares: MixWeights) -> Spectrum:
    """Spectrum whose levels in decibels and whose coherence lie between those of several."""
    if len(spectra) == 1:
        return spectra[0]
    return Spectrum(
        np.exp(sum(w * np.log(one.amplitude) for w, one in zip(shares, spectra, strict=True))),
        np.asarray(sum(w * one.coherence for w, one in zip(shares, spectra, strict=True))),
    )


def mix_targets(targets: Sequence[Targets], shares: MixWeights) -> Targets:
    """Targets between those of several clips, all of one `Static`, rate and number of channels."""
    if len(targets) == 1:
        return targets[0]

    # By NumPy: each array has another shape, for which JAX would compile each operation anew.
    def linear(values: Sequence[jax.Array]) -> jax.Array:
        mean = np.tensordot(shares, np.stack([np.asarray(value) for value in values]), 1)
        return jnp.asarray(mean, values[0].dtype)

    def geometric(values: Sequence[jax.Array]) -> jax.Array:
        tiny = np.finfo(np.float32).tiny
        logs = np.stack([np.log(np.maximum(np.asarray(value, np.float64), tiny)) for value in values])
        return jnp.asarray(np.exp(np.tensordot(shares, logs, 1)), values[0].dtype)

    resolutions = zip(*(one.resolutions for one in targets), strict=True)
    return Targets(
        tuple(_mix_resolution(each, linear, geometric) for each in resolutions),
        _mix_present(_mix_envelopes, [one.envelopes for one in targets], linear, geometric),
        _mix_present(_mix_tones, [one.tones for one in targets], linear, geometric),
        _mix_present(_mix_channels, [one.channels for one in targets], linear, geometric),
        _mix_present(_mix_splices, [one.splices for one in targets], linear, geometric),
    )


def _mix_present(
    mix: Callable[[Sequence[T], Mean, Mean], T], parts: Sequence[T | None], linear: Mean, geometric: Mean
) -> T | None:
    """Mix of a part of the targets, if all clips have it: else there is nothing between them."""
    present = [part for part in parts if part is not None]
    return mix(present, linear, geometric) if len(present) == len(parts) else None


def _mix_resolution(parts: Sequence[ResolutionTargets], linear: Mean, geometric: Mean) -> ResolutionTargets:
    def each(matrices: Sequence[tuple[jax.Array, ...]]) -> tuple[jax.Array, ...]:
        return tuple(linear(banks) for banks in zip(*matrices, strict=True))

    originals = [part.original for part in parts if part.original is not None]
    return parts[0]._replace(
        bin_level=geometric([part.bin_level for part in parts]),
        level=geometric([part.level for part in parts]),
        mean=linear([part.mean for part in parts]),
        deviation=linear([part.deviation for part in parts]),
        gram=each([part.gram for part in parts]),
        cross_gram=each([part.cross_gram for part in parts]),
        autocorrelation=each([part.autocorrelation for part in parts]),
        original=_all_originals(originals) if originals else None,
    )


def _all_originals(spectra: Sequence[jax.Array]) -> jax.Array:
    """Originals side by side, (clips, channels, n // 2 + 1, bins), at the length of the longest: a result is to be like
    none of them.
    """
    n = max(2 * (spectrum.shape[-2] - 1) for spectrum in spectra)
    return jnp.stack([jnp.fft.rfft(jnp.fft.irfft(spectrum, axis=-2), n, axis=-2) for spectrum in spectra])


def _mix_envelopes(parts: Sequence[EnvelopeTargets], linear: Mean, geometric: Mean) -> EnvelopeTargets:
    statistics = jax.tree.map(lambda *values: linear(values), *(part.statistics for part in parts))
    # Shares of the variance add up to 1, their roots do not.
    shares = linear([part.statistics.modulation**2 for part in parts]) ** 0.5
    return parts[0]._replace(
        floor=geometric([part.floor for part in parts]),
        mean=geometric([part.mean for part in parts]),
        statistics=statistics._replace(modulation=shares),
        scale=jax.tree.map(lambda *values: linear(values), *(part.scale for part in parts)),
        rhythm=_mix_optional([part.rhythm for part in parts], linear),
        wide_mean=_mix_optional([part.wide_mean for part in parts], geometric),
        patches=tuple(
            _mix_present(_mix_patches, of_scale, linear, geometric)
            for of_scale in zip(*(part.patches for part in parts), strict=True)
        ),
        lines=None,  # those of one clip are none of the other's
        channels=_mix_optional([part.channels for part in parts], linear),
        onset_samples=linear([part.onset_samples for part in parts]),
    )


def _mix_patches(parts: Sequence[PatchTargets], linear: Mean, geometric: Mean) -> PatchTargets:
    """Quantile functions mix linearly: that is the distribution between, as far from each as its share says."""
    return parts[0]._replace(
        deviation=geometric([part.deviation for part in parts]),
        thresholds=linear([part.thresholds for part in parts]),
        shares=linear([part.shares for part in parts]),
    )


def _mix_tones(parts: Sequence[NarrowTargets], linear: Mean, geometric: Mean) -> NarrowTargets:
    return parts[0]._replace(
        floor=geometric([part.floor for part in parts]),
        mean=geometric([part.mean for part in parts]),
        patches=_mix_patches([part.patches for part in parts], linear, geometric),
    )


def _mix_optional(values: Sequence[jax.Array | None], linear: Mean) -> jax.Array | None:
    present = [value for value in values if value is not None]
    return linear(present) if present else None


def _mix_channels(parts: Sequence[ChannelTargets], linear: Mean, geometric: Mean) -> ChannelTargets:
    norm = geometric([part.norm for part in parts])
    coherence = linear([part.cross / part.norm[..., None] for part in parts])
    return parts[0]._replace(cross=coherence * norm[..., None], norm=norm)


def _mix_splices(parts: Sequence[CopyTargets], linear: Mean, _geometric: Mean) -> CopyTargets:
    stretches = zip(*(part.stretches for part in parts), strict=True)
    return CopyTargets(
        tuple(jnp.concatenate(same_length, axis=-1) for same_length in stretches),
        linear([part.fresh for part in parts]),
    )
