"""Seam: how large the jump at a joint of sounds is, against the same measures at a hundred places inside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft, linalg, signal

from texturize.compare.cochleagram import Array, half_cosine_bands
from texturize.compare.excerpts import as_channels
from texturize.errors import AudioError

PLACES = 100
ENDS = 0.1  # share of the sound at either end that counts as no inside: a fade there belongs to the seam
LEVEL_SECONDS = 0.05
SPECTRUM_SECONDS = 0.1
CLICK_SECONDS = 0.001  # to either side of the joint
SURROUNDINGS_SECONDS = 0.02
SHORTEST_SECONDS = 0.25
PREDICTOR = 32  # samples a sample is predicted from
WHITE = 1e-9  # share of the power: keeps the predictor of a pure tone finite
INAUDIBLE = 1e-3  # of the local level, -60 dB: a click below it is not heard
SILENCE = 1e-6  # power, -60 dB of the sound's
TOLERANCE = 1.1  # times the most inside: of a sound without a seam, one place in a hundred is the largest
HIGHEST_HZ = 20_000.0

Places = NDArray[np.int_]
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


def level(y: Array, starts: Places, stops: Places, power: Array) -> Array:
    """Level (channels, places) in dB between samples, of sounds (channels, n) of mean powers (channels,)."""
    energy = np.cumsum(np.pad(y**2, ((0, 0), (1, 0))), axis=1)
    mean = np.maximum(energy[:, stops] - energy[:, starts], 0) / (stops - starts)
    return np.asarray(10 * np.log10(mean + SILENCE * power[:, None] + np.finfo(float).tiny))


def spectrum_difference(y: Array, places: Places, sr: float) -> Array:
    """Difference (channels, 30, places) in dB of the band levels after and before, 60 dB below the loudest at least."""
    n = round(SPECTRUM_SECONDS * sr)
    bands = half_cosine_bands(fft.rfftfreq(n, 1 / sr), highest=min(HIGHEST_HZ, sr / 2)) ** 2
    window = signal.get_window("hann", n)

    def powers(starts: Places) -> Array:
        pieces = y[:, starts[:, None] + np.arange(n)]
        return np.asarray(np.einsum("bf,cpf->cbp", bands, np.abs(fft.rfft(pieces * window)) ** 2))

    before, after = powers(places - n), powers(places)
    floor = SILENCE * np.maximum(before, after).max() + np.finfo(float).tiny
    return np.asarray(10 * np.log10((after + floor) / (before + floor)))


def in_units_of_the_usual(at_joint: Array, inside: Array) -> tuple[Array, Array]:
    """Root mean square over bands of differences, each divided by its root mean square inside, 1 dB at least."""
    usual = np.maximum(np.sqrt(np.mean(inside**2, axis=-1, keepdims=True)), 1.0)

    def rms(differences: Array) -> Array:
        return np.asarray(np.sqrt(np.mean((differences / usual) ** 2, axis=1)))

    return rms(at_joint), rms(inside)


def autocovariance(y: Array) -> Array:
    """Autocovariance of a sound (n,), lags 0 to 32."""
    Y = fft.rfft(y, fft.next_fast_len(y.size + PREDICTOR, real=True))
    return np.asarray(fft.irfft(np.abs(Y) ** 2)[: PREDICTOR + 1] / y.size)


def predictor(covariance: Array) -> Array:
    """Filter (33,) whose output is the error of predicting each sample from the 32 before it (Yule-Walker)."""
    column = covariance[:-1].copy()
    column[0] += WHITE * covariance[0] + np.finfo(float).tiny
    return np.append(1.0, -np.asarray(linalg.solve_toeplitz(column, covariance[1:])))


def prediction_error(y: Array, places: Places, sr: float, predictors: list[Array]) -> Array:
    """Largest error (channels, places) within 1 ms, in units of its level in the 20 ms before and after."""
    errors = np.stack([signal.lfilter(a, 1.0, channel) for a, channel in zip(predictors, y, strict=True)])
    near, far = max(round(CLICK_SECONDS * sr), 2), round(SURROUNDINGS_SECONDS * sr)
    offsets = np.arange(-far, far)
    click = np.abs(offsets + 0.5) < near
    around, heard = errors[:, places[:, None] + offsets], y[:, places[:, None] + offsets]
    surroundings = np.sqrt(np.mean(around[..., ~click] ** 2, axis=-1))
    audible = INAUDIBLE * np.sqrt(np.mean(heard**2, axis=-1))
    unit = surroundings + audible + INAUDIBLE * np.sqrt(np.mean(y**2, axis=1, keepdims=True))
    return np.asarray(np.abs(around[..., click]).max(-1) / (unit + np.finfo(float).tiny))
