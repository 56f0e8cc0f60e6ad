"""Long results, piece by piece: segments of one length, each grown on from the end of the one before.

Every segment is a loop of its own, optimized against the same statistics of the clip. All but the first hold the last
moments of their predecessor, the context, fixed at their start; what is new continues it. The last also holds the
start of the first fixed, and so the whole ends where it began: every result is a loop, but for those that change on
the way, whose plan is open. Memory is that of one segment, however long the whole.

    first   [ new                                  ]
    next    [ context | new                        ]
    last    [ context | new   | start | left over  ]
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import scipy.fft

from texturize.signal.tapers import raised_cosine_edges

EDGE = 0.1
"""Seconds over which fixed samples fade into new ones. Shorter fades spread loud tones into bands that are silent in
the clip: with 0.01 s, the loss of a peal of bells began ten thousand times as high, and all steps went into that."""
LEFT_OVER = 0.5  # of the context


class SegmentPlan(NamedTuple):
    """How a result is made of segments."""

    rate: float
    """Samples per second: near the nominal one, so that the whole has as many samples as segments give."""
    n: int
    """Samples of a segment."""
    parts: int
    """Segments."""
    context: int
    """Samples that a segment shares with its predecessor."""
    total: int
    """Samples of the whole."""
    closed: bool = True
    """Whether the end continues into the start."""


class Fixed(NamedTuple):
    """Part of a segment that is given."""

    mask: jax.Array  # (n,): 1 where it is
    samples: jax.Array  # (channels, n)

    def within(self, y: jax.Array) -> jax.Array:
        """A segment (channels, n) with the given part in its place."""
        return (1 - self.mask) * y + self.mask * self.samples


class Ends(NamedTuple):
    """How a result begins and ends, where several are to follow one another without a seam."""

    tail: npt.NDArray[np.float32]  # (channels, k)
    head: npt.NDArray[np.float32]  # (channels, k)


def work_length(n: float, hops: tuple[int, ...]) -> int:
    """Least multiple of all hops, not below ``n``, whose transforms are fast."""
    step = math.lcm(*hops)
    return step * int(scipy.fft.next_fast_len(math.ceil(n / step), real=False))


def plan_segments(
    seconds: float, rate: float, hops: tuple[int, ...], longest: float, context: float, *, closed: bool = True
) -> SegmentPlan:
    """Fewest segments for a result of ``seconds`` at a nominal ``rate``, each of at most about ``longest`` seconds.

    ``context`` is in seconds too, and less than a third of ``longest``. The end of a ``closed`` one leads into its
    start.
    """
    if seconds <= longest:
        n = work_length(seconds * rate, hops)
        return SegmentPlan(n / seconds, n, 1, 0, n, closed)
    c = round(context * rate)
    most = longest * rate
    left_over = LEFT_OVER * c if closed else -c  # there is nothing before the first of an open one
    parts = max(2, math.ceil((seconds * rate + left_over) / (most - c)))
    extra = parts * c + round(left_over)
    n = work_length((seconds * rate + extra) / parts, hops)
    total = parts * n - extra
    return SegmentPlan(total / seconds, n, parts, c, total, closed)


class Assembly:
    """A result (channels, total) that grows segment by segment."""

    def __init__(self, plan: SegmentPlan, channels: int, ends: Ends | None = None) -> None:
        self.plan, self.ends = plan, ends
        self.samples = np.zeros((channels, plan.total), np.float32)
        self.done = 0
        """Samples there are, from the start."""

    def fixed(self, index: int) -> Fixed | None:
        """What is given of segment ``index``; None if nothing ever is."""
        if self.plan.parts == 1 and self.ends is None:
            return None
        n = self.plan.n
        samples, mask = np.zeros((len(self.samples), n), np.float32), np.zeros(n, np.float32)
        for start, piece in self._pieces(index):
            at = np.arange(start, start + piece.shape[-1]) % n
            edge = max(1, min(self._edge, piece.shape[-1] // 2))
            samples[:, at], mask[at] = piece, raised_cosine_edges(piece.shape[-1], edge)
        return Fixed(jnp.asarray(mask), jnp.asarray(samples))

    @property
    def _edge(self) -> int:
        return round(EDGE * self.plan.rate)

    def _pieces(self, index: int) -> list[tuple[int, npt.NDArray[np.float32]]]:
        """Given pieces, and where in the segment they start."""
        plan, c = self.plan, self.plan.context
        tail, head = self.ends or (self.samples[:, :0], self.samples[:, :0])
        if plan.parts == 1:
            return [(-tail.shape[-1], np.concatenate([tail, head], axis=-1))]
        pieces = []
        if index:
            pieces.append((0, self.samples[:, self.done - c : self.done]))
        elif self.ends:  # the tail only fades in, so that the head is whole from its first sample
            edge = tail[:, -self._edge :]
            pieces.append((-edge.shape[-1], np.concatenate([edge, head], axis=-1)))
        if plan.closed and index == plan.parts - 1:
            closing = np.concatenate([tail, self.samples[:, :c]], axis=-1)
            pieces.append((c + plan.total - self.done - tail.shape[-1], closing))
        return pieces

    def add(self, index: int, y: npt.NDArray[np.float32]) -> None:
        """Put segment ``index`` (channels, n) in its place."""
        plan, c = self.plan, self.plan.context
        if index == 0:
            self.samples[:, : plan.n] = y
            self.done = plan.n
            return
        # From the middle of the context, and in the end to the middle of the start: there both segments agree.
        new = min(plan.n - c, plan.total - self.done)
        stop = c + new + c // 2 if plan.closed and index == plan.parts - 1 else plan.n
        at = (self.done - c + np.arange(c // 2, stop)) % plan.total
        self.samples[:, at] = y[:, c // 2 : stop]
        self.done += new

    def cut(self) -> npt.NDArray[np.float32]:
        """What there is."""
        return self.samples[:, : self.done]
