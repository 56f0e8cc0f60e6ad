"""Gaps in a sound: where new sound goes, how much of it, and what is around."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from texturize.errors import AudioError

Samples = npt.NDArray[np.float32]
SURROUNDINGS = 10.0
"""Seconds on each side that are learnt from, at most."""
LEAST_LEARNT = 1.0
"""Seconds around a gap: of less, no texture can be learnt."""
LONGEST = 60.0
"""Seconds of new sound in a gap inside a recording: of more, nobody would say that it was the same recording."""


class Source(Protocol):
    """A sound of any length, of which pieces can be had."""

    @property
    def frames(self) -> int:
        """Its samples."""

    def read(self, start: int, stop: int) -> Samples:
        """Samples from ``start`` to before ``stop``, (channels, n), full scale at 1."""


@dataclass(frozen=True)
class Held:
    """A sound in memory: (channels, n)."""

    samples: Samples

    @property
    def frames(self) -> int:
        """Its samples."""
        return int(self.samples.shape[-1])

    def read(self, start: int, stop: int) -> Samples:
        """A piece of it."""
        return self.samples[:, start:stop]


class Part(NamedTuple):
    """A part of a sound, in seconds."""

    start: float
    end: float


class Gap(NamedTuple):
    """Samples from ``start`` to before ``stop`` give way to ``n`` new ones."""

    start: int
    stop: int
    n: int
    closed: bool = False
    """Whether it is at an end of the sound, and goes on to the other end: the whole becomes a loop."""


class Around(NamedTuple):
    """What lies on both sides of a gap, right up to it: (channels, n) each, where n may be 0."""

    before: Samples
    after: Samples
    starts: tuple[int, int]
    """Where in the sound they begin."""


def check_gaps(gaps: Sequence[Gap], frames: int, sr: int) -> tuple[Gap, ...]:
    """Gaps in their order; those that touch are one, for there is nothing between them to go on from.

    Raises
    ------
    AudioError
        One runs backwards, lies beyond the end, is longer than a minute, or overlaps another; or nothing would be left.
    """
    ordered: list[Gap] = []
    for gap in sorted(gaps):
        if ordered and _is_plain(gap) and _is_plain(ordered[-1]) and gap.start == ordered[-1].stop:
            first = ordered.pop().start
            ordered.append(Gap(first, gap.stop, gap.stop - first))
        else:
            ordered.append(gap)
    for gap in ordered:
        where = named(gap, sr)
        if gap.stop < gap.start or (gap.stop == gap.start and not gap.n):
            raise AudioError(f"the stretch {where} has no length", "give its start, and an end that comes later")
        if gap.start < 0 or gap.stop > frames:
            raise AudioError(f"the stretch {where} lies beyond the end at {frames / sr:.3f} s", "give an earlier one")
        if gap.stop > gap.start and gap.n > LONGEST * sr:
            raise AudioError(
                f"the stretch {where} is {gap.n / sr:.1f} s long", f"give stretches of at most {LONGEST:g} s"
            )
    for one, other in itertools.pairwise(ordered):
        if other.start < one.stop or other.start == one.start:
            raise AudioError(f"the stretches {named(one, sr)} and {named(other, sr)} overlap", "make one of the two")
    if sum(gap.stop - gap.start for gap in ordered) >= frames:
        raise AudioError("the stretches cover everything", "leave some of the sound to learn from")
    return tuple(ordered)


def _is_plain(gap: Gap) -> bool:
    """Whether as much is new as is taken away."""
    return gap.n == gap.stop - gap.start > 0


def named(gap: Gap, sr: int) -> str:
    """A gap as it is called in messages."""
    if gap.start == gap.stop:
        return f"at {gap.start / sr:.3f} s"
    return f"{gap.start / sr:.3f}-{gap.stop / sr:.3f} s"


def around(source: Source, gaps: Sequence[Gap], index: int, sr: int) -> Around:
    """What is around a gap, up to the next ones."""
    gap, most, frames = gaps[index], round(SURROUNDINGS * sr), source.frames
    if gap.closed:
        most = min(most, frames // 2)  # the sides are of the same sound
    first = gaps[index - 1].stop if index else 0
    last = gaps[index + 1].start if index + 1 < len(gaps) else frames
    before, after = (max(first, gap.start - most), gap.start), (gap.stop, min(last, gap.stop + most))
    if gap.closed and gap.start == frames:
        after = 0, min(frames, most)
    elif gap.closed:
        before = max(0, frames - most), frames
    return Around(
        np.asarray(source.read(*before), np.float32),
        np.asarray(source.read(*after), np.float32),
        (before[0], after[0]),
    )
