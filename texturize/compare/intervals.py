"""Intervals between events: how long they are, and how even."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy import signal, stats

from texturize.compare.band_powers import FINE, band_powers, decibels, steps
from texturize.compare.cochleagram import Array

ONSET_FRAMES = 8  # rises over 10 ms
APART_SECONDS = 0.05  # what comes sooner belongs to the same event
STRONGEST = 3
THRESHOLDS = (0.35, 0.5, 0.7)  # of the reference's strongest onsets
ALLOWANCE = 0.3  # octaves, added as powers add: a few events differ by as much, however even they are
STANDING_OUT = 8.0  # times the median rise: of noise and wind the strongest are 3 to 6, of rain and clocks 9 to 50
LEAST_DEVIATION = 0.1  # octaves: no few events tell that a source is steadier


@dataclass(frozen=True)
class Intervals:
    """Intervals between the events of a sound that are stronger than a threshold.

    Attributes
    ----------
    lengths : ndarray (n,)
        Base-2 logarithms of the intervals in seconds; of the sound's own length where fewer than two events are found.
    ratios : ndarray (n - 1,)
        Base-2 logarithms of each interval over the one before; 0 where there are no two.
    """

    lengths: Array
    ratios: Array


def onset_strength(y: Array, sr: float, floor: float) -> Array:
    """Rise in dB over 10 ms at each fine frame of a sound (channels, n), mean over bands and channels."""
    levels = [decibels(band_powers(channel, sr, FINE), floor) for channel in y]
    return np.asarray(np.maximum(steps(np.concatenate(levels), ONSET_FRAMES), 0.0).mean(0))


def onsets(strength: Array, least: float) -> Array:
    """Fine frames at which events of a strength of ``least`` dB begin, 50 ms apart or more."""
    padded = np.pad(strength, 1)  # an event may begin with the sound
    return np.asarray(signal.find_peaks(padded, height=least, distance=round(APART_SECONDS / FINE.hop))[0] - 1)


def strongest(strength: Array) -> float:
    """Mean strength in dB of the three strongest onsets."""
    at = onsets(strength, 1e-9)
    return float(np.mean(np.sort(strength[at])[-STRONGEST:])) if at.size else 0.0


def intervals(strength: Array, least: float) -> Intervals:
    """Intervals between the events of a sound, from the strength of its onsets."""
    between = np.diff(onsets(strength, least)) * FINE.hop
    lengths = np.log2(between if between.size else np.array([max(strength.size, 1) * FINE.hop]))
    return Intervals(lengths, np.diff(lengths) if lengths.size > 1 else np.zeros(1))


@dataclass(frozen=True)
class Pace:
    """How often the events of a sound come.

    Attributes
    ----------
    rate : float
        Events a second, of those at least half as strong as the strongest.
    interval : float or None
        Median time between them in seconds; None for a single one.
    spread : float or None
        Octaves between the quartiles of these times: 0 for a clock, above 1 for rain.
    """

    rate: float
    interval: float | None
    spread: float | None


def pace(strength: Array) -> Pace | None:
    """How often events come, from the strength of onsets; None where none stands out."""
    top = strongest(strength)
    if top < STANDING_OUT * float(np.median(strength)):
        return None
    at = onsets(strength, 0.5 * top)
    rate = at.size / (strength.size * FINE.hop)
    if at.size < 2:
        return Pace(rate, None, None)
    lengths = np.diff(at) * FINE.hop
    low, high = np.quantile(np.log2(lengths), (0.25, 0.75))
    return Pace(rate, float(np.median(lengths)), float(high - low))


def interval_distance(of_reference: list[Array], of_result: list[Array]) -> float:
    """Distance of the intervals of excerpts, from the strengths of their onsets; 1 is that between the reference's.

    The earth mover's distance between the distributions of intervals, in octaves, and that between the distributions
    of ratios of successive intervals; their mean, over three thresholds. In units of that between the reference's own
    excerpts, or of what chance makes of as many intervals if that is more: a few events tell little of their spread.

    Parameters
    ----------
    of_reference, of_result : list of ndarray (frames,)
        Of `onset_strength`; two of the reference at least.
    """
    top = float(np.mean([strongest(each) for each in of_reference]))
    at = [max(threshold * top, 1e-9) for threshold in THRESHOLDS]
    ref = [[intervals(strength, least) for least in at] for strength in of_reference]
    res = [[intervals(strength, least) for least in at] for strength in of_result]
    own = float(np.mean([_distance(a, b) for a, b in combinations(ref, 2)]))
    own = max(own, _by_chance(ref))
    across = float(np.mean([_distance(a, b) for a, b in product(ref, res)]))
    return float(np.hypot(across, ALLOWANCE) / np.hypot(own, ALLOWANCE))


def _distance(a: list[Intervals], b: list[Intervals]) -> float:
    return float(
        np.mean(
            [
                0.5 * stats.wasserstein_distance(x.lengths, y.lengths)
                + 0.5 * stats.wasserstein_distance(x.ratios, y.ratios)
                for x, y in zip(a, b, strict=True)
            ]
        )
    )


def _by_chance(excerpts: list[list[Intervals]]) -> float:
    """About what two draws of as many intervals differ by: the deviation of the difference of their means."""
    found = []
    for each in zip(*excerpts, strict=True):  # a threshold
        for values in ([x.lengths for x in each], [x.ratios for x in each]):
            deviation = float(np.std(np.concatenate(values))) + LEAST_DEVIATION
            found.append(deviation * np.sqrt(2 * len(values) / sum(v.size for v in values)))
    return float(np.mean(found))
