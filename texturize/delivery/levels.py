"""How loud a sound is, and each of its channels; and what lies between the levels of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from texturize.signal.loudness import RELATIVE_GATE, loudness

Samples = npt.NDArray[np.float32]


class Levels(NamedTuple):
    """How loud a sound is, and each of its channels."""

    rms: npt.NDArray[np.float64]  # (channels, 1)
    loudness: float  # in LUFS


def levels_of(y: Samples, sr: int) -> Levels:
    """Levels of a sound (channels, n)."""
    return Levels(_rms(y), loudness(y, sr))


def mix_levels(levels: Sequence[Levels], shares: Sequence[float]) -> Levels:
    """Levels between those of several sounds, in decibels; channels that are silent stay so."""
    if len(levels) == 1:
        return levels[0]
    rms = np.exp(sum(w * np.log(np.maximum(one.rms, 1e-12)) for w, one in zip(shares, levels, strict=True)))
    return Levels(np.asarray(rms), sum(w * one.loudness for w, one in zip(shares, levels, strict=True)))


def mean_levels(levels: Sequence[Levels]) -> Levels:
    """Levels of sounds of one length put one after another; the loudness gated as that of one sound is."""
    if len(levels) == 1:
        return levels[0]
    power = np.array([10 ** (one.loudness / 10) for one in levels])
    kept = power > np.mean(power) * 10 ** (RELATIVE_GATE / 10)
    rms = np.sqrt(np.mean([one.rms**2 for one in levels], axis=0))
    return Levels(rms, float(10 * np.log10(np.mean(power[kept]))))


def match_channels(y: Samples, rms: npt.NDArray[np.float64]) -> Samples:
    """Give each channel of ``y`` (channels, n) a root mean square (channels, 1)."""
    return np.asarray(y * (rms / np.maximum(_rms(y), 1e-12)), np.float32)


def _rms(y: Samples) -> npt.NDArray[np.float64]:
    return np.asarray(np.sqrt(np.mean(np.square(y, dtype=np.float64), axis=-1, keepdims=True)))
