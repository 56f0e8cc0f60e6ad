"""What two sounds need before they can be compared: one rate, one channel count, excerpts of one length."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike
from scipy import signal

from texturize.compare.cochleagram import Array
from texturize.errors import AudioError

MOST_EXCERPTS = 8
SHORTEST_SECONDS = 0.25


@dataclass(frozen=True)
class Pair:
    """Two sounds made alike.

    ``reference`` and ``result`` are (channels, n) at ``sr`` Hz; ``notes`` says what was done to make them alike.
    """

    reference: Array
    result: Array
    sr: float
    notes: tuple[str, ...] = ()


def as_channels(y: ArrayLike, name: str) -> Array:
    """A sound as float64 (channels, n), checked: ``AudioError`` if it is empty, misshapen or not finite."""
    channels = np.atleast_2d(np.asarray(y, float))
    if channels.ndim != 2:
        raise AudioError(f"the {name} has shape {channels.shape}", "give (n,) or (channels, n)")
    if channels.size == 0:
        raise AudioError(f"the {name} holds no samples", "give a sound of at least half a second")
    if channels.shape[0] > channels.shape[1]:
        raise AudioError(
            f"the {name} has {channels.shape[0]} channels of {channels.shape[1]} samples",
            "give (channels, n), not (n, channels)",
        )
    if not np.isfinite(channels).all():
        raise AudioError(f"the {name} holds values that are not finite numbers", "repair or replace it")
    return channels


def resample(y: Array, sr: float, new_sr: float) -> Array:
    """The sound (..., n) at another rate, by a polyphase filter."""
    if sr == new_sr:
        return y
    ratio = Fraction(new_sr / sr).limit_denominator(10_000)
    return np.asarray(signal.resample_poly(y, ratio.numerator, ratio.denominator, axis=-1))


def check_rates(sr: float, result_sr: float) -> None:
    """Refuse rates of a reference and a result that are none."""
    for name, rate in (("reference", sr), ("result", result_sr)):
        if not rate >= 1000:
            raise AudioError(f"the {name}'s sample rate is {rate:g} Hz", "sounds are compared at 1000 Hz or more")


def alike(reference: ArrayLike, result: ArrayLike, sr: float, result_sr: float | None = None) -> Pair:
    """Bring two sounds to the lower of their rates and, where their channel counts differ, to one channel.

    Raises
    ------
    AudioError
        For a silent reference, or a sound too short to be judged.
    """
    ref, res = as_channels(reference, "reference"), as_channels(result, "result")
    result_sr = sr if result_sr is None else result_sr
    notes = []
    check_rates(sr, result_sr)
    for name, seconds, least in (
        ("reference", ref.shape[1] / sr, 2 * SHORTEST_SECONDS),
        ("result", res.shape[1] / result_sr, SHORTEST_SECONDS),
    ):
        if seconds < least:
            raise AudioError(f"the {name} lasts {seconds:.3g} s", f"at least {least:g} s are needed to compare")
    if not np.any(ref):
        raise AudioError("the reference is silent", "give one with sound in it")
    if ref.shape[0] != res.shape[0]:
        notes.append(f"{ref.shape[0]} against {res.shape[0]} channels: the means of the channels are compared")
        ref, res = ref.mean(0, keepdims=True), res.mean(0, keepdims=True)
    if sr != result_sr:
        lower = min(sr, result_sr)
        notes.append(f"{sr:g} against {result_sr:g} Hz: compared at {lower:g} Hz")
        ref, res, sr = resample(ref, sr, lower), resample(res, result_sr, lower), lower
    return Pair(ref, res, sr, tuple(notes))


def at_most(sounds: Pair, highest_sr: float) -> Pair:
    """The same two sounds at ``highest_sr`` Hz, or at their own rate if that is lower."""
    sr = min(sounds.sr, highest_sr)
    return Pair(resample(sounds.reference, sounds.sr, sr), resample(sounds.result, sounds.sr, sr), sr, sounds.notes)


def excerpt_length(reference: Array, result: Array) -> int:
    """Half the reference's length; the result's own if it is shorter than that."""
    return int(min(reference.shape[-1] // 2, result.shape[-1]))


def excerpts(y: Array, length: int) -> list[Array]:
    """As many excerpts (..., length) as fit side by side, eight at most, spread evenly."""
    n = y.shape[-1]
    count = min(n // length, MOST_EXCERPTS)
    return [y[..., start : start + length] for start in np.linspace(0, n - length, count).astype(int)]
