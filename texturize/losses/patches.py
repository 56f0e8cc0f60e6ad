"""The term of patches: how the responses of random filters to patches of the band envelopes are distributed over time.

A Gram matrix sees products of pairs; a distribution sees how rare, how strong and how sharp events are. Filters span
some bands and from some milliseconds to seconds. What is long in time is coarse in frequency and in time, and what is
fine is short: no patch holds enough to spell out a piece of the clip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from texturize.losses.distributions import distance, distribution_of, shares_between
from texturize.runtime.programs import Program
from texturize.signal.banks import Bank
from texturize.signal.circular_correlation import respond_whole
from texturize.signal.envelopes import RATE
from texturize.signal.filters import Filters, prepare, respond
from texturize.signal.statistics import smoothed


class PatchScale(NamedTuple):
    """Patches of several lengths that see a sound in the same maps."""

    rate: float
    """Frames per second of the maps."""
    seconds: tuple[float, ...]
    """Lengths of the patches, a bank of filters for each."""
    share: float
    """Filters in a bank, of those that the config asks for."""


WIDE_RATE = 3200.0
"""Of the envelopes of wide bands."""
FINE = 4
"""Times this rate: that of amplitudes."""
SCALES = (
    PatchScale(RATE / 4, (0.4, 1.2, 2.4), 1.0),  # groups of auditory bands
    PatchScale(RATE / 2, (0.02, 0.06, 0.15), 1.0),  # pairs of auditory bands
    PatchScale(WIDE_RATE / 4, (0.0025, 0.01, 0.04), 0.5),  # wide bands
    PatchScale(WIDE_RATE / 4, (0.0025, 0.01), 0.5),  # the same less compressed: how loud the loudest are
    PatchScale(WIDE_RATE, (0.0006, 0.0025), 0.25),  # the upper ones of them, hardly compressed: clicks and crackles
    PatchScale(FINE * WIDE_RATE, (), 0.0),  # their amplitudes from moment to moment, as they are
)
GROUP, PAIR = 6, 2
WIDE_BANDS, UPPER = 8, 4
FAINT = 0.03
"""Deviation of a map from its mean of 1 below which it counts as none: silence is not told from near silence."""
KINDS = 3
"""Filters see one map, some neighbouring ones, or all, in turn."""

MAPS_AT_ONCE, WIDTHS_AT_ONCE = 8, 8
"""Maps, and frames in widths of the filters, up to which they are applied in one transform of all frames."""

Banks = tuple[tuple[Bank, ...] | None, ...]
"""Of each scale: none where a clip is too short for it, and no bank where its maps are seen as they are."""


class PatchTargets(NamedTuple):
    """Distributions of the clip's responses of the banks of one scale, side by side."""

    filters: Filters | Bank | None  # None: the maps themselves
    deviation: jax.Array  # (channels, 1, filters): of the responses
    thresholds: jax.Array  # (QUANTILES, channels, filters), of responses over their deviation
    shares: jax.Array  # (QUANTILES + 1, channels, filters), of `shares_between`


def patch_term(maps: Sequence[jax.Array], targets: Sequence[PatchTargets | None]) -> jax.Array:
    """Squared distance of the distributions, mean over filters and then over scales, of maps (channels, frames, maps),
    circular in time.
    """
    apart = []
    for x, one in zip(maps, targets, strict=True):
        if one is not None:
            r = _responses(one.filters, x) / one.deviation
            apart.append(distance(shares_between(r, one.thresholds), one.shares) / r.shape[-1])
    return jnp.mean(jnp.stack(apart))


def _responses(filters: Filters | Bank | None, maps: jax.Array) -> jax.Array:
    if filters is None:
        return maps
    return respond_whole(filters, maps) if isinstance(filters, Bank) else respond(filters, maps, circular=True)


def patch_maps(E: jax.Array, wide: jax.Array, amplitudes: jax.Array) -> tuple[jax.Array, ...]:
    """Maps of each of `SCALES`, (channels, frames, maps).

    Parameters
    ----------
    E : (channels, bands, frames)
        Envelopes of auditory bands over their mean.
    wide : (channels, WIDE_BANDS, frames)
        The same of wide bands, at 3200 Hz.
    amplitudes : (channels, UPPER, frames)
        Of the upper of these, uncompressed, see `upper_amplitudes`.
    """
    fine = jnp.maximum(wide[:, -UPPER:], 1e-3)
    slow = jnp.maximum(smoothed(wide, 4), 1e-3)
    bands = band_groups(E, GROUP, 4), band_groups(E, PAIR, 2), jnp.sqrt(slow), slow**2.5, fine**3
    return *(with_their_mean(x) for x in bands), amplitudes.swapaxes(-1, -2)


def with_their_mean(x: jax.Array) -> jax.Array:
    """Maps of bands (channels, bands, frames), the last that of them all: (channels, frames, bands + 1)."""
    return jnp.concatenate([x, jnp.mean(x, axis=1, keepdims=True)], axis=1).swapaxes(-1, -2)


def upper_amplitudes(powers: Sequence[jax.Array], frames: int) -> jax.Array:
    """Amplitudes of the upper wide bands, of what `band_powers` gives: (channels, UPPER, FINE x frames).

    Every so many samples, and not smoothed: a click lasts a tenth of a millisecond.
    """
    rows = [group[:, b] for group in powers for b in range(group.shape[1])][-UPPER:]
    fine = FINE * frames
    taken = [row[:, :: row.shape[-1] // fine] if row.shape[-1] >= fine else _held(row, fine) for row in rows]
    return jnp.sqrt(jnp.stack(taken, axis=1))


def _held(row: jax.Array, length: int) -> jax.Array:
    return jnp.repeat(row, length // row.shape[-1], axis=-1)


def band_groups(E: jax.Array, group: int, step: int) -> jax.Array:
    """Means of neighbouring bands, smoothed: (channels, bands, frames) to (channels, groups, frames // step)."""
    groups = [jnp.mean(E[:, b : b + group], axis=1) for b in range(0, E.shape[1], group)]
    return smoothed(jnp.stack(groups, axis=1), step)


def patch_targets(maps: Sequence[jax.Array], banks: Banks) -> tuple[PatchTargets | None, ...]:
    """Distributions of a clip's maps (channels, frames, maps), of each of `SCALES`, by its `patch_banks`; None where it
    is too short for any. Not to be traced: each scale has a program of its own.
    """
    return tuple(None if some is None else targets_of_scale(x, some) for x, some in zip(maps, banks, strict=True))


def targets_of_scale(maps: jax.Array, banks: Sequence[Bank]) -> PatchTargets:
    """Distributions of a clip's maps (channels, frames, maps) of one scale. Not to be traced."""
    frames = maps.shape[1]
    filters = _made_ready(_side_by_side(banks), maps) if banks else None
    r = np.asarray(_responses_once(filters, maps))
    # The clip's end does not continue into its start: what sees both is left out.
    seen = [r[:, : frames - len(bank.weights) + 1] for bank in banks] or [r]
    columns = np.split(np.arange(r.shape[-1]), len(seen))
    norms = [np.sqrt(np.sum(np.asarray(bank.weights) ** 2, axis=(0, 1))) for bank in banks] or [r.mean(axis=(0, 1))]
    found = [
        distribution_of(part[..., own], FAINT * norm) for part, own, norm in zip(seen, columns, norms, strict=True)
    ]
    deviation, thresholds, shares = (jnp.concatenate(each, axis=-1) for each in zip(*found, strict=True))
    return PatchTargets(filters, deviation, thresholds, shares)


def _made_ready(bank: Bank, maps: jax.Array) -> Filters | Bank:
    """A bank as it takes least time for maps (channels, frames, maps): in one transform, where these are few and hardly
    longer than the filters.
    """
    channels, frames, count = maps.shape
    short = count <= MAPS_AT_ONCE and frames <= WIDTHS_AT_ONCE * len(bank.weights)
    return bank if short else prepare(bank, frames * channels)


def _side_by_side(banks: Sequence[Bank]) -> Bank:
    """One bank of them all, the shorter filled up with zeros: a loss of few large products is soonest compiled."""
    longest = max(len(bank.weights) for bank in banks)
    weights = [np.pad(bank.weights, [(0, longest - len(bank.weights)), (0, 0), (0, 0)]) for bank in banks]
    return Bank(jnp.asarray(np.concatenate(weights, axis=-1)), jnp.concatenate([bank.biases for bank in banks]))


_responses_once = Program(_responses, once=True)


def patch_banks(seconds: float, bands: int, count: int) -> Banks:
    """Random filters of each of `SCALES`, for clips of so many seconds and auditory bands. Not to be traced."""
    maps = -(-bands // GROUP), -(-bands // PAIR), WIDE_BANDS, WIDE_BANDS, UPPER, UPPER
    rng = np.random.default_rng(0)
    return tuple(banks_of_scale(scale, seconds, n, count, rng) for scale, n in zip(SCALES, maps, strict=True))


def banks_of_scale(
    scale: PatchScale, seconds: float, bands: int, count: int, rng: np.random.Generator
) -> tuple[Bank, ...] | None:
    """Those for maps of so many bands, and their mean."""
    lengths = [length for length in scale.seconds if 2 * length < seconds]
    if scale.seconds and not lengths:
        return None
    filters = max(1, round(scale.share * count))
    return tuple(_bank(rng, max(2, round(length * scale.rate)), 1 + bands, filters) for length in lengths)


def _bank(rng: np.random.Generator, width: int, maps: int, count: int) -> Bank:
    """Filters of which a third see one map, a third some neighbouring ones, and the rest all."""
    kind, centre = np.arange(count) % KINDS, rng.integers(maps, size=count)
    spread = np.where(kind == 0, 1e-3, rng.uniform(1, 3, count))
    near = np.exp(-0.5 * ((np.arange(maps)[:, None] - centre) / spread) ** 2)
    seen = np.where(kind == KINDS - 1, 1.0, near)
    weights = rng.standard_normal((width, maps, count)) * seen
    return Bank(jax.device_put(weights.astype(np.float32)), jnp.zeros(count))
