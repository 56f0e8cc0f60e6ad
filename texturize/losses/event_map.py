"""A map of band levels for a new sound: its rhythm and its course of events, settled before there is any signal.

Coarse to fine. At the coarsest rate a map has few numbers and many local minima, so that many starts are tried at once,
each annealed by moves of stretches: these bring ticks to where they belong, which no gradient does. The best go on to
the next rate, where smaller moves and a descent follow.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.losses.event_targets import Scale, event_terms, fit_to, scales_of, spectra_of
from texturize.losses.recurrence import Map, Values
from texturize.runtime.programs import Program
from texturize.signal.band_levels import GROUPS, clip_powers, compressed, expanded, frames_of, resampled

RATES = (6.25, 12.5, 25.0)
BANDS = 36
STARTS = (16, 4, 2)
"""Maps that are tried at each rate; the best of each go on."""
MOVES = (150, 400, 400)
"""Of each map, in a round."""
HEATS = (0.03, 0.01, 0.003)
"""Of the loss: what a move may make worse as a round of annealing begins, after which the better half of the maps goes
on."""
STEPS = 100
LEARNING_RATE = 0.15  # deviations a step
CHANCES, FEW = 10, 3  # random numbers of a move; frames that a stretch is moved by
BRIEF = (0.8, 0.25, 0.25)
"""Seconds of the clip that a start is made of, and that a move brings in, at most: long enough for an event, too short
to tell the clip again."""


class EventTargets(NamedTuple):
    """What a map is to be like."""

    rates: tuple[float, ...]
    """Frames per second, from coarse to fine."""
    scales: tuple[Scale, ...]
    mean: npt.NDArray[np.float32]
    """(groups, 1): the clip's mean power, at which a level is 1."""


class Given(NamedTuple):
    """Frames of a map that are fixed."""

    mask: npt.NDArray[np.float32]
    """(frames,): 1 where they are."""
    levels: Map
    """(groups, frames)"""


def learn_events(
    y: npt.NDArray[np.float32],
    sr: float,
    rates: tuple[float, ...] = RATES,
    bands: int = BANDS,
    groups: int = GROUPS,
    seed: int = 0,
) -> EventTargets:
    """What maps of sounds like a clip (channels, samples) are to be like."""
    powers = clip_powers(y, sr, rates, bands, groups)
    mean = powers[-1].mean(axis=-1, keepdims=True)
    levels = tuple(np.asarray(compressed(jnp.asarray(P), mean), np.float32) for P in powers)
    return EventTargets(*scales_of(levels, rates), mean)


def make_map(key: jax.Array, targets: EventTargets, seconds: float, given: Given | None = None) -> Map:
    """Map of a sound that goes round in ``seconds``: levels (groups, frames), frames at the finest rate.

    Parameters
    ----------
    key : jax.Array
        Of the starts and the moves.
    targets : EventTargets
    seconds : float
    given : Given, optional
        Frames at the finest rate that are what they are.
    """
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    maps: Map | None = None
    for index, (rate, scale) in enumerate(zip(targets.rates, targets.scales, strict=True)):
        frames = frames_of(seconds, rate)
        maps = _settled(rng, fit_to(scale, frames), frames, rate, index, maps, given)
    return np.ones((len(targets.mean), frames_of(seconds)), np.float32) if maps is None else maps[0]


def _settled(
    rng: np.random.Generator, scale: Scale, frames: int, rate: float, index: int, maps: Map | None, given: Given | None
) -> Map:
    """Maps (maps, groups, frames) at a rate, best first, from those at the rate below it, or from nothing."""
    last = len(STARTS) - 1
    count, moves, brief = STARTS[min(index, last)], MOVES[min(index, last)], BRIEF[min(index, last)]
    mask, fixed = _given_at(given, frames, len(scale.mean))
    held = mask, ((fixed - scale.mean) / scale.deviation).astype(np.float32)
    most = max(2, round(brief * rate))

    def search(y: Map, heat: float) -> tuple[Map, Map]:
        chances = rng.random((moves, len(y), CHANCES), np.float32)
        y, loss = (np.asarray(x) for x in _search(y, scale, held, chances, most, heat))
        return y, loss

    if maps is None:
        y = np.stack([_pieces(rng, scale.clip, frames, most) for _ in range(count)])
        for heat in HEATS:
            y, loss = search(y, heat)
            y = np.resize(y[np.argsort(loss, kind="stable")[: (count + 1) // 2]], y.shape)
    else:
        y = ((resampled(maps[:count], frames) - scale.mean) / scale.deviation).astype(np.float32)
    # A descent brings events into shape, and only then do moves tell well whether they are in their places.
    y, _ = search(np.asarray(_descend(y, scale, held, STEPS)[0]), 0.0)
    y, loss = (np.asarray(x) for x in _descend(y, scale, held, STEPS))
    return np.asarray(y[np.argsort(loss, kind="stable")] * scale.deviation + scale.mean, np.float32)


def _pieces(rng: np.random.Generator, clip: Map, frames: int, most: int) -> Map:
    """A map (groups, frames) of pieces of the clip in any order, of one frame to ``most``."""
    there = clip.shape[-1]
    at: list[int] = []
    while len(at) < frames:
        length = int(rng.integers(1, min(most, there) + 1))
        start = int(rng.integers(there - length + 1))
        at += range(start, start + length)
    return clip[:, at[:frames]]


def _given_at(given: Given | None, frames: int, groups: int) -> tuple[npt.NDArray[np.float32], Map]:
    """Mask (frames,) and levels (groups, frames) of what is given, at a coarser rate.

    Frames are given there that are so as a whole.
    """
    if given is None:
        return np.zeros(frames, np.float32), np.zeros((groups, frames), np.float32)
    finest = len(given.mask)
    part = np.arange(finest) * frames // finest
    count = np.bincount(part, minlength=frames)
    whole = np.bincount(part, given.mask, frames) > 0.99 * count
    powers = np.stack([np.bincount(part, row, frames) / count for row in expanded(given.levels)])
    return whole.astype(np.float32), np.asarray(compressed(jnp.asarray(powers), np.ones((groups, 1))), np.float32)


Held = tuple[Values, Values]
"""Mask (frames,) and levels (groups, frames) that are given."""


def _within(y: Values, held: Held) -> jax.Array:
    mask, fixed = held
    return jnp.asarray((1 - mask) * y + mask * fixed)


@Program
def _descend(y: Values, scale: Scale, held: Held, steps: int) -> tuple[jax.Array, jax.Array]:
    """Best of so many steps of Adam from each of the maps (maps, groups, frames), and their losses (maps,)."""
    spectra = spectra_of(scale.filters, y.shape[-1])

    def loss(y: jax.Array) -> tuple[jax.Array, jax.Array]:
        each = event_terms(_within(y, held), scale, spectra).total
        return jnp.sum(each), each

    def step(i: jax.Array, carry: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        y, m, v, best, least = carry
        (_, each), g = jax.value_and_grad(loss, has_aux=True)(y)
        better = each < least
        best, least = jnp.where(better[:, None, None], y, best), jnp.minimum(each, least)
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        rate = LEARNING_RATE * 0.5 * (1 + jnp.cos(jnp.pi * i / steps))
        y -= rate * (m / (1 - 0.9 ** (i + 1.0))) / (jnp.sqrt(v / (1 - 0.99 ** (i + 1.0))) + 1e-8)
        return y, m, v, best, least

    zero = jnp.zeros_like(y)
    *_, best, least = jax.lax.fori_loop(0, steps, step, (y, zero, zero, y, jnp.full(len(y), jnp.inf)))
    return _within(best, held), least


@Program
def _search(
    y: Values, scale: Scale, held: Held, chances: Values, most: int, heat: float
) -> tuple[jax.Array, jax.Array]:
    """Best maps (maps, groups, frames) met by moves from each, and their losses (maps,).

    Parameters
    ----------
    y, scale, held
        As in `_descend`.
    chances : (moves, maps, CHANCES)
        Uniform random numbers. (Those of JAX take longer to compile than all the rest.)
    most : int
        Frames of the clip that a move may bring in.
    heat : float
        Part of the loss that a move may add at first.
    """
    spectra = spectra_of(scale.filters, y.shape[-1])
    moves = len(chances)

    def step(i: jax.Array, carry: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        y, loss, best, least = carry
        u = chances[i]
        tried = jax.vmap(lambda one, u: _moved(one, u, scale.clip, most))(y, u)
        tried = jnp.where(i == 0, y, tried)
        found = event_terms(_within(tried, held), scale, spectra).total
        allowed = -jnp.log(u[:, -1] + 1e-9) * heat * (1 - i / moves) ** 2 * loss
        taken = (i == 0) | (found < loss + allowed)
        y, loss = jnp.where(taken[:, None, None], tried, y), jnp.where(taken, found, loss)
        better = loss < least
        return y, loss, jnp.where(better[:, None, None], y, best), jnp.minimum(loss, least)

    worst = jnp.full(len(y), jnp.inf)
    *_, best, least = jax.lax.fori_loop(0, moves, step, (y, worst, y, worst))
    return best, least


def _moved(y: jax.Array, u: jax.Array, clip: Values, most: Values) -> jax.Array:
    """A map (groups, frames) after a move by chance: a stretch turned in itself, moved by few frames, or from the clip.

    Stretches lie about frames that stand out: there is little to move where nothing happens.
    """
    frames, there = y.shape[-1], clip.shape[-1]
    place = jnp.arange(frames)
    salience = jnp.cumsum(jnp.sum(y**2, axis=0))
    event = jnp.sum(salience < u[0] * salience[-1])
    width = jnp.round(2 * (frames / 2) ** u[1]).astype(int)
    start = event - _among(u[2], width)
    inside = (place - start) % frames
    few = jnp.where(u[3] < 0.5, 1, -1) * (1 + _among(u[4], FEW))
    turn = jnp.where(u[5] < 0.5, 1 + _among(2 * u[5], width - 1), few)
    turned = jnp.where(inside < width, (start + (inside + turn) % width) % frames, place)
    shifted = jnp.where(inside < width, (place + few) % frames, place)
    moved = y[:, jnp.where(u[6] < 0.65, turned, shifted)]
    brief = jnp.minimum(width, jnp.minimum(most, there))
    source = _among(u[7], there - brief + 1)
    brought = jnp.where(inside < brief, clip[:, jnp.clip(source + inside, 0, there - 1)], y)
    return jnp.where(u[8] < 0.3, brought, moved)


def _among(u: jax.Array, count: Values) -> jax.Array:
    """One of ``count`` numbers from 0 on, by a chance in [0, 1)."""
    return jnp.minimum((u * count).astype(int), count - 1)
