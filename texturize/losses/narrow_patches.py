"""The term of tones: patches of narrow bands, in which partials ring, beat and decay, and calls are tones.

The filters are the same for every group of neighbouring bands, as a beat or a glide is the same wherever it is; how
their responses are distributed is learnt of each group by itself.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.losses.clip_envelopes import floor_of, without_ends
from texturize.losses.patches import (
    PatchScale,
    PatchTargets,
    banks_of_scale,
    patch_term,
    targets_of_scale,
    with_their_mean,
)
from texturize.runtime.programs import Program
from texturize.signal.envelopes import EXPONENT, mirrored
from texturize.signal.narrow_bands import HALF_WIDTH, RATE, NarrowBands, narrow_powers, plan_narrow_bands, same_bands
from texturize.signal.waveform import Waveform

SCALE = PatchScale(RATE, (0.07, 0.25, 0.75, 2.0), 1.0)
GROUP = 6
"""Neighbouring bands that a filter may see."""
HIGHEST = 8e3
"""Hz; above, few sounds have partials, and wide bands tell of noise what narrow ones do."""
EVERY = 2
"""Group of those that are held against noise, if it is within so much of the loudest."""
HEARD = 30.0
"""Decibels."""
TOLD = 4.5
"""Times: how much further a clip is from noise of its spectrum than two such noises are from each other, where tones
are to be learnt. Hums, applause, rain and a train are at 1 to 4; applause in a hall, bells, typing, birds, voices and
clocks at 5 to 14.
"""
TELLING = 0.9
"""Quantile of the groups by which that is told: a call in a few bands is enough."""
SHORTEST = 1.0
"""Seconds: what has but a few independent samples in a band has no distribution."""


class NarrowTargets(NamedTuple):
    """Distributions of patches of a clip's narrow bands."""

    bands: NarrowBands  # planned for the result's length
    floor: jax.Array  # (channels, 1): amplitude below which nothing matters
    mean: jax.Array  # (channels, bands): of the compressed envelopes
    patches: PatchTargets  # of channels x groups in the place of channels


def narrow_targets(y: jax.Array, sr: float, n: int, count: int, seconds: float) -> NarrowTargets | None:
    """Targets of a clip (channels, samples) for results of ``n`` samples, by ``count`` filters for each length of
    patches, half of ``seconds`` at most; None where these are fewer than `SHORTEST`, or the clip is not told from noise
    by them. Not to be traced.

    A steady hum is such noise: its partials hardly move, and what moves them a little would count for much. Lines
    (`line_patches`) hold them.
    """
    samples = y.shape[-1]
    bands = plan_narrow_bands(n, sr, HIGHEST, GROUP)
    banks = banks_of_scale(SCALE, seconds, GROUP, count, np.random.default_rng(0))
    if banks is None or seconds < SHORTEST or not bands.count:
        return None
    floor, margin = floor_of(y), mirrored(samples, sr)
    of_clip = same_bands(bands, sr, samples + 2 * margin)

    def envelopes(y: jax.Array) -> jax.Array:
        return without_ends(_clip_envelopes(y, floor, of_clip, margin), samples, sr)

    E = envelopes(y)
    mean = jnp.mean(E, axis=-1)
    noises = [envelopes(_noise_like(y, seed)) for seed in (0, 1)]
    heard = _heard(mean)
    few = [targets_of_scale(_maps(x, mean)[heard], banks) for x in (E, *noises)]
    if _apart(few[0], few[1]) < TOLD * _apart(few[2], few[1]):
        return None
    return NarrowTargets(bands, floor, mean, targets_of_scale(_maps(E, mean), banks))


def _heard(mean: jax.Array) -> npt.NDArray[np.int64]:
    """Numbers of every other group that is not much softer than the loudest, by the means of compressed envelopes."""
    level = np.asarray(mean).reshape(-1, GROUP).mean(axis=-1)
    return np.flatnonzero(level >= level.max() * 10 ** (-HEARD / 20 * EXPONENT))[::EVERY]


def _noise_like(y: jax.Array, seed: int) -> jax.Array:
    """Noise that has a clip's spectrum, to the bin: with its lines, so that a steady hum is such noise."""
    Y = np.fft.rfft(np.asarray(y))
    turned = Y * np.exp(2j * np.pi * np.random.default_rng(seed).random(Y.shape))
    return jnp.asarray(np.fft.irfft(turned, y.shape[-1]), y.dtype)


def _apart(targets: PatchTargets, others: PatchTargets) -> float:
    """Mean square between quantiles of responses in units of their deviation, in those of the groups that tell most."""
    of, other = (np.asarray(x.thresholds * x.deviation[:, 0]) for x in (targets, others))
    scaled = (of - other) / np.asarray(targets.deviation[:, 0])
    return float(np.quantile(np.mean(scaled**2, axis=(0, 2)), TELLING))


@partial(Program, static=("margin",), once=True)
def _clip_envelopes(y: jax.Array, floor: jax.Array, bands: NarrowBands, margin: int) -> jax.Array:
    """Envelopes of a clip with its ends mirrored, and nothing after them up to the length that the bands are of."""
    y = jnp.pad(y, [(0, 0), (margin, margin)], mode="reflect")
    y = jnp.pad(y, [(0, 0), (0, bands.n - y.shape[-1])])
    return _envelopes(Waveform.of(y), bands, floor)


def responses_per_second(sr: float, count: int) -> float:
    """Responses of ``count`` filters for each length, for a second of a channel at ``sr`` Hz."""
    groups = min(HIGHEST, sr / 2) / HALF_WIDTH / GROUP
    return groups * RATE * len(SCALE.seconds) * count


def tones_term(waveform: Waveform, targets: NarrowTargets) -> jax.Array:
    """Squared distance of the distributions, mean over groups and filters, of a signal (channels, n)."""
    maps = _maps(_envelopes(waveform, targets.bands, targets.floor), targets.mean)
    return patch_term([maps], [targets.patches])


def _envelopes(waveform: Waveform, bands: NarrowBands, floor: jax.Array) -> jax.Array:
    return jnp.exp(EXPONENT / 2 * jnp.log(narrow_powers(waveform, bands, floor)))


def _maps(E: jax.Array, mean: jax.Array) -> jax.Array:
    """Maps of each group: (channels, bands, frames) to (channels x groups, frames, GROUP + 1)."""
    return with_their_mean((E / mean[..., None]).reshape(-1, GROUP, E.shape[-1]))
