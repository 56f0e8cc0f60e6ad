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

from texturize.band_levels import GROUPS, clip_powers, compressed, frames_of
from texturize.event_targets import Map, Scale, Values, event_terms, fit_to, scales_of, spectra_of
from texturize.programs import Program

RATES = (6.25, 12.5, 25.0)
BANDS = 36
STARTS = (16, 4, 2)
"""Maps that are tried at each rate; the best of each go on."""
MOVES = (300, 150, 150)
STEPS = 100
HEAT = 0.03
"""Of the loss: what a move may make worse at first, at the coarsest rate."""
LEARNING_RATE = 0.15  # deviations a step
CHANCES = 8  # random numbers of a move
BRIEF = 0.8  # seconds of the clip that a move brings in, at most


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
    levels = tuple(np.asarray(compressed(P, mean), np.float32) for P in powers)
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
    count, moves = (each[min(index, len(each) - 1)] for each in (STARTS, MOVES))
    mask, fixed = _given_at(given, frames, len(scale.mean))
    held = mask, ((fixed - scale.mean) / scale.deviation).astype(np.float32)
    if maps is None:
        y: Values = scale.clip[:, rng.integers(scale.clip.shape[-1], size=(count, frames))].swapaxes(0, 1)
    else:
        y = ((resampled(maps[:count], frames) - scale.mean) / scale.deviation).astype(np.float32)
        y, _ = _descend(y, scale, held, STEPS)
    heat = 0.0 if index else HEAT
    chances = rng.random((moves, len(y), CHANCES), np.float32)
    y, _ = _search(y, scale, held, chances, max(2, round(BRIEF * rate)), heat)
    y, loss = _descend(y, scale, held, STEPS)
    best_first = np.argsort(np.asarray(loss), kind="stable")
    return (np.asarray(y)[best_first] * scale.deviation + scale.mean).astype(np.float32)


def resampled(levels: Map, frames: int) -> Map:
    """Levels (..., frames) that go round, at another number of frames, by linear interpolation."""
    at = (np.arange(frames) + 0.5) * levels.shape[-1] / frames - 0.5
    before = np.floor(at).astype(int)
    part = at - before
    n = levels.shape[-1]
    return np.asarray(levels[..., before % n] * (1 - part) + levels[..., (before + 1) % n] * part)


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
    levels = np.stack([np.bincount(part, row, frames) / count for row in given.levels])
    return whole.astype(np.float32), levels.astype(np.float32)


Held = tuple[Values, Values]
"""Mask (frames,) and levels (groups, frames) that are given."""


def _within(y: Values, held: Held) -> jax.Array:
    mask, fixed = held
    return (1 - mask) * y + mask * fixed


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
        Part of the loss that a move may add at first; from 0 on, none does and nothing of the clip is brought in.
    """
    spectra = spectra_of(scale.filters, y.shape[-1])
    moves = len(chances)

    def step(i: jax.Array, carry: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        y, loss, best, least = carry
        u = chances[i]
        tried = jax.vmap(lambda one, u: _moved(one, u, scale.clip, most, heat > 0))(y, u)
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


def _moved(y: jax.Array, u: jax.Array, clip: jax.Array, most: int, brings: jax.Array) -> jax.Array:
    """A map (groups, frames) after a move by chance: a stretch turned in itself, moved by a frame, or from the clip."""
    frames, there = y.shape[-1], clip.shape[-1]
    place = jnp.arange(frames)
    start = _among(u[0], frames)
    inside = (place - start) % frames
    width = jnp.round(2 * (frames / 2) ** u[1]).astype(int)
    one = jnp.where(u[2] < 0.5, 1, width - 1)
    turn = jnp.where(u[3] < 0.5, 1 + _among(2 * u[3], width - 1), one)
    turned = jnp.where(inside < width, (start + (inside + turn) % width) % frames, place)
    shifted = jnp.where(inside < width, (place + jnp.where(u[2] < 0.5, 1, -1)) % frames, place)
    moved = y[:, jnp.where(u[4] < 0.65, turned, shifted)]
    brief = jnp.minimum(width, jnp.minimum(most, there))
    source = _among(u[5], there - brief + 1)
    brought = jnp.where(inside < brief, clip[:, jnp.clip(source + inside, 0, there - 1)], y)
    return jnp.where(brings & (u[6] < 0.4), brought, moved)


def _among(u: jax.Array, count: jax.Array | int) -> jax.Array:
    """One of ``count`` numbers from 0 on, by a chance in [0, 1)."""
    return jnp.minimum((u * count).astype(int), count - 1)
