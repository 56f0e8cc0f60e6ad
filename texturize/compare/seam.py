"""Seam: how large the jump at a joint of sounds is, against the same measures at a hundred places inside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from texturize.compare.cochleagram import Array
from texturize.compare.excerpts import as_channels
from texturize.compare.joint_measures import (
    PREDICTOR,
    SPECTRUM_SECONDS,
    Places,
    autocovariance,
    in_units_of_the_usual,
    level,
    prediction_error,
    predictor,
    spectrum_difference,
)
from texturize.errors import AudioError

PLACES = 100
ENDS = 0.1  # share of the sound at either end that counts as no inside: a fade there belongs to the seam
LEVEL_SECONDS = 0.05
SHORTEST_SECONDS = 0.25
TOLERANCE = 1.1  # times the most inside: of a sound without a seam, one place in a hundred is the largest

Measure = Callable[[Array, Places], Array]  # of a sound (channels, n) at sample numbers


@dataclass(frozen=True)
class Jump:
    """One measure at the joint, and at the places inside.

    Attributes
    ----------
    value : float
        At the joint.
    median, percentile_95, most : float
        Of the places inside.
    rank : float
        Share of the places inside where it is smaller, 0 to 1.
    limit : float
        A tenth above the most inside, or what is just heard if that is more.
    inside : bool
        Whether the value is within the limit.
    """

    value: float
    median: float
    percentile_95: float
    most: float
    rank: float
    limit: float
    inside: bool


@dataclass(frozen=True)
class Seam:
    """Jumps at a joint.

    Attributes
    ----------
    level : Jump
        Decibels between the 50 ms before and the 50 ms after.
    gap : Jump
        Decibels that the 50 ms around it lie below the median level inside.
    spectrum : Jump
        Root mean square over bands of the difference between the 100 ms before and after, each band's in units of
        what is usual inside.
    samples : Jump
        Largest error of linear prediction within 1 ms, in units of the error's level around it: a click.

    Notes
    -----
    Of a hundred sounds that go on without a seam three are still found to have one: by chance it stands out from the
    places inside, as any place might. What the sound hides is not found: a click in white noise below 5 times its
    level, a step in level of wind that is no larger than its gusts.
    """

    level: Jump
    gap: Jump
    spectrum: Jump
    samples: Jump

    @property
    def jumps(self) -> dict[str, Jump]:
        """The four by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def outside(self) -> tuple[str, ...]:
        """Names of the measures whose jump at the joint is larger than those inside."""
        return tuple(name for name, jump in self.jumps.items() if not jump.inside)

    @property
    def inside(self) -> bool:
        """Whether no jump is larger than those inside."""
        return not self.outside

    @property
    def largest(self) -> float:
        """The largest jump in units of its limit: 1 at most where all are inside."""
        return max(jump.value / jump.limit for jump in self.jumps.values())


def seam(y: ArrayLike, sr: float) -> Seam | None:
    """Jump from a sound's end to its start, when it is played as a loop.

    Parameters
    ----------
    y : array_like (n,) or (channels, n)
        Sound. Of several channels the largest jump counts, at the seam as inside.
    sr : float
        Sample rate in Hz.

    Returns
    -------
    Seam or None
        None for silence, which has no seam.

    Raises
    ------
    AudioError
        For a sound shorter than 0.25 s.
    """
    return join_seam(y, y, sr)


def join_seam(a: ArrayLike, b: ArrayLike, sr: float) -> Seam | None:
    """Jump from the end of one sound to the start of another, judged by the places inside both.

    Parameters
    ----------
    a, b : array_like (n,) or (channels, n)
        Sounds of as many channels.
    sr : float
        Sample rate of both in Hz.

    Returns
    -------
    Seam or None
        None where both are silent.

    Raises
    ------
    AudioError
        For a sound shorter than 0.25 s, or unlike channel counts.
    """
    first, second = as_channels(a, "sound"), as_channels(b, "sound")
    if first.shape[0] != second.shape[0]:
        what = f"{first.shape[0]} against {second.shape[0]} channels cannot be joined"
        raise AudioError(what, "give sounds with the same number of channels")
    shortest = min(first.shape[1], second.shape[1])
    if shortest < SHORTEST_SECONDS * sr:
        raise AudioError(
            f"the sound lasts {shortest / sr:.3g} s", f"give at least {SHORTEST_SECONDS} s to judge a seam"
        )
    sounds = [first] if a is b else [first, second]
    power = np.mean([np.mean(y**2, axis=1) for y in sounds], axis=0)
    if not power.any():
        return None
    context = round(SPECTRUM_SECONDS * sr) + PREDICTOR
    joint = np.concatenate([first[:, -context:], second[:, :context]], axis=1)
    places = [places_inside(y.shape[1], context) for y in sounds]

    def at_all(measure: Measure) -> tuple[Array, Array]:
        """At the joint (channels, ..., 1) and inside (channels, ..., places)."""
        inside = [measure(y, at) for y, at in zip(sounds, places, strict=True)]
        return measure(joint, np.array([context])), np.concatenate(inside, axis=-1)

    half = round(LEVEL_SECONDS * sr / 2)
    steps = at_all(lambda y, at: level(y, at, at + 2 * half, power) - level(y, at - 2 * half, at, power))
    around = at_all(lambda y, at: level(y, at - half, at + half, power))
    usual = np.median(around[1], axis=-1, keepdims=True)
    differences = at_all(lambda y, at: spectrum_difference(y, at, sr))
    predictors = [predictor(np.mean([autocovariance(y[i]) for y in sounds], axis=0)) for i in range(len(first))]
    return Seam(
        level=jump(np.abs(steps[0]), np.abs(steps[1]), least=0.5),
        gap=jump(np.maximum(usual - around[0], 0), np.maximum(usual - around[1], 0), least=0.5),
        spectrum=jump(*in_units_of_the_usual(*differences), least=1.0),
        samples=jump(*at_all(lambda y, at: prediction_error(y, at, sr, predictors)), least=1.0),
    )


def places_inside(n: int, context: int) -> Places:
    """Sample numbers (100,) spread evenly over a sound of ``n`` samples, without its ends."""
    margin = max(context, round(ENDS * n))
    return np.linspace(margin, n - margin, PLACES).astype(int)


def jump(at_joint: Array, inside: Array, least: float) -> Jump:
    """One measure of its values (channels, 1) and (channels, places); what is at most ``least`` is not heard."""
    value, values = float(at_joint.max()), inside.max(axis=0)
    most = float(values.max())
    limit = max(TOLERANCE * most, least)
    return Jump(
        value=value,
        median=float(np.median(values)),
        percentile_95=float(np.percentile(values, 95)),
        most=most,
        rank=float(np.mean(values < value)),
        limit=limit,
        inside=value <= limit,
    )
