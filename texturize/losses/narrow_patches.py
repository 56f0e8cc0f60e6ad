"""The term of tones: patches of narrow bands, in which partials ring, beat and decay, and calls sweep.

The filters are the same for every group of neighbouring bands, as a sweep or a beat is the same wherever it is; how
their responses are distributed is learnt of each group by itself.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

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
SHORTEST = 1.0
"""Seconds: what has but a few independent samples in a band has no distribution."""


class NarrowTargets(NamedTuple):
    """Distributions of patches of a clip's narrow bands."""

    bands: NarrowBands  # planned for the result's length
    floor: jax.Array  # (channels, 1): amplitude below which nothing matters
    mean: jax.Array  # (channels, bands): of the compressed envelopes
    patches: PatchTargets  # of channels x groups in the place of channels


def narrow_targets(y: jax.Array, sr: float, n: int, count: int) -> NarrowTargets | None:
    """Targets of a clip (channels, samples) for results of ``n`` samples, by ``count`` filters for each length; None
    where one of them is shorter than `SHORTEST`. Not to be traced.
    """
    samples = y.shape[-1]
    bands = plan_narrow_bands(n, sr, HIGHEST, GROUP)
    seconds = min(samples, n) / sr
    banks = banks_of_scale(SCALE, seconds, GROUP, count, np.random.default_rng(0))
    if banks is None or seconds < SHORTEST or not bands.count:
        return None
    floor, margin = floor_of(y), mirrored(samples, sr)
    E = _clip_envelopes(y, floor, same_bands(bands, sr, samples + 2 * margin), margin)
    E = without_ends(E, samples, sr, RATE)
    mean = jnp.mean(E, axis=-1)
    return NarrowTargets(bands, floor, mean, targets_of_scale(_maps(E, mean), banks))


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
