"""A long array of frames in strips that overlap, so that processors can work on them side by side.

What is done to a frame reaches some frames to each side. A strip has more frames than its own: that many at each side
can go wrong before the strips must be joined and cut anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp

from texturize.runtime.processors import cpu_threads
from texturize.runtime.programs import keeps

R = TypeVar("R")
MOST_STRIPS = 8
_threads = [ThreadPoolExecutor(1, thread_name_prefix="strip") for _ in range(MOST_STRIPS)]  # started as needed


class FrameBlocks(NamedTuple):
    """Where the strips of an array (..., frames, m) lie; hashable, so static under ``jit``.

    Arrays may have some rows more than frames, as signals in blocks do: the strips then have as many more. In a
    circular one these are the first rows once more.
    """

    frames: int
    circular: bool
    starts: tuple[int, ...]
    """First frame of each strip; negative ones count from the end of a circular array."""
    width: int
    """Frames of each strip."""
    bounds: tuple[int, ...]
    """The own frames of strip ``i`` are ``bounds[i]`` to ``bounds[i + 1]``."""

    @property
    def one_piece(self) -> bool:
        """Whether there is one strip, and it is the array: nothing in it is ever wrong."""
        return len(self.starts) == 1 and not self.circular

    def cut(self, whole: Any) -> list[Any]:
        """Strips (..., width + more, m) of arrays (..., frames + more, m) in a pytree: a pytree for each strip."""
        return [self.strip(whole, start) for start in self.starts]

    def strip(self, whole: Any, start: int | jax.Array) -> Any:
        """The one that starts there."""
        return jax.tree.map(partial(self._part, start), whole)

    def join(self, strips: Sequence[Any]) -> Any:
        """The arrays that the strips' own frames make up."""
        return jax.tree.map(lambda *parts: self._whole(parts), *strips)

    def _part(self, start: int | jax.Array, whole: jax.Array) -> jax.Array:
        length = self.width + whole.shape[-2] - self.frames
        if self.circular:
            first, last = min(self.starts), max(self.starts)
            whole, start = _round(whole[..., : self.frames, :], first, last + length - first), start - first
        return jax.lax.dynamic_slice_in_dim(whole, start, length, axis=-2)

    def _whole(self, parts: Sequence[jax.Array]) -> jax.Array:
        more = parts[0].shape[-2] - self.width
        ends = [*self.bounds[1:-1], self.frames + (0 if self.circular else more)]
        own = zip(parts, self.starts, self.bounds[:-1], ends, strict=True)
        whole = jnp.concatenate([part[..., a - start : b - start, :] for part, start, a, b in own], axis=-2)
        return _round(whole, 0, self.frames + more) if self.circular else whole


def strips_of(frames: int, circular: bool, margin: int, workers: int) -> FrameBlocks:
    """Strips with ``margin`` frames at each side beyond their own: one for each worker, where that pays."""
    count = max(1, min(workers, frames // (4 * max(margin, 1))))
    bounds = [i * frames // count for i in range(count + 1)]
    own = -(-frames // count)
    if circular:
        return FrameBlocks(frames, circular, tuple(a - margin for a in bounds[:-1]), own + 2 * margin, tuple(bounds))
    width = min(frames, own + (2 if count > 2 else 1) * margin)
    starts = [min(max(a - margin, 0), frames - width) for a in bounds[:-1]]
    return FrameBlocks(frames, circular, tuple(starts), width, tuple(bounds))


def workers_for(*arrays: jax.Array) -> int:
    """Threads that can work at once on programs of these arrays: one where they are traced, or on another device."""
    return min(cpu_threads(), MOST_STRIPS) if keeps(arrays) else 1


def _round(y: jax.Array, start: int, length: int) -> jax.Array:
    """``length`` rows of a circular array from ``start`` on."""
    n, pieces = y.shape[-2], []
    while length > 0:
        at = start % n
        pieces.append(y[..., at : min(at + length, n), :])
        start, length = start + pieces[-1].shape[-2], length - pieces[-1].shape[-2]
    return jnp.concatenate(pieces, axis=-2)


def side_by_side(calls: Sequence[Callable[[], R]]) -> list[R]:
    """Results of the calls, each made in a thread of its own: XLA's CPU client runs programs of one thread in turn.

    The results may still be on their way, as those of any program: calls that take them can be made already.
    """
    if len(calls) == 1:
        return [calls[0]()]
    made = [thread.submit(call) for thread, call in zip(_threads, calls, strict=False)]
    return [result.result() for result in made]
