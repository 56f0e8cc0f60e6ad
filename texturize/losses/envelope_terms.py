"""Terms of the band envelopes: statistics, autocorrelation of the onsets; and what they are compared with."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from texturize.config import LossConfig
from texturize.losses.channels import EXACT, envelope_correlations
from texturize.losses.clip_envelopes import (
    ClipEnvelopes,
    clip_envelopes,
    envelopes_and_powers,
    floor_of,
    padded,
    weighted_mean,
    without_ends,
)
from texturize.losses.event_course import EventCourse, event_term
from texturize.losses.line_patches import LineTargets, line_map, line_targets
from texturize.losses.patches import (
    WIDE_BANDS,
    WIDE_RATE,
    PatchTargets,
    patch_banks,
    patch_maps,
    patch_targets,
    patch_term,
    upper_amplitudes,
)
from texturize.runtime.programs import Program
from texturize.signal.envelopes import (
    RATE,
    Bands,
    band_powers,
    compressed_envelopes,
    plan_bands,
)
from texturize.signal.periodicity import PART_OF_CLIP
from texturize.signal.statistics import EnvelopeStatistics, autocorrelation, envelope_statistics, onsets
from texturize.signal.waveform import Waveform

ONSET_STEP = 4
ONSET_BANDS = 6
SLOWEST = 1.5  # periods within the clip: what is slower is no texture but drift, and is to be kept out of the result


class TimeScales(NamedTuple):
    """What is static of the terms of band envelopes."""

    lags: tuple[int, int]  # of the rhythm, in onset samples
    steady: float  # modulation up to that many Hz is drift
    seconds: float  # of the shortest clip, or of the result if that is shorter: no patch may be longer than half of it


class EnvelopeTargets(NamedTuple):
    """Envelope statistics of the clip."""

    bands: Bands  # planned for the result's length
    floor: jax.Array  # (channels, 1)
    mean: jax.Array  # (channels, bands)
    statistics: EnvelopeStatistics
    scale: EnvelopeStatistics  # what a square difference is measured in, see `natural_scale`
    rhythm: jax.Array | None  # (channels, lags, maps)
    wide: Bands | None  # planned for the result's length; None where there are no patches
    wide_mean: jax.Array | None  # (channels, wide bands)
    patches: tuple[PatchTargets | None, ...]
    lines: LineTargets | None
    channels: jax.Array | None  # (pairs, bands): correlation of the envelopes of two channels
    onset_samples: jax.Array  # (): an autocorrelation of that many independent onsets has a variance of its inverse


def envelope_terms(
    waveform: Waveform,
    targets: EnvelopeTargets,
    loss: LossConfig,
    scales: TimeScales,
    events: EventCourse | None = None,
) -> dict[str, jax.Array]:
    """Terms of the band envelopes of a signal (channels, n), which is to follow the course of ``events``."""
    powers = list(band_powers(waveform, targets.bands, targets.floor))
    E, power = compressed_envelopes(powers, targets.bands)
    terms = {}
    if events is not None:
        terms["events"] = event_term(powers, targets.bands, events)
    if loss.envelopes.weight:
        window = jnp.ones(E.shape[-1], E.dtype)
        found = envelope_statistics(E, power, window, targets.mean, RATE, scales.steady)
        classes = [
            jnp.mean((x - t) ** 2 / scale) for x, t, scale in zip(found, targets.statistics, targets.scale, strict=True)
        ]
        terms["envelopes"] = jnp.mean(jnp.stack(classes))
    if targets.rhythm is not None:
        rho = normalized_rhythm(E, targets.mean, scales.lags, circular=True)
        terms["rhythm"] = jnp.mean((rho - targets.rhythm) ** 2) * targets.onset_samples
    if targets.wide is not None and targets.wide_mean is not None:
        powers = list(band_powers(waveform, targets.wide, targets.floor))
        wide, _ = compressed_envelopes(powers, targets.wide)
        amplitudes = upper_amplitudes(powers, targets.wide.frames)
        maps = patch_maps(E / targets.mean[..., None], wide / targets.wide_mean[..., None], amplitudes)
        of_lines = [] if targets.lines is None else [line_map(waveform, targets.lines, targets.floor)]
        of_scales = targets.patches if targets.lines is None else (*targets.patches, targets.lines.patches)
        terms["patches"] = patch_term([*maps, *of_lines], of_scales)
    if targets.channels is not None:
        off = envelope_correlations(E, jnp.ones(E.shape[-1], E.dtype)) - targets.channels
        terms["channels"] = jnp.mean(off**2) / EXACT**2
    return terms


def normalized_rhythm(E: jax.Array, mean: jax.Array, lags: tuple[int, int], circular: bool = False) -> jax.Array:
    """Autocorrelation of the onsets over its value at lag 0: (channels, bands, frames) to (channels, lags, maps).

    Onsets of neighbouring bands are added up, and those of all bands are the last map: what they have in common, a
    beat, stands out from what they don't.
    """
    r = onsets(E / mean[..., None], ONSET_STEP)
    groups = [jnp.sum(r[..., b : b + ONSET_BANDS], axis=-1) for b in range(0, r.shape[-1], ONSET_BANDS)]
    r = jnp.stack([*groups, jnp.sum(r, axis=-1)], axis=-1)
    r = r - jnp.mean(r, axis=-2, keepdims=True)
    A = autocorrelation(r, lags, circular)
    return A / (jnp.mean(r**2, axis=-2, keepdims=True) + 1e-12)


def time_scales(loss: LossConfig, seconds: float, period: float | None) -> TimeScales:
    """Time scales of the terms of band envelopes, for a clip and a result of which the shorter has ``seconds``.

    Lags end at ``max_lag``, or where a longer ``period`` in seconds comes round.
    """
    rate = RATE / ONSET_STEP
    longest = max(loss.rhythm.max_lag, 1.1 * (period or 0.0))
    last = int(min(round(longest * rate), PART_OF_CLIP * seconds * rate))
    first = min(max(1, round(loss.rhythm.min_lag * rate)), last)
    return TimeScales((first, last), SLOWEST / seconds, seconds)


def envelope_targets(
    y: jax.Array, sr: float, n: int, loss: LossConfig, scales: TimeScales, with_lines: bool
) -> EnvelopeTargets:
    """Envelope statistics of the clip (channels, samples), for results of ``n`` samples.

    ``with_lines``: of its spectral lines, too. Not to be traced: bands are large constants, and of programs for each
    part those of one half serve for the other.
    """
    samples, half, count = y.shape[-1], y.shape[-1] // 2, loss.envelopes.bands
    floor = floor_of(y)
    bands, bands_of_half = (plan_bands(count, padded(part, sr), sr) for part in (samples, half))
    halves = (clip_envelopes(x, sr, bands_of_half, floor) for x in (y[:, :half], y[:, half : 2 * half]))
    clip = clip_envelopes(y, sr, bands, floor)
    mean = weighted_mean(clip)
    three = [_statistics(part, mean, scales.steady) for part in (clip, *halves)]
    wanted, scale = _wanted(*three)
    wide: Bands | None = None
    wide_mean: jax.Array | None = None
    patches: tuple[PatchTargets | None, ...] = ()
    lines: LineTargets | None = None
    if loss.patches.weight:
        wide = plan_bands(WIDE_BANDS, n, sr, rate=WIDE_RATE)
        wide_bands = plan_bands(WIDE_BANDS, padded(samples, sr), sr, rate=WIDE_RATE)
        wide_mean, maps = _maps(y, clip.E, mean, wide_bands, floor, sr)
        patches = patch_targets(maps, patch_banks(scales.seconds, count, loss.patches.count))
        lines = line_targets(y, sr, n, floor, loss.patches.count, scales.seconds) if with_lines else None
    joint = loss.channels.weight and len(y) > 1
    return EnvelopeTargets(
        bands=plan_bands(count, n, sr),
        floor=floor,
        mean=mean,
        statistics=wanted,
        scale=scale,
        rhythm=_rhythm(without_ends(clip.E, samples, sr), mean, scales.lags) if loss.rhythm.weight else None,
        wide=wide,
        wide_mean=wide_mean,
        patches=patches,
        lines=lines,
        channels=_correlations(clip) if joint else None,
        onset_samples=jnp.asarray(samples / sr * RATE / ONSET_STEP, y.dtype),
    )


@partial(Program, static=("steady",), once=True)
def _statistics(clip: ClipEnvelopes, mean: jax.Array, steady: float) -> EnvelopeStatistics:
    return envelope_statistics(clip.E, clip.power, clip.window, mean, RATE, steady)


@partial(Program, once=True)
def _wanted(
    whole: EnvelopeStatistics, first: EnvelopeStatistics, second: EnvelopeStatistics
) -> tuple[EnvelopeStatistics, EnvelopeStatistics]:
    """What a result is compared with, and what the difference is measured in, from a clip and its halves."""
    scale = EnvelopeStatistics(*(natural_scale(*three) for three in zip(whole, first, second, strict=True)))
    return without_drift(whole), scale


@partial(Program, static=("lags",), once=True)
def _rhythm(E: jax.Array, mean: jax.Array, lags: tuple[int, int]) -> jax.Array:
    return normalized_rhythm(E, mean, lags)


@partial(Program, once=True)
def _correlations(clip: ClipEnvelopes) -> jax.Array:
    return envelope_correlations(clip.E, clip.window)


@partial(Program, static=("sr",), once=True)
def _maps(
    y: jax.Array, E: jax.Array, mean: jax.Array, bands: Bands, floor: jax.Array, sr: float
) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    """Mean of the wide ``bands``, and patch maps, of a clip (channels, samples) with envelopes E of auditory bands."""
    wide, powers = envelopes_and_powers(y, sr, bands, floor)
    wide_mean = jnp.mean(wide.E * wide.window, axis=-1)

    def inside(x: jax.Array) -> jax.Array:
        return without_ends(x, y.shape[-1], sr)

    amplitudes = inside(upper_amplitudes(powers, bands.frames))
    E, seen = inside(E) / mean[..., None], inside(wide.E) / wide_mean[..., None]
    return wide_mean, patch_maps(E, seen, amplitudes)


def without_drift(statistics: EnvelopeStatistics) -> EnvelopeStatistics:
    """Statistics of the same envelopes with the modulation that is too slow for a texture taken out."""
    rest = jnp.maximum(1 - statistics.drift, 0.1)
    return statistics._replace(
        variation=statistics.variation * jnp.sqrt(rest),
        modulation=statistics.modulation / jnp.sqrt(rest)[..., None],
        drift=jnp.zeros_like(rest),
    )


def natural_scale(whole: jax.Array, first: jax.Array, second: jax.Array) -> jax.Array:
    """What a square difference of a statistic (channels, ...) is measured in: how far the clip's halves are apart.

    That is one mean square for the class, and of each statistic's own value a tenth: a kurtosis of 300 is no more
    exact than one of 3.
    """
    axes = tuple(range(1, whole.ndim))
    apart = jnp.mean((first - second) ** 2, axis=axes, keepdims=True)
    return jnp.maximum(apart, 1e-4) + (0.1 * whole) ** 2
