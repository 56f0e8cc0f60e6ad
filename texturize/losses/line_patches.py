"""Patches of spectral lines, of clips that are as noise to narrow bands: how steady the partials of a hum are."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from texturize.losses.clip_envelopes import clip_envelopes, padded, weighted_mean, without_ends
from texturize.losses.patches import PatchScale, PatchTargets, banks_of_scale, targets_of_scale, with_their_mean
from texturize.signal.envelopes import Bands, band_powers, compressed_envelopes
from texturize.signal.lines import RATE, find_lines, plan_lines
from texturize.signal.waveform import Waveform

SCALE = PatchScale(RATE, (0.06, 0.25, 1.0), 1.0)


class LineTargets(NamedTuple):
    """Distributions of patches of a clip's lines."""

    bands: Bands  # planned for the result's length
    mean: jax.Array  # (channels, lines)
    patches: PatchTargets


def line_targets(y: jax.Array, sr: float, n: int, floor: jax.Array, count: int, seconds: float) -> LineTargets | None:
    """Targets of a clip (channels, samples) for results of ``n`` samples; None where it has no lines, or is too short.

    ``floor`` (channels, 1) is the amplitude below which nothing matters, ``count`` the filters of a bank; a
    patch is at most half as long as ``seconds``. Not to be traced.
    """
    lines = find_lines(np.asarray(y), sr)
    banks = banks_of_scale(SCALE, seconds, len(lines), count, np.random.default_rng(0))
    if not lines.size or banks is None:
        return None
    clip = clip_envelopes(y, sr, plan_lines(lines, padded(y.shape[-1], sr), sr), floor)
    mean = weighted_mean(clip)
    inside = without_ends(clip.E, y.shape[-1], sr)
    return LineTargets(plan_lines(lines, n, sr), mean, targets_of_scale(_map(inside, mean), banks))


def line_map(waveform: Waveform, targets: LineTargets, floor: jax.Array) -> jax.Array:
    """Map of the lines of a signal (channels, n): (channels, frames, 1 + lines)."""
    E, _ = compressed_envelopes(band_powers(waveform, targets.bands, floor), targets.bands)
    return _map(E, targets.mean)


def _map(E: jax.Array, mean: jax.Array) -> jax.Array:
    return with_their_mean(E / mean[..., None])
