"""Statistics of events: how they stand out, begin and end, and cross the spectrum. None is a term of a loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from texturize.compare.band_powers import COARSE, FINE, band_powers, decibels, steps
from texturize.compare.cochleagram import Array

GROUPS = 3  # low, middle, high: what moves in all bands of one is not lost among their own scatter
TOP_SHARES = (0.05, 0.01, 0.002)
ATTACK_FRAMES = 2
SPANS = tuple(2**k for k in range(1, 9))  # fine frames: 2.5 to 320 ms
ENTRANCE_SPANS = tuple(2**k for k in range(2, 8))  # 5 to 160 ms
COARSE_SPANS = tuple(2**k for k in range(7))  # 5 to 320 ms
QUANTILES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.998)
BANDS_APART = (1, 2, 4, 8)
STEADY_DB = 0.3  # what changes less is steady


@dataclass(frozen=True)
class Floors:
    """Powers held to be silence, in bands of both resolutions."""

    fine: float
    coarse: float


def event_statistics(y: Array, sr: float, floors: Floors) -> dict[str, Array]:
    """Statistics of the events of a sound.

    Parameters
    ----------
    y : ndarray (n,)
        Sound, of one channel.
    sr : float
        Sample rate in Hz.
    floors : Floors
        Powers held to be silence.

    Returns
    -------
    dict of ndarray
        ``attacks``: the steepest rises within 5 ms, in dB; ``peaks``: the loudest moments in dB above the mean power;
        ``direction``: the steepest rises less the steepest falls over 5 to 160 ms, in dB; each as means of the upper
        5 %, 1 % and 0.2 % (of ``direction``, of the first two), averaged over low, middle and high bands. ``levels``:
        quantiles of the levels of 20 ms in dB against the mean power, in 24 bands. ``changes``: logarithms of the
        deviation of changes of level over 5 to 320 ms, in 24 bands. ``together``: correlations of such changes,
        from 2.5 ms on, in bands 1, 2, 4 and 8 apart.
    """
    powers, coarse = band_powers(y, sr, FINE), band_powers(y, sr, COARSE)
    fine_levels, coarse_levels = decibels(powers, floors.fine), decibels(coarse, floors.coarse)
    above_mean = fine_levels - decibels(powers.mean(1, keepdims=True), floors.fine)
    spread = coarse_levels - decibels(coarse.mean(1, keepdims=True), floors.coarse)
    return {
        "attacks": grouped(top_means(steps(fine_levels, ATTACK_FRAMES), TOP_SHARES)),
        "peaks": grouped(top_means(above_mean, TOP_SHARES)),
        "direction": direction(fine_levels),
        "levels": np.quantile(spread, QUANTILES, axis=1).T.ravel(),
        "changes": changes(coarse_levels),
        "together": togetherness(fine_levels),
    }


def top_means(values: Array, shares: tuple[float, ...]) -> Array:
    """Mean of the largest values of each row: of the upper 5 % and so on, (rows, shares)."""
    ranked = -np.sort(-values, axis=1)
    return np.stack([ranked[:, : max(1, round(share * ranked.shape[1]))].mean(1) for share in shares], axis=1)


def grouped(values: Array) -> Array:
    """Means of statistics (bands, k) over each of three groups of neighbouring bands, (3 k,)."""
    return np.asarray(values.reshape(GROUPS, -1, values.shape[1]).mean(1).ravel())


def direction(levels: Array) -> Array:
    """Steepest rises less steepest falls of levels (bands, frames): 0 for a sound that is the same backwards."""
    both = [steps(levels, span) for span in fitting(ENTRANCE_SPANS, levels)]
    return np.concatenate([grouped(top_means(s, TOP_SHARES[:2]) - top_means(-s, TOP_SHARES[:2])) for s in both])


def changes(levels: Array) -> Array:
    """Logarithms of the deviations of changes of level over each span, (spans * bands,)."""
    return np.concatenate([np.log(steps(levels, s).std(1) + STEADY_DB) for s in fitting(COARSE_SPANS, levels)])


def togetherness(levels: Array) -> Array:
    """Correlations of changes of level over each span between bands, (spans * pairs,)."""
    found = []
    for span in fitting(SPANS, levels):
        change = steps(levels, span)
        change = change - change.mean(1, keepdims=True)
        change /= change.std(1, keepdims=True) + STEADY_DB
        found += [(change[:-k] * change[k:]).mean(1) for k in BANDS_APART]
    return np.concatenate(found)


def fitting(spans: tuple[int, ...], levels: Array) -> list[int]:
    """Spans of which four at least fit into the frames."""
    return [span for span in spans if 4 * span <= levels.shape[1]]
