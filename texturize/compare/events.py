"""Events: whether they are as sharp, as strong, as whole and as well timed as the reference's own halves have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import ArrayLike

from texturize.compare.band_powers import COARSE, FINE, band_powers
from texturize.compare.cochleagram import Array
from texturize.compare.event_statistics import Floors, event_statistics
from texturize.compare.excerpts import alike, at_most, excerpt_length, excerpts, resample
from texturize.compare.intervals import Pace, interval_distance, onset_strength, pace
from texturize.compare.texture import geometric_mean, rms

HIGHEST_SR = 44_100
SHORTEST_PART = 0.5  # seconds
SILENCE = 1e-5  # of the mean power of a band: 50 dB below it

# Differences this small are no less like the reference than another excerpt is: added, as powers add, to the distance
# between the halves and to the result's, so that halves which happen to be alike make no small difference loom large.
ALLOWANCES = {
    "attacks": 1.0,  # dB
    "peaks": 1.0,  # dB
    "direction": 3.0,  # dB
    "levels": 0.5,  # dB
    "changes": 0.05,  # of the deviation
    "together": 0.05,  # correlation
}
EVENT_FIGURES = (*ALLOWANCES, "intervals")
SIGNED = ("attacks", "peaks", "direction", "changes", "together")


@dataclass(frozen=True)
class Events:
    """How alike the events of two sounds are.

    Attributes
    ----------
    distances : dict of float
        By figure (``attacks``, ``peaks``, ``direction``, ``levels``, ``changes``, ``together``, ``intervals``): 1 is
        another excerpt of the same recording.
    differences : dict of float
        Mean over the statistics of a figure, result less reference, where it has a meaning: ``attacks`` (below 0 they
        are softer), ``peaks`` (lower) and ``direction`` (it swells more, or strikes less) in dB; ``changes`` (steadier)
        in natural logarithms; ``together`` (less) in units of correlation.
    """

    distances: dict[str, float]
    differences: dict[str, float]

    @property
    def worst(self) -> str:
        """Name of the figure that is farthest off."""
        return max(self.distances, key=lambda name: self.distances[name])


def events(reference: ArrayLike, result: ArrayLike, sr: float, result_sr: float | None = None) -> Events:
    """Compare the events of ``result`` to those of ``reference``, whatever their lengths and levels.

    Excerpts of half the reference's length are compared, as for the texture distance: for each figure the root mean
    square difference of its statistics, averaged over the pairs of an excerpt of the reference and one of the result,
    in units of that between the reference's halves, and of several channels the geometric mean.

    Parameters
    ----------
    reference, result : array_like (n,) or (channels, n)
        Sounds. 44.1 kHz at most are looked at.
    sr, result_sr : float
        Sample rates in Hz; the result's is the reference's if not given.

    Returns
    -------
    Events

    Raises
    ------
    AudioError
        For a silent reference, or a sound too short to be judged.
    """
    sounds = at_most(alike(reference, result, sr, result_sr), HIGHEST_SR)
    ref = sounds.reference / rms(sounds.reference)
    res = sounds.result / (rms(sounds.result) or 1.0)
    length = excerpt_length(ref, res)
    floors = silence(ref, sounds.sr)

    def statistics(y: Array, n: int) -> list[dict[str, Array]]:
        return [event_statistics(excerpt, sounds.sr, floors) for excerpt in excerpts(y, n)]

    heard = [i for i in range(len(ref)) if ref[i].any() or res[i].any()]
    pairs = [(statistics(ref[i], length), statistics(res[i], length)) for i in heard]
    part = length // 2 if length >= 2 * SHORTEST_PART * sounds.sr else length
    parts = [statistics(ref[i], part) if part < length else [] for i in heard]
    by_channel = [event_distances(*pair, each) for pair, each in zip(pairs, parts, strict=True)]
    distances = {name: geometric_mean([each[name] for each in by_channel]) for name in ALLOWANCES}
    of_reference, of_result = (
        [onset_strength(y, sounds.sr, floors.fine) for y in excerpts(sound, length)] for sound in (ref, res)
    )
    distances["intervals"] = interval_distance(of_reference, of_result)
    differences = {name: float(np.mean([mean_difference(a, b, name) for a, b in pairs])) for name in SIGNED}
    return Events(distances, differences)


def event_pace(y: Array, sr: float) -> Pace | None:
    """How often the events of a sound (channels, n) come; None where none stands out."""
    rate = min(sr, HIGHEST_SR)
    worked = resample(y, sr, rate)
    return pace(onset_strength(worked, rate, silence(worked, rate).fine))


def silence(reference: Array, sr: float) -> Floors:
    """Powers held to be silence: 50 dB below the mean over bands, frames and channels of a sound (channels, n)."""
    means = [np.mean([band_powers(y, sr, each).mean() for y in reference]) for each in (FINE, COARSE)]
    return Floors(*(SILENCE * float(mean) + np.finfo(float).tiny for mean in means))


def event_distances(
    of_reference: list[dict[str, Array]], of_result: list[dict[str, Array]], of_parts: Sequence[dict[str, Array]] = ()
) -> dict[str, float]:
    """Distance of each figure between the statistics of excerpts, two of the reference at least.

    ``of_parts`` are those of excerpts of the reference half as long. What chance makes of them is a root of two larger:
    where that says that two halves could well differ by more than these two do, it is the unit.
    """

    def mean_distance(pairs: Iterable[tuple[dict[str, Array], dict[str, Array]]], name: str) -> float:
        return float(np.mean([rms(difference(a, b, name)) for a, b in pairs]))

    def distance(name: str, allowance: float) -> float:
        own = mean_distance(combinations(of_reference, 2), name)
        if of_parts:
            own = max(own, mean_distance(combinations(of_parts, 2), name) / np.sqrt(2))
        across = mean_distance(product(of_reference, of_result), name)
        return float(np.hypot(across, allowance) / np.hypot(own, allowance))

    return {name: distance(name, allowance) for name, allowance in ALLOWANCES.items()}


def mean_difference(of_reference: list[dict[str, Array]], of_result: list[dict[str, Array]], name: str) -> float:
    """Mean difference of a figure's statistics, result less reference."""
    return float(np.mean([difference(a, b, name).mean() for a, b in product(of_reference, of_result)]))


def difference(a: dict[str, Array], b: dict[str, Array], name: str) -> Array:
    """Difference of a figure's statistics, b less a; over the spans that both have, where one excerpt is shorter."""
    n = min(a[name].size, b[name].size)
    return b[name][:n] - a[name][:n]
