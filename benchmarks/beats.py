"""Rhythm with the tempo left free: whether a result beats as evenly as the clip, however fast.

Where a source slows down, the autocorrelations of two excerpts peak at other lags: `texturize.compare.rhythm` puts them
so far apart that noise is closer. Here one of two is stretched, by an eighth at most, to where they are closest; and
lags reach over so few periods, and excerpts are so short, that within one the tempo is about the same.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from texturize.compare.excerpts import excerpts
from texturize.compare.rhythm import (
    ENVELOPE_RATE,
    LEAST_LAG,
    MOST_LAG,
    autocorrelation,
    onset_envelope,
    rms_beyond,
    strongest_periodicity,
)

Array = NDArray[np.float64]

STRETCHES = np.geomspace(1 / 1.125, 1.125, 65)
PERIODS = 12  # that lags reach over
LAGS = 4  # that an excerpt holds, at least; half the clip where that is shorter
LEAST_SELF_DISTANCE = 0.01


class Beat(NamedTuple):
    """Distances of the autocorrelations of onsets, at the stretch where they are least.

    ``own`` is that between the clip's excerpts and ``relative`` that of the result's from the clip's over it;
    ``strength`` the largest autocorrelation of an excerpt beyond the least lag, the mean over the clip's and the
    result's.
    """

    own: float
    relative: float
    strength: tuple[float, float]


def beat(clip: Array, result: Array, sr: float, result_sr: float) -> Beat | None:
    """How alike the beats of two sounds (channels, n) are; None where the clip has none."""
    onsets = onset_envelope(clip, sr)
    period, _ = strongest_periodicity(onsets)
    if period is None:
        return None
    most, least = min(MOST_LAG, PERIODS * period), min(LEAST_LAG, period / 2)
    length = min(onsets.size // 2, round(LAGS * most * ENVELOPE_RATE))
    of_clip, of_result = (
        [autocorrelation(part, most) for part in excerpts(x, length)]
        for x in (onsets, onset_envelope(result, result_sr))
    )
    own = float(np.mean([_distance(a, b, least) for a, b in combinations(of_clip, 2)]))
    across = float(np.mean([_distance(a, b, least) for a, b in product(of_clip, of_result)]))
    first = round(least * ENVELOPE_RATE)
    strengths = (float(np.mean([r[first:].max() for r in group])) for group in (of_clip, of_result))
    return Beat(own, across / max(own, LEAST_SELF_DISTANCE), (next(strengths), next(strengths)))


def _distance(a: Array, b: Array, least: float) -> float:
    """Root mean square difference at the best stretch of either, mean of the two."""
    lags = np.arange(a.size)

    def closest(a: Array, b: Array) -> float:
        there = [lags[lags * stretch <= lags[-1]] for stretch in STRETCHES]
        return min(
            rms_beyond(a[at] - np.interp(at * stretch, lags, b), least)
            for stretch, at in zip(STRETCHES, there, strict=True)
        )

    return 0.5 * (closest(a, b) + closest(b, a))


def noise_like(y: Array) -> Array:
    """Noise with the spectrum of a sound (channels, n), which has no rhythm."""
    Y = np.fft.rfft(y)
    return np.fft.irfft(np.abs(Y) * np.exp(2j * np.pi * np.random.default_rng(0).random(Y.shape[-1])), y.shape[-1])
