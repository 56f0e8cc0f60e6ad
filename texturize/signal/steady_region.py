"""The stretch of a clip to learn from: its longest steady part, without silence, fades and passing events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EDGE_SECONDS = 0.02
EDGE_DB = 6.0  # below the quietest of the middle: the level of an edge
SILENCE_DB = -60.0  # against the loudest window
WINDOW_SECONDS, HOP_SECONDS = 1.0, 0.25
EVENT_DB = 4.0  # from the median: the least that is a passing event
EVENT_DEVIATIONS = 4.0
LEAST_SECONDS = 2.0
LEAST_SHARE = 1 / 3  # of the clip: a shorter steady part says that the clip is not steady
MOST_SECONDS = 20.0  # longer ones take more time and bring little


@dataclass(frozen=True)
class Edge:
    """What stands at one end of a clip before its texture: ``seconds`` in all, ``silent`` of them silence."""

    seconds: float = 0.0
    silent: float = 0.0


@dataclass(frozen=True)
class SteadyRegion:
    """Part of a clip.

    Attributes
    ----------
    start, end : float
        Seconds from the start of the clip.
    lead, trail : Edge
        Silence and fades at the ends of the clip.
    event : bool
        Whether something louder or quieter than the rest was left out.
    """

    start: float
    end: float
    lead: Edge
    trail: Edge
    event: bool


def levels(y: Array, sr: float, seconds: float, hop: float | None = None) -> Array:
    """Level (windows,) in dB of all channels (channels, n) together, in windows side by side or ``hop`` s apart."""
    length = max(1, min(round(seconds * sr), y.shape[1]))
    step = length if hop is None else max(1, round(hop * sr))
    energy = np.cumsum(np.append(0.0, np.mean(y**2, axis=0)))
    starts = np.arange(0, y.shape[1] - length + 1, step)
    return np.asarray(10 * np.log10(np.maximum(energy[starts + length] - energy[starts], 0) / length + 1e-20))


def best_steady_region(y: Array, sr: float) -> SteadyRegion:
    """Find the stretch of a clip to learn from.

    Parameters
    ----------
    y : ndarray (channels, n)
        Clip, not silent.
    sr : float
        Sample rate in Hz.

    Returns
    -------
    SteadyRegion
        The longest run of windows of 1 s whose level is near the median, between the fades; of more than 20 s the
        steadiest 20. All between the fades where no run is worth it.
    """
    lead, trail = edges(levels(y, sr, EDGE_SECONDS))
    duration = y.shape[1] / sr
    start, end = lead.seconds, duration - trail.seconds
    first, last, event = steady_run(levels(y[:, round(start * sr) : round(end * sr)], sr, WINDOW_SECONDS, HOP_SECONDS))
    if event:
        run = (start + first * HOP_SECONDS, min(end, start + last * HOP_SECONDS + WINDOW_SECONDS))
        if run[1] - run[0] < max(LEAST_SECONDS, LEAST_SHARE * (end - start)):
            event = False
        else:
            start, end = run
    if end - start > MOST_SECONDS:
        inside = levels(y[:, round(start * sr) : round(end * sr)], sr, WINDOW_SECONDS, HOP_SECONDS)
        start += HOP_SECONDS * steadiest(inside, round((MOST_SECONDS - WINDOW_SECONDS) / HOP_SECONDS) + 1)
        end = start + MOST_SECONDS
    return SteadyRegion(round(start, 2), round(end, 2), lead, trail, event)


def edges(fine: Array) -> tuple[Edge, Edge]:
    """Silence and fades at start and end, from levels of windows of 20 ms."""
    heard = np.flatnonzero(fine > fine.max() + SILENCE_DB)
    silent = (int(heard[0]), int(len(fine) - 1 - heard[-1]))
    sound = fine[heard[0] : heard[-1] + 1]
    fades = (fade(sound), fade(sound[::-1]))
    lead, trail = (
        Edge(round((still + rising) * EDGE_SECONDS, 2), round(still * EDGE_SECONDS, 2))
        for still, rising in zip(silent, fades, strict=True)
    )
    return lead, trail


def fade(fine: Array) -> int:
    """Windows of a fade-in: there is one if the first is quieter than the quietest of the middle half."""
    quiet = float(np.percentile(fine[len(fine) // 4 : len(fine) - len(fine) // 4], 5))
    return 0 if fine[0] >= quiet - EDGE_DB else int(np.argmax(fine >= quiet))


def steady_run(coarse: Array) -> tuple[int, int, bool]:
    """First and last window of the longest run near the median level, and whether any window is outside."""
    if len(coarse) < 4:
        return 0, len(coarse) - 1, False
    away = np.abs(coarse - np.median(coarse))
    steady = away <= max(EVENT_DB, EVENT_DEVIATIONS * 1.4826 * float(np.median(away)))
    turns = np.flatnonzero(np.diff(np.concatenate([[False], steady, [False]])))
    runs = turns.reshape(-1, 2)
    first, stop = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return int(first), int(stop) - 1, not steady.all()


def steadiest(coarse: Array, length: int) -> int:
    """First of the ``length`` windows in a row whose levels deviate least."""
    return int(np.argmin(np.lib.stride_tricks.sliding_window_view(coarse, length).std(axis=1)))
