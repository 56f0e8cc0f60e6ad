"""How much of a waveform is spliced out of the clip: pieces of it, laid against the clip at every shift.

Done at a low sample rate, as one matrix product of pieces by stretches of the clip. Wide-band sounds are left out:
their pieces have too many degrees of freedom to be like the clip by chance, and a texture of them is no closer than a
fresh excerpt. Those of a low, narrow band are closer by chance than another excerpt of a recording that changes.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from texturize.runtime.programs import Program
from texturize.signal.waveform import Waveform

PIECES = (0.05, 0.25)  # seconds
WITHIN = 0.98  # share of the energy that the low rate keeps
LOWEST_RATE, HIGHEST_RATE = 500, 2000  # Hz
SHARPNESS = 100.0  # of the smooth maximum over the shifts of squared correlations
CHUNK = 256  # pieces at a time, to bound the memory
QUIET = 1e-6  # of the mean energy: what is quieter has no shape


class Rates(NamedTuple):
    """Sample rates in Hz; static."""

    high: float  # of the signals
    low: int  # at which they are compared


class CopyTargets(NamedTuple):
    """What pieces of the result are laid against."""

    stretches: tuple[jax.Array, ...]  # per length of the pieces, see `stretches_of`
    fresh: jax.Array  # (len(PIECES),): what the clip's second half shows against its first


def low_rate(y: np.ndarray, sr: float, n: int) -> Rates | None:
    """The least rate, of those an octave apart, that keeps 98 % of a clip's energy.

    None if that is above 2 kHz, or if half the clip or the result of ``n`` samples is too short to be cut into pieces.
    """
    if min(y.shape[-1] // 2, n) < 2 * max(PIECES) * sr:
        return None
    power = np.sum(np.abs(np.fft.rfft(y)) ** 2, axis=0)
    inside = np.cumsum(power) / np.sum(power)
    top = 2 * sr * int(np.searchsorted(inside, WITHIN)) / y.shape[-1]
    rate = LOWEST_RATE
    while rate < min(top, sr):
        rate *= 2
    return Rates(sr, rate) if rate <= HIGHEST_RATE else None


def decimate(waveform: Waveform, rates: Rates) -> jax.Array:
    """Signal (channels, n) at the lower rate, by cutting its transform: (channels, about n low / high)."""
    n = waveform.samples.shape[-1]
    m = round(n * rates.low / rates.high)
    return jnp.fft.irfft(waveform.spectrum[..., : m // 2 + 1], m) * (m / n)


def stretches_of(clip: jax.Array, length: int) -> jax.Array:
    """All stretches of a clip (channels, m), each of norm 1: (channels, length, m - length + 1), a column a shift."""
    shifts = clip.shape[-1] - length + 1
    columns = clip[:, jnp.arange(length)[:, None] + jnp.arange(shifts)]
    energy = jnp.sum(columns**2, axis=1, keepdims=True)
    quiet = QUIET * length * jnp.mean(clip**2, axis=-1)[:, None, None]
    return columns / jnp.sqrt(energy + quiet + 1e-30)


def closeness(y: jax.Array, stretches: jax.Array) -> jax.Array:
    """Mean over pieces of the largest |normalized cross-correlation| with a clip, at any shift; a smooth maximum.

    Parameters
    ----------
    y : (channels, n)
        Signal, cut into pieces side by side, as long as the stretches.
    stretches : (channels, length, shifts)
        Of the clip, from `stretches_of`.

    Returns
    -------
    () : 1 for a splice of the clip.
    """
    return jnp.mean(jnp.stack([_closeness(a, b) for a, b in zip(y, stretches, strict=True)]))


def _closeness(y: jax.Array, stretches: jax.Array) -> jax.Array:
    length = stretches.shape[0]
    pieces = y[: y.shape[-1] // length * length].reshape(-1, length)
    pieces = pieces / jnp.sqrt(jnp.sum(pieces**2, axis=-1, keepdims=True) + QUIET * length * jnp.mean(y**2) + 1e-30)

    @jax.checkpoint
    def likeness(some: jax.Array) -> jax.Array:
        c = jnp.matmul(some, stretches)
        return jnp.sqrt(jax.nn.logsumexp(SHARPNESS * c**2, axis=-1) / SHARPNESS)

    return jnp.mean(jax.lax.map(likeness, pieces, batch_size=min(CHUNK, len(pieces))))


def lengths(rate: int) -> tuple[int, ...]:
    """Samples of the pieces."""
    return tuple(round(seconds * rate) for seconds in PIECES)


@partial(Program, static=("rates",), once=True)
def splice_targets(y: jax.Array, rates: Rates) -> CopyTargets:
    """The stretches of the clip (channels, n), and what a fresh excerpt of it shows."""
    low = decimate(Waveform.of(y), rates)
    half = low.shape[-1] // 2
    fresh = [closeness(low[:, half:], stretches_of(low[:, :half], length)) for length in lengths(rates.low)]
    return CopyTargets(tuple(stretches_of(low, length) for length in lengths(rates.low)), jnp.stack(fresh))


def splices(waveform: Waveform, targets: CopyTargets, rates: Rates, margin: float) -> jax.Array:
    """Square of how much closer pieces are to the clip than a fresh excerpt and a margin, in hundredths."""
    low = decimate(waveform, rates)
    found = jnp.stack([closeness(low, stretches) for stretches in targets.stretches])
    return jnp.sum(jax.nn.relu(100 * (found - targets.fresh - margin)) ** 2)
