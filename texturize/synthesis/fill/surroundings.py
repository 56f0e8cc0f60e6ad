"""What a gap's texture is learnt from: the steadiest parts of both sides, as one clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from texturize.errors import AudioError
from texturize.signal.steady_region import HOP_SECONDS, WINDOW_SECONDS, best_steady_region, levels, steadiest
from texturize.synthesis.clip import SILENCE
from texturize.synthesis.fill.gaps import LEAST_LEARNT, Around, Gap, Part, Samples, Source, named
from texturize.synthesis.fill.sides import colour_of, coloured, difference

JOIN = 0.1
"""Seconds over which one side is faded into the other."""
LENGTHS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0, 11.75)
"""Seconds that what is learnt from may have: few, so that few are compiled for."""
ENOUGH = 6.0
"""Seconds of each side: more takes more time, and brings little."""
SHORT_SIDE = 2.0
"""Seconds: a shorter side is taken as it is."""


@dataclass(frozen=True)
class Surroundings:
    """What is known of a gap's surroundings.

    Attributes
    ----------
    clip : (channels, n)
        What is learnt from.
    parts : tuple of Part
        Where in the sound it comes from.
    difference : (channels, bands) or None
        Decibels from the one side to the other; None where they are alike, or there is but one.
    left_out : bool
        Whether something louder or quieter than the rest was left out.
    offset : (channels, 1)
        Mean of each channel, which ``clip`` is without.
    """

    clip: Samples
    parts: tuple[Part, ...]
    difference: npt.NDArray[np.float64] | None
    left_out: bool
    offset: npt.NDArray[np.float32]

    def near(self, sides: Around, context: int, sr: int) -> tuple[Samples, Samples]:
        """The last ``context`` samples before and the first after the gap, as what is learnt from is: in one colour."""
        before, after = sides.before, sides.after
        if self.difference is not None:
            before, after = coloured(before, 0.5 * self.difference, sr), coloured(after, -0.5 * self.difference, sr)
        return before[:, -context:] - self.offset, after[:, :context] - self.offset


def surroundings(source: Source, gap: Gap, sides: Around, sr: int, learn: tuple[Part, ...] = ()) -> Surroundings:
    """Find what to learn a gap's texture from.

    Parameters
    ----------
    source : Source
    gap : Gap
    sides : Around
        What is around it.
    sr : int
        Sample rate in Hz.
    learn : tuple of Part, optional
        What is to be learnt from, instead of the steadiest parts of both sides.

    Raises
    ------
    AudioError
        There is too little of it, or it is silent.
    """
    both = [side for side in (sides.before, sides.after) if side.shape[-1]]
    apart = difference(*(colour_of(side, sr) for side in both)) if len(both) == 2 else None
    if learn:
        clip = _joined([source.read(round(part.start * sr), round(part.end * sr)) for part in learn], sr)
        return _surroundings(clip, learn, apart, False, gap, sr)
    clips, parts, left_out = [], [], False
    for side, start, sign in zip((sides.before, sides.after), sides.starts, (0.5, -0.5), strict=True):
        if not side.shape[-1] or np.ptp(side, axis=-1).max() < SILENCE:
            continue
        first, stop, event = _steady(side, sr)
        parts.append(Part(round((start + first) / sr, 3), round((start + stop) / sr, 3)))
        left_out |= event
        # The whole side is coloured before it is cut, so that there is no end within it.
        clips.append((side if apart is None else coloured(side, sign * apart, sr))[:, first:stop])
    if both and not clips:
        raise AudioError(f"around the stretch {named(gap, sr)} there is silence", "say what to learn with --learn")
    clip = _joined(clips, sr) if clips else np.zeros((1, 0), np.float32)
    return _surroundings(clip, tuple(parts), apart, left_out, gap, sr)


def _steady(side: Samples, sr: int) -> tuple[int, int, bool]:
    """First and last sample of the steadiest part of a side, and whether something else in it stands out."""
    n = side.shape[-1]
    if n < SHORT_SIDE * sr:
        return 0, n, False
    found = best_steady_region(side.astype(np.float64), sr)
    start, end = found.start, found.end
    if end - start > ENOUGH:
        inside = levels(
            side[:, round(start * sr) : round(end * sr)].astype(np.float64), sr, WINDOW_SECONDS, HOP_SECONDS
        )
        start += HOP_SECONDS * steadiest(inside, round((ENOUGH - WINDOW_SECONDS) / HOP_SECONDS) + 1)
        end = start + ENOUGH
    return round(start * sr), min(n, round(end * sr)), found.event


def _joined(clips: list[Samples], sr: int) -> Samples:
    """Clips one after another, each faded into the next as loud as they are."""
    joined = clips[0]
    for clip in clips[1:]:
        edge = min(round(JOIN * sr), joined.shape[-1] // 2, clip.shape[-1] // 2)
        rise = np.sin(np.pi / 2 * (np.arange(edge) + 0.5) / max(1, edge)).astype(np.float32)
        middle = joined[:, joined.shape[-1] - edge :] * rise[::-1] + clip[:, :edge] * rise
        joined = np.concatenate([joined[:, : joined.shape[-1] - edge], middle, clip[:, edge:]], axis=-1)
    return joined


def _surroundings(
    clip: Samples,
    parts: tuple[Part, ...],
    apart: npt.NDArray[np.float64] | None,
    left_out: bool,
    gap: Gap,
    sr: int,
) -> Surroundings:
    """The whole of it, unless it is too little."""
    seconds = clip.shape[-1] / sr
    if seconds < LEAST_LEARNT:
        what = f"for the stretch {named(gap, sr)} there are {seconds:.2f} s to learn from"
        raise AudioError(what, f"it needs at least {LEAST_LEARNT:g} s of sound around it, or --learn with as much")
    kept = round(max(length for length in LENGTHS if length <= seconds) * sr)
    # From both ends, so that each side is in it as much as it was.
    first = (clip.shape[-1] - kept) // 2
    clip = clip[:, first : first + kept]
    offset = clip.mean(axis=-1, keepdims=True, dtype=np.float64).astype(np.float32)
    if np.ptp(clip, axis=-1).max() < SILENCE:
        raise AudioError(f"what is to be learnt for the stretch {named(gap, sr)} is silent", "learn from another part")
    return Surroundings(clip - offset, parts, apart, left_out, offset)
