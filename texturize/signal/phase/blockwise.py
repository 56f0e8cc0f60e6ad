"""Iterations of a method of phase recovery on strips of frames, side by side, from one whole transform to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp

from texturize.runtime.programs import Program
from texturize.signal.phase.frame_blocks import FrameBlocks, side_by_side, strips_of, workers_for
from texturize.signal.phase.projections import ON_SIGNALS, BandSums, Iteration, Projections, State, iteration
from texturize.signal.spectrogram import Stft, blocks_of, inverse_in_blocks

R = TypeVar("R")
Watch = Callable[[int], bool]
"""Is told how many iterations are behind, and says whether that is enough."""
FEW_STEPS = 8
"""Steps between two times that the strips of a short transform are cut anew; of a long one more cost less."""


class Span(NamedTuple):
    """Steps from ``first`` to before ``last``, of ``all``."""

    first: jax.Array
    last: jax.Array
    all: jax.Array


class BlockWork(NamedTuple):
    """What a strip is worked on with."""

    start: jax.Array
    """First frame of the strip."""
    target: jax.Array | BandSums
    """Magnitudes (channels, frames, bins), or their sums over bands."""
    inverse: jax.Array
    """(frames + blocks of a frame - 1, hop) what sums of windowed frames are multiplied by."""
    known: jax.Array | None
    """(channels, frames + blocks of a frame - 1, hop) samples that are given."""
    momentum: jax.Array

    def iteration(self, name: str, settings: Stft) -> Iteration:
        """A method for the strip."""
        return iteration(name, self.projections(settings), self.momentum)

    def projections(self, settings: Stft) -> Projections:
        """The projections for the strip."""
        return Projections(self.target, self.inverse, settings, self.known)


class Known(NamedTuple):
    """Samples of the signal that are known before."""

    samples: jax.Array
    """(channels, n) anything where they are not."""
    given: jax.Array
    """(n,) whether they are."""


@partial(Program, static=("n", "settings", "strips"))
def _parts_of(
    target: jax.Array | BandSums, momentum: jax.Array, known: Known | None, n: int, settings: Stft, strips: FrameBlocks
) -> list[BlockWork]:
    inverse, samples = inverse_in_blocks(n, settings, momentum.dtype), None
    if known is not None:
        inverse = jnp.where(blocks_of(known.given, settings), 0.0, inverse)
        samples = blocks_of(jnp.where(known.given, known.samples, 0.0), settings)
    along = target.sums if isinstance(target, BandSums) else target
    cut: list[tuple[jax.Array, jax.Array, jax.Array | None]] = strips.cut((along, inverse, samples))

    def part(start: int, own: jax.Array, inverse: jax.Array, samples: jax.Array | None) -> BlockWork:
        mine = target._replace(sums=own) if isinstance(target, BandSums) else own
        return BlockWork(jnp.asarray(start), mine, inverse, samples, momentum)

    return [part(start, *arrays) for start, arrays in zip(strips.starts, cut, strict=True)]


# Each is a program of its own: in one with what follows it, XLA's CPU client runs the loop a third slower.


@partial(Program, static=("settings", "name", "strips"))
def _start(X: jax.Array, part: BlockWork, settings: Stft, name: str, strips: FrameBlocks) -> State:
    """State of a strip from the whole transform."""
    return part.iteration(name, settings).start(strips.strip(X, part.start))


@partial(Program, static=("settings", "name", "strips"))
def _steps(states: list[State], part: BlockWork, span: Span, settings: Stft, name: str, strips: FrameBlocks) -> State:
    """State of a strip some steps after those of all strips."""
    method = part.iteration(name, settings)

    def step(i: jax.Array, state: State) -> State:
        return method.step(state, (i / span.all).astype(part.momentum.dtype))

    return jax.lax.fori_loop(span.first, span.last, step, strips.strip(strips.join(states), part.start))


@partial(Program, static=("settings", "name"))
def _end(state: State, part: BlockWork, settings: Stft, name: str) -> jax.Array:
    """Transform of a strip from its state."""
    return part.projections(settings).P_A(part.iteration(name, settings).phase_of(state))


@partial(Program, static=("strips",))
def _join(parts: list[jax.Array], strips: FrameBlocks) -> jax.Array:
    joined: jax.Array = strips.join(parts)
    return joined


class BlockwiseTarget:
    """Magnitudes, or sums over bands, that a transform is to have, in strips."""

    def __init__(
        self,
        target: jax.Array | BandSums,
        n: int,
        settings: Stft,
        momentum: float | jax.Array,
        known: Known | None = None,
    ) -> None:
        along = target.sums if isinstance(target, BandSums) else target
        self.settings, momentum = settings, jnp.asarray(momentum, along.dtype)
        frames, reach = along.shape[-2], max(settings.blocks_per_frame - 1, 1)
        workers = workers_for(along, momentum)
        steps = frames // (workers * reach)  # until a strip would be as much margin as frames of its own
        self.at_once = min(max(FEW_STEPS, steps // 25), max(steps // 4, 1))
        self.strips = strips_of(frames, settings.circular, self.at_once * reach, workers)
        self.parts = _parts_of(target, momentum, known, n, settings, self.strips)

    def each(self, program: Program[..., R], given: Sequence[Any], *more: Any) -> list[R]:
        """What a program makes of what is given for each strip."""
        program = program.alone if len(self.parts) > 1 else program
        pairs = zip(given, self.parts, strict=True)
        return side_by_side([program.bind(x, part, *more) for x, part in pairs])

    def approached(self, X: jax.Array, name: str, count: int, watch: Watch | None = None) -> jax.Array:
        """The transform X after ``count`` iterations of a method, or as many as ``watch`` lets it have."""
        how, every = (self.settings, name, self.strips), len(self.parts)
        last = count - (name in ON_SIGNALS)
        at_once = max(last, 1) if self.strips.one_piece and watch is None else self.at_once
        before: list[State] = []
        states = self.each(_start, [X] * every, *how)
        for first in range(0, last, at_once):
            jax.block_until_ready(before)  # what is on its way takes memory already
            span = Span(*(jnp.asarray(i) for i in (first, min(first + at_once, last), count)))
            before, states = states, self.each(_steps, [states] * every, span, *how)
            if watch is not None and watch(int(span.last)):
                break
        return _join(self.each(_end, states, self.settings, name), self.strips)
