"""What a map of band levels is to have of a clip: which events there are, how they begin and end, and when they come.

At each of a few rates, from coarse to fine, random filters look at patches of the clip's map, of one frame to some
seconds, and the distribution of each response over time is kept: not its moments alone, but how rare, how strong and
how sharp it is. Beside it stand the autocorrelation of what the shortest filters answer to most strongly, which is
rhythm; how well each moment recurs; and the clip's own stretches, so that none of them is told again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.losses.recurrence import (
    Map,
    Recurrence,
    Values,
    fitting,
    learn_recurrence,
    periods_of,
    recurrence_term,
)

WIDTHS = (1, 2, 4, 8, 16, 32)
"""Frames that filters see."""
PER_WIDTH = 24
SHARES = np.array([0.004, 0.02, 0.06, 0.15, 0.3, 0.5, 0.7, 0.85, 0.94, 0.98, 0.996])
"""Of the responses that lie below a threshold."""
BUSY = 8
"""Index of the threshold above which a response belongs to an event."""
WATCHED = 12
"""Filters, the shortest, whose events' rhythm is matched."""
LONGEST_LAG = 4.0  # seconds
PART_OF_CLIP = 0.4  # longest lag: beyond it an autocorrelation is a matter of chance
STRETCHES = (0.5, 2.0)  # seconds that must not be told again
SHARPNESS = 40.0  # of the smooth maximum over the shifts of correlations
QUIET = 1e-3  # deviation of a stretch that has no shape
LEVEL = 0.3  # of the groups' mean deviation: one that moves less than that counts as moving that much
FEWEST = 8  # frames that there is anything to learn from
RHYTHM, RECURRENCE, COPIES = 0.5, 0.1, 1.0  # weights, beside the distributions


class Scale(NamedTuple):
    """What is asked of a map at one rate; levels are standardized."""

    mean: Values  # (groups, 1)
    deviation: Values  # (groups, 1)
    clip: Values  # (groups, frames): the clip's own
    widths: Values  # (filters,): frames that each filter sees
    filters: Values  # (filters, groups, longest), from the first frame on
    thresholds: Values  # (filters, shares)
    excess: Values  # (filters, shares): mean of what is beyond each threshold, on the side of the tail
    rhythm: Values  # (WATCHED, lags), from lag 1 on
    recurrence: Recurrence
    stretches: tuple[Values, ...]  # (stretches, groups x frames) of norm 1
    fresh: Values  # (len(stretches),): how like the clip's first half its second is


class Terms(NamedTuple):
    """Of maps (..., groups, frames): each (...)."""

    distributions: jax.Array
    rhythm: jax.Array
    recurrence: jax.Array
    copies: jax.Array

    @property
    def total(self) -> jax.Array:
        """Their weighted sum."""
        return self.distributions + RHYTHM * self.rhythm + RECURRENCE * self.recurrence + COPIES * self.copies


def learn_scale(levels: Map, rate: float, seed: int = 0, periods: Sequence[float] = ()) -> Scale:
    """What is asked of maps at a rate in Hz, from the clip's (groups, frames), whose periods are in seconds."""
    rng = np.random.default_rng(seed)
    frames = levels.shape[-1]
    mean, deviation = levels.mean(-1, keepdims=True), levels.std(-1, keepdims=True)
    deviation = np.maximum(deviation, LEVEL * np.sqrt(np.mean(deviation**2)) + QUIET)
    clip = (levels - mean) / deviation
    widths = [width for width in WIDTHS if 2 * width <= frames]
    filters = np.concatenate([_random_filters(rng, len(levels), width) for width in widths])
    R = _correlate(clip, filters)
    whole = [r[: frames - width + 1] for r, width in zip(R, np.repeat(widths, PER_WIDTH), strict=True)]
    # The sign is such that the heavier tail is the upper one: there the events are.
    sign = np.array([1 if np.mean((r - r.mean()) ** 3) >= 0 else -1 for r in whole])
    scale = sign[:, None] * (np.array([r.std() for r in whole])[:, None] + 1e-6)
    whole = [r / s for r, s in zip(whole, scale, strict=True)]
    thresholds = np.array([np.quantile(r, SHARES) for r in whole])
    side = np.where(SHARES < 0.5, -1, 1)
    excess = [np.maximum(side * (r[:, None] - t), 0).mean(axis=0) for r, t in zip(whole, thresholds, strict=True)]
    events = np.maximum(R[:WATCHED] / scale[:WATCHED] - thresholds[:WATCHED, BUSY, None], 0)
    lags = int(min(LONGEST_LAG * rate, PART_OF_CLIP * frames))
    half = frames // 2
    lengths = [max(3, round(seconds * rate)) for seconds in STRETCHES]
    lengths = [length for length in lengths if length <= half]
    fresh = [
        np.mean(_nearest(_stretches(clip[:, half:], length, length) @ _stretches(clip[:, :half], length).T))
        for length in lengths
    ]
    rhythm = _recurrence(events, lags)
    seen = np.repeat(widths, PER_WIDTH)
    filters /= scale[..., None]
    stretches = tuple(_stretches(clip, length) for length in lengths)
    recurs = learn_recurrence(clip, periods, rate)
    made = Scale(
        mean, deviation, clip, seen, filters, thresholds, np.array(excess), rhythm, recurs, stretches, np.array(fresh)
    )
    return Scale(*jax.tree.map(np.float32, made))._replace(recurrence=recurs)


def fit_to(scale: Scale, frames: int) -> Scale:
    """The same without what a map of so few ``frames`` that goes round cannot have."""
    kept = np.flatnonzero(2 * scale.widths <= max(frames, 4))
    few = [i for i, S in enumerate(scale.stretches) if S.shape[-1] <= len(scale.mean) * frames]
    return scale._replace(
        widths=scale.widths[kept],
        filters=scale.filters[kept, :, :frames],
        thresholds=scale.thresholds[kept],
        excess=scale.excess[kept],
        rhythm=scale.rhythm[:, : frames // 2],
        recurrence=fitting(scale.recurrence, frames),
        stretches=tuple(scale.stretches[i] for i in few),
        fresh=scale.fresh[np.array(few, int)],
    )


def event_terms(y: Values, scale: Scale, spectra: jax.Array) -> Terms:
    """How far standardized maps (..., groups, frames) are from what is asked; ``spectra`` are `spectra_of` filters."""
    R = jnp.fft.irfft(jnp.einsum("...gf,kgf->...kf", jnp.fft.rfft(y), spectra), y.shape[-1])
    side = jnp.asarray(np.where(SHARES < 0.5, -1, 1), y.dtype)
    # Means of what is beyond thresholds see a distribution as its quantiles do; sorting takes ten times as long.
    beyond = jnp.mean(jax.nn.relu(side * (R[..., None] - scale.thresholds[:, None])), axis=-2)
    rarity = jnp.asarray(np.minimum(SHARES, 1 - SHARES), y.dtype)
    distributions = jnp.mean((beyond - scale.excess) ** 2 / rarity, axis=(-1, -2))
    events = jax.nn.relu(R[..., :WATCHED, :] - scale.thresholds[:WATCHED, BUSY, None])
    E = jnp.fft.rfft(events - jnp.mean(events, axis=-1, keepdims=True))
    A = jnp.fft.irfft(E.real**2 + E.imag**2, y.shape[-1])
    rho = A[..., 1 : 1 + scale.rhythm.shape[-1]] / (A[..., :1] + 1e-6 * y.shape[-1])
    rhythm = jnp.mean((rho - scale.rhythm) ** 2, axis=(-1, -2))
    return Terms(distributions, rhythm, recurrence_term(y, scale.recurrence), _copies(y, scale))


def spectra_of(filters: Values, frames: int) -> jax.Array:
    """Filters, as what a map's transform is multiplied by: (filters, groups, frames // 2 + 1)."""
    return jnp.fft.rfft(filters, frames).conj()


def _copies(y: Values, scale: Scale) -> jax.Array:
    """Square of how much more like the clip stretches are, at any shift, than its halves are like each other."""
    groups, frames = y.shape[-2:]
    total = jnp.zeros(y.shape[:-2], y.dtype)
    for S, fresh in zip(scale.stretches, scale.fresh, strict=True):
        length = S.shape[-1] // groups
        at = np.arange(0, frames, max(1, length // 2))[:, None] + np.arange(length)
        pieces = jnp.moveaxis(y[..., at % frames], -3, -2)
        pieces = pieces.reshape(*y.shape[:-2], len(at), -1)
        pieces = pieces / (jnp.linalg.norm(pieces + 1e-9, axis=-1, keepdims=True) + QUIET * length**0.5)
        total += jax.nn.relu(jnp.mean(_nearest(pieces @ S.T), axis=-1) - fresh) ** 2
    return total


def _nearest(likeness: Values) -> jax.Array:
    """Largest likeness (..., shifts) at any shift; a smooth maximum."""
    return jax.nn.logsumexp(SHARPNESS * likeness, axis=-1) / SHARPNESS


def _random_filters(rng: np.random.Generator, groups: int, width: int) -> npt.NDArray[np.float64]:
    """Random filters that see patches of ``width`` frames: (PER_WIDTH, groups, frames).

    Of five one sees all groups freely, one all of them at once, one neighbours and two a single one. Every other of the
    long ones sees a few moments of its patch only: what comes how long after what.
    """
    filters = np.zeros((PER_WIDTH, groups, max(WIDTHS)))
    for k in range(PER_WIDTH):
        patch = rng.standard_normal((groups, width))
        place = rng.integers(groups)
        apart = np.abs(np.arange(groups) - place)[:, None]
        if k % 5 < 3:
            patch *= apart <= (k % 5 == 2)
        elif k % 5 == 3:
            patch = np.abs(rng.standard_normal((groups, 1))) * rng.standard_normal((1, width))
        if width >= 4 and k % 2:
            moments = rng.choice(np.arange(1, width), rng.integers(1, 3), replace=False)
            patch *= np.isin(np.arange(width), [0, *moments])
        filters[k, :, :width] = patch
    return filters


def _correlate(clip: npt.NDArray[np.float64], filters: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Responses (filters, frames) to a clip that zeros follow."""
    n = clip.shape[-1] + filters.shape[-1]
    R = np.einsum("gf,kgf->kf", np.fft.rfft(clip, n), np.fft.rfft(filters, n).conj())
    return np.asarray(np.fft.irfft(R, n)[:, : clip.shape[-1]])


def _recurrence(events: npt.NDArray[np.float64], lags: int) -> npt.NDArray[np.float64]:
    """Autocorrelation of a clip's events (maps, frames) over its value at lag 0: (maps, lags)."""
    frames = events.shape[-1]
    centred = events - events.mean(axis=-1, keepdims=True)
    A = np.fft.irfft(np.abs(np.fft.rfft(centred, 2 * frames)) ** 2)[:, : lags + 1] / (frames - np.arange(lags + 1))
    return np.asarray(A[:, 1:] / (A[:, :1] + 1e-6))


def _stretches(clip: npt.NDArray[np.float64], length: int, step: int = 1) -> npt.NDArray[np.float64]:
    """Stretches of a map (groups, frames), every ``step`` frames, of norm 1: (stretches, groups x length)."""
    windows = np.lib.stride_tricks.sliding_window_view(clip, length, axis=-1)[:, ::step]
    flat = windows.swapaxes(0, 1).reshape(windows.shape[1], -1)
    return np.asarray(flat / (np.linalg.norm(flat, axis=-1, keepdims=True) + QUIET * length**0.5))


def scales_of(clip: Sequence[Map], rates: Sequence[float]) -> tuple[tuple[float, ...], tuple[Scale, ...]]:
    """Rates at which there is enough of a clip, and what is asked at each."""
    enough = [(rate, levels) for rate, levels in zip(rates, clip, strict=True) if levels.shape[-1] >= FEWEST]
    periods = periods_of(clip[-1], rates[-1])
    scales = tuple(learn_scale(levels, rate, k, periods) for k, (rate, levels) in enumerate(enough))
    return tuple(rate for rate, _ in enough), scales
