"""Faults of a recording that a fill can mend: digital silence, dropouts, clipping; found block by block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from texturize.synthesis.fill.gaps import Source

BLOCK = 1 << 20
STILL = 0.005
"""Seconds that all channels stand still at one value for: digital silence where that is zero, else a dropout."""
SILENT = 0.02
"""Seconds of zeros that are called silence; fewer are a dropout."""
FLAT = 3
"""Samples in a row at the same full-scale value: clipping."""
FULL_SCALE = 0.98
TOGETHER = 0.002
"""Seconds between two runs of clipping that are one stretch."""
OFTEN, SELDOM = 1.0, 0.1
"""Standstills a second from which on they are the recording's nature: one of few bits and little sound. Then only those
are faults that are longer by `ALIKE` times than what comes so seldom."""
ALIKE = 3.0
Same = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class Fault:
    """Samples from ``start`` to before ``stop``, and what is wrong with them."""

    kind: str
    """"silence", "dropout" or "clipping"."""
    start: int
    stop: int


def find_faults(source: Source, sr: int) -> list[Fault]:
    """Faults of a sound in their order; what is silent or still at its start or end is none."""
    still = _runs(source, _standing_still, round(STILL * sr))
    lengths = sorted((stop - start for start, stop in still), reverse=True)
    seconds = source.frames / sr
    least = ALIKE * lengths[int(SELDOM * seconds)] if len(lengths) > max(OFTEN * seconds, 10) else 0
    faults = []
    for start, stop in still:
        if start > 0 and stop < source.frames and stop - start >= least:
            zeros = not source.read(start, start + 1).any()
            long = stop - start >= SILENT * sr
            faults.append(Fault("silence" if zeros and long else "dropout", start, stop))
    clipped = _runs(source, _flat, FLAT)
    faults += [Fault("clipping", *run) for run in _together(clipped, round(TOGETHER * sr))]
    return sorted(faults, key=lambda fault: fault.start)


def _standing_still(y: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Whether each sample but the first is the one before it, in all channels."""
    return np.asarray(np.all(np.diff(y, axis=-1) == 0, axis=0))


def _flat(y: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """The same at full scale, in any channel."""
    return np.asarray(np.any((np.diff(y, axis=-1) == 0) & (np.abs(y[:, 1:]) >= FULL_SCALE), axis=0))


def _runs(source: Source, same: Same, least: int) -> list[tuple[int, int]]:
    """Runs of at least so many samples of which each is like the one before it: the first, and the first after it."""
    found: list[tuple[int, int]] = []
    begun: int | None = None
    for at in range(0, source.frames, BLOCK):
        first = max(0, at - 1)
        like = same(source.read(first, min(source.frames, at + BLOCK)))
        edges = np.diff(np.concatenate([[begun is not None], like]).astype(np.int8))
        starts = first + np.flatnonzero(edges == 1)
        stops = first + np.flatnonzero(edges == -1) + 1
        if begun is not None:
            starts = np.concatenate([[begun], starts])
        begun = int(starts[-1]) if len(starts) > len(stops) else None
        starts = starts[: len(stops)]
        long = stops - starts >= least
        found += [(int(a), int(b)) for a, b in zip(starts[long], stops[long], strict=True)]
    if begun is not None and source.frames - begun >= least:
        found.append((begun, source.frames))
    return found


def _together(runs: list[tuple[int, int]], near: int) -> list[tuple[int, int]]:
    """Runs, with those that are near one another as one."""
    found: list[tuple[int, int]] = []
    for start, stop in runs:
        if found and start - found[-1][1] <= near:
            found[-1] = found[-1][0], stop
        else:
            found.append((start, stop))
    return found
