"""How well each moment of a map recurs one period later: what tells a tick that is missing, and a rhythm that drifts.

An autocorrelation over the whole time hardly falls where one tick of ten is missing, and it is low where a train slows
down, as if its knocks came at random. Here the moments about each time are compared with those one period later, give
or take a tenth; how alike they are has a distribution over time. In a clock all moments recur; in a train too, each
with its own period.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

Map = npt.NDArray[np.float32]
Values = Any
"""An array: on the host, or traced."""

SHORTEST = 0.2  # seconds: what recurs sooner is seen by the filters
PART_OF_CLIP = 0.4  # longest period: beyond it an autocorrelation is a matter of chance
EVIDENT = 0.3  # autocorrelation
MOST = 3  # periods
TOLERANCE = 0.1  # of the period
SHARPNESS = 40.0  # of the smooth maximum over the lags
SHARES = np.array([0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98])
"""Of the time in which moments recur less than a threshold."""
SIDES = np.where(SHARES <= 0.5, -1.0, 1.0)


class Recurrence(NamedTuple):
    """How moments recur: by periods, the strongest first."""

    lags: Values  # (periods, lags) in frames, the last of a period's repeated
    thresholds: Values  # (periods, shares)
    excess: Values  # (periods, shares): mean of what is beyond each threshold, below the lower ones, above the others


def periods_of(levels: Map, rate: float) -> list[float]:
    """Times in seconds after which a clip's levels (groups, frames) recur evidently, the strongest first."""
    from scipy import signal  # noqa: PLC0415  (takes half a second, and few clips keep time)

    frames = levels.shape[-1]
    centred = levels - levels.mean(axis=-1, keepdims=True)
    last = int(PART_OF_CLIP * frames)
    A = np.fft.irfft(np.sum(np.abs(np.fft.rfft(centred, 2 * frames)) ** 2, axis=0))[: last + 1]
    A = A / (A[0] + 1e-9) * frames / (frames - np.arange(last + 1))
    peaks, found = signal.find_peaks(A, height=EVIDENT)
    periods: list[float] = []
    for peak in peaks[np.argsort(-found["peak_heights"], kind="stable")]:
        if peak >= SHORTEST * rate and all(abs(peak / rate - p) > TOLERANCE * p for p in periods):
            periods.append(float(peak / rate))
    return periods[:MOST]


def learn_recurrence(clip: Map, periods: Sequence[float], rate: float) -> Recurrence:
    """How the moments of a clip's standardized map (groups, frames) recur, at a rate in Hz."""
    if not periods:
        return Recurrence(np.zeros((0, 1), np.int32), *np.zeros((2, 0, len(SHARES))))
    frames = clip.shape[-1]
    each = [np.arange(round((1 - TOLERANCE) * p * rate), round((1 + TOLERANCE) * p * rate) + 1) for p in periods]
    most = max(len(lags) for lags in each)
    lags = np.array([np.pad(lags, (0, most - len(lags)), "edge") for lags in each], np.int32)
    likeness = np.asarray(moments_recur(clip, lags))
    # A clip does not go round: nine tenths of each window and of the one later lie within it.
    half = (lags[:, 0] + lags[:, -1]) // 4
    whole = [row[h : frames - last - h] for row, last, h in zip(likeness, lags[:, -1], half, strict=True)]
    thresholds = np.array([np.quantile(row, SHARES) for row in whole])
    excess = [np.maximum(SIDES * (row[:, None] - t), 0).mean(axis=0) for row, t in zip(whole, thresholds, strict=True)]
    return Recurrence(lags, thresholds, np.array(excess))


def fitting(recurrence: Recurrence, frames: int) -> Recurrence:
    """The same without the periods that a map of so few ``frames`` that goes round does not have twice."""
    kept = np.flatnonzero(2 * recurrence.lags[:, -1] <= frames)
    return Recurrence(*(values[kept] for values in recurrence))


def moments_recur(y: Values, lags: Values) -> jax.Array:
    """How alike maps (..., groups, frames) that go round are, about each time, to what is one of the lags later.

    1 where they are the same, 0 where they have nothing in common: (..., periods, frames), at the lag where it is the
    most, of each period's ``lags`` (periods, lags).
    """
    frames = y.shape[-1]
    lags = jnp.asarray(lags)
    # A raised cosine two periods wide, so that each moment of a period counts as much, wherever the window is.
    period = 0.5 * (lags[:, :1] + lags[:, -1:])
    apart = jnp.minimum(jnp.arange(frames), frames - jnp.arange(frames))
    window = jnp.where(apart < period, 1 + jnp.cos(jnp.pi * apart / period), 0) / (2 * period)
    W = jnp.fft.rfft(window).reshape(len(lags), *[1] * (y.ndim - 2), -1)

    def windowed(x: jax.Array, W: jax.Array) -> jax.Array:
        return jnp.fft.irfft(jnp.fft.rfft(x) * W, frames)

    def later(x: jax.Array, lag: jax.Array) -> jax.Array:
        return jax.lax.dynamic_slice_in_dim(jnp.concatenate([x, x], axis=-1), lag, frames, -1)

    def likeness(lags: jax.Array, W: jax.Array) -> jax.Array:
        energy = windowed(jnp.sum(y**2, axis=-2), W) + 1e-3
        common = windowed(jax.vmap(lambda lag: jnp.sum(y * later(y, lag), axis=-2))(lags), W)
        alike = common / (0.5 * (energy + jax.vmap(lambda lag: later(energy, lag))(lags)))
        return jax.nn.logsumexp(SHARPNESS * alike, axis=0) / SHARPNESS

    return jax.vmap(likeness, out_axes=-2)(lags, W)


def recurrence_term(y: Values, recurrence: Recurrence) -> jax.Array:
    """How far the distributions of standardized maps' (..., groups, frames) recurrence are from the clip's: (...)."""
    if not len(recurrence.lags):
        return jnp.zeros(y.shape[:-2], y.dtype)
    likeness = moments_recur(y, recurrence.lags)
    sides = jnp.asarray(SIDES, y.dtype)
    beyond = jnp.mean(jax.nn.relu(sides * (likeness[..., None] - recurrence.thresholds[:, None])), axis=-2)
    return jnp.mean((beyond - recurrence.excess) ** 2, axis=(-1, -2))
