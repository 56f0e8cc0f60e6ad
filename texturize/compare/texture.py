"""Texture distance: how far the statistics are, in units of how far the reference's own halves are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import ArrayLike

from texturize.compare.cochleagram import Array
from texturize.compare.excerpts import alike, at_most, excerpt_length, excerpts
from texturize.compare.statistics import CLASSES, SILENCE, texture_statistics

HIGHEST_SR = 20_000

# No reference is held to be steadier than this, about what the halves of an oven's hum differ by: a smaller divisor
# would make differences loom large that nobody hears.
LEAST_SELF_DISTANCE = {
    "mean": 0.0173,  # half a decibel, after the compression
    "cv": 0.005,
    "skew": 0.06,
    "kurt": 0.2,
    "corr": 0.01,
    "modulation_power": 0.01,
    "C1": 0.03,
    "C2": 0.05,
}


@dataclass(frozen=True)
class TextureDistance:
    """Distance of a result's statistics from the reference's; 1 is another excerpt of the same recording.

    Attributes
    ----------
    total : float
        Geometric mean over the classes.
    classes : dict of float
        The distance of each class (geometric mean over the channels).
    channels : tuple of dict of float
        The same for each channel (without those that are silent in both sounds).
    excerpt_seconds : float
        Length of the excerpts compared.
    """

    total: float
    classes: dict[str, float]
    channels: tuple[dict[str, float], ...]
    excerpt_seconds: float

    @property
    def channel_totals(self) -> tuple[float, ...]:
        """Geometric mean over the classes, for each channel."""
        return tuple(geometric_mean(list(classes.values())) for classes in self.channels)


def texture_distance(
    reference: ArrayLike, result: ArrayLike, sr: float, result_sr: float | None = None
) -> TextureDistance:
    """Texture distance of ``result`` from ``reference``, whatever their lengths and levels.

    Excerpts of half the reference's length are compared: for each class of statistics the root mean square difference,
    averaged over the pairs of an excerpt of the reference and one of the result, divided by that between the two halves
    of the reference. Where the result is shorter than half the reference, all excerpts have the result's length and
    the reference is cut into as many as fit (eight at most).

    Parameters
    ----------
    reference, result : array_like (n,) or (channels, n)
        Sounds.
    sr, result_sr : float
        Sample rates in Hz; the result's is the reference's if not given. 20 kHz at most are compared.

    Returns
    -------
    TextureDistance
        About 1 for another excerpt of the same recording, 0.5 for the reference itself.

    Raises
    ------
    AudioError
        For a silent reference, or a sound too short to be judged.

    Notes
    -----
    Statistics of McDermott & Simoncelli 2011. The result is brought to the reference's level first, with one gain
    for all channels.
    """
    sounds = at_most(alike(reference, result, sr, result_sr), HIGHEST_SR)
    floor = SILENCE * rms(sounds.reference)
    gain = rms(sounds.reference) / (rms(sounds.result) or 1.0)
    channels = tuple(
        channel_distance(ref, gain * res, sounds.sr, floor)
        for ref, res in zip(sounds.reference, sounds.result, strict=True)
        if max(rms(ref), gain * rms(res)) > floor  # a channel silent in both says nothing
    )
    classes = {name: geometric_mean([channel[name] for channel in channels]) for name in CLASSES}
    length = excerpt_length(sounds.reference, sounds.result)
    return TextureDistance(geometric_mean(list(classes.values())), classes, channels, length / sounds.sr)


def channel_distance(reference: Array, result: Array, sr: float, floor: float) -> dict[str, float]:
    """Texture distance of each class between two sounds (n,) of one channel."""
    length = excerpt_length(reference, result)
    of_reference = [texture_statistics(y, sr, floor) for y in excerpts(reference, length)]
    return class_distances(of_reference, [texture_statistics(y, sr, floor) for y in excerpts(result, length)])


def class_distances(of_reference: list[dict[str, Array]], of_result: list[dict[str, Array]]) -> dict[str, float]:
    """Texture distance of each class between the statistics of excerpts, two of the reference at least."""

    def distance(name: str) -> float:
        own = float(np.mean([rms(a[name] - b[name]) for a, b in combinations(of_reference, 2)]))
        across = float(np.mean([rms(a[name] - b[name]) for a, b in product(of_reference, of_result)]))
        return across / max(own, LEAST_SELF_DISTANCE[name])

    return {name: distance(name) for name in CLASSES}


def rms(x: Array) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(x))))


def geometric_mean(values: list[float]) -> float:
    """Geometric mean of distances, none held to be below 0.001."""
    return float(np.exp(np.mean(np.log(np.maximum(values, 1e-3)))))
