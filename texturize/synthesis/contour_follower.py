"""What the course of one sound asks of a texture made from another: when it swells, and what gain does the rest.

A texture swells of its own accord. It is made to do so when the content does, but no more than it does anyway: that
takes nothing from its statistics. What the content's course has beyond that, by a weight, is done by gains in the bands
afterwards. So ``result = gain(t) * texture``, and the texture is whole.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.losses.level_contour import RATE, ContourTargets, coarse_bands, course_level, slow_power, slow_response

Courses = npt.NDArray[np.float64]


class ContourFollower(NamedTuple):
    """A content's course, for a result of its length at the working rate; levels in dB, (1 + BANDS, frames)."""

    rate: float  # of the result
    timing: Courses  # of the texture: as deep as its own swells are
    gain: Courses  # (BANDS, frames)
    power: npt.NDArray[np.float64]  # (1 + BANDS, 1): mean, of the texture

    def targets(self, start: int, n: int) -> ContourTargets:
        """Course of the ``n`` samples from ``start`` on."""
        smoothing = slow_response(n, self.rate)
        frames = 2 * (len(smoothing) - 1)
        level = _at(self.timing, (start + np.arange(frames) * n / frames) / self.rate)
        level -= level.mean(axis=-1, keepdims=True)
        arrays = (coarse_bands(n, self.rate), smoothing, self.power, level)
        return ContourTargets(*(jnp.asarray(x, jnp.float32) for x in arrays))

    def shape(self, y: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A texture (channels, n) with the gains; it may be shorter than the content."""
        n = y.shape[-1]
        spectrum, times = np.fft.rfft(y), np.arange(n) / self.rate
        result = np.zeros_like(y)
        # Squares of the bands add up to 1, so they are what takes a signal apart.
        for band, level in zip(coarse_bands(n, self.rate) ** 2, self.gain, strict=True):
            gain = 10 ** (_at(level[None], times)[0] / 20)
            result += (np.fft.irfft(spectrum * band, n) * gain).astype(np.float32)
        return result


def contour_follower(
    content: npt.NDArray[np.float32], style: npt.NDArray[np.float32], rate: float, weight: float
) -> ContourFollower:
    """Follower of a content (channels, n) for textures of a style (channels, samples).

    ``weight`` is the share of the content's course, in dB, that the result has; where the style swells more than that
    of its own accord, it goes on to do so, but in time.
    """
    _, course = _course(content, rate)
    own_power, own = _course(style, rate)
    slowest = 1.5 * rate / style.shape[-1]  # as of the statistics of envelopes: what is slower is drift
    drift, swell = _split(course, slowest)
    _, own_swell = _split(own, slowest)
    depth = np.minimum(1, _deviation(own_swell) / np.maximum(_deviation(swell), 1e-6))
    share = own_power[1:] / own_power[0]
    timing = _consistent(depth * swell, share)
    gain = _consistent(weight * drift + np.maximum(0, weight - depth) * swell, share)
    return ContourFollower(rate, timing, gain[1:], own_power)


def _course(y: npt.NDArray[np.float32], rate: float) -> tuple[Courses, Courses]:
    """Mean power (1 + BANDS, 1) and course (1 + BANDS, frames) of a sound (channels, n)."""
    n = y.shape[-1]
    bands, smoothing = (jnp.asarray(x, jnp.float32) for x in (coarse_bands(n, rate), slow_response(n, rate)))
    power = slow_power(jnp.asarray(y), bands, smoothing)
    mean = jnp.maximum(jnp.mean(power, axis=-1, keepdims=True), 1e-9 * jnp.mean(power[0]))
    return np.asarray(mean, np.float64), np.asarray(course_level(power, mean), np.float64)


def _split(course: Courses, slowest: float) -> tuple[Courses, Courses]:
    """What is slower than ``slowest`` Hz, and the rest."""
    spectrum = np.fft.rfft(course)
    slow = np.arange(spectrum.shape[-1]) * RATE / course.shape[-1] <= slowest
    drift = np.fft.irfft(spectrum * slow, course.shape[-1])
    return drift, course - drift


def _deviation(course: Courses) -> Courses:
    return np.asarray(course.std(axis=-1, keepdims=True))


def _consistent(level: Courses, share: Courses) -> Courses:
    """Levels in bands moved together at each moment, so that the whole of a sound with these shares of power in them
    has the level it is to have: in the style, other bands are the loud ones.
    """
    whole = 10 * np.log10(np.sum(share * 10 ** (level[1:] / 10), axis=0) / np.sum(share))
    return np.concatenate([level[:1], level[1:] + level[0] - whole])


def _at(course: Courses, seconds: npt.NDArray[np.float64]) -> Courses:
    """Values of a circular course at times."""
    length = course.shape[-1]
    times = np.arange(length) / RATE
    return np.stack([np.interp(seconds, times, row, period=length / RATE) for row in course])
