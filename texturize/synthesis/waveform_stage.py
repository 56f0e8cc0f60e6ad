"""The waveform stage: the signal itself is optimized through its spectrograms, in a preconditioned variable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax

from texturize.config import RefineConfig
from texturize.losses.total import Targets, WaveformLoss
from texturize.runtime.programs import Program
from texturize.signal.waveform import Waveform
from texturize.synthesis.optimize import minimize
from texturize.synthesis.preconditioner import coordinates, shaped
from texturize.synthesis.segments import Fixed
from texturize.synthesis.solution import Solution, Watch


class Refined(NamedTuple):
    """A waveform and how it was found."""

    samples: jax.Array  # (channels, n)
    solution: Solution


@dataclass(frozen=True)
class ShapedLoss:
    """Loss of the signal y = irfft(H rfft(u)) of n samples, with its given part in place, in `coordinates` of u."""

    loss: WaveformLoss
    n: int

    def __call__(self, u: jax.Array, args: tuple[Targets, jax.Array, jax.Array | None, Fixed | None]) -> jax.Array:
        """Weighted sum of the terms."""
        targets, H, gain, fixed = args
        return self.loss(_waveform(u, H, gain, fixed, self.n), targets)


def _waveform(u: jax.Array, H: jax.Array, gain: jax.Array | None, fixed: Fixed | None, n: int) -> Waveform:
    waveform = shaped(u, H, n)
    if gain is not None:
        waveform = Waveform.of(gain * waveform.samples)
    return waveform if fixed is None else Waveform.of(fixed.within(waveform.samples))


@partial(Program, static=("n",))
def signal_of(u: jax.Array, H: jax.Array, gain: jax.Array | None, fixed: Fixed | None, n: int) -> jax.Array:
    """The signal (channels, n) that the variable ``u`` stands for, with its given part in place."""
    return _waveform(u, H, gain, fixed, n).samples


_coordinates = Program(coordinates)


def refine(
    y: jax.Array,
    H: jax.Array,
    loss: WaveformLoss,
    targets: Targets,
    config: RefineConfig,
    gain: jax.Array | None = None,
    fixed: Fixed | None = None,
    progress: Callable[[int, int, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
    watch: Watch | None = None,
) -> Refined:
    """Optimize a waveform from ``y`` (channels, n), but for what is ``fixed`` of it.

    The variable is u in y = irfft(H rfft(u)), in coordinates of its transform, and H the clip's smoothed cross-spectral
    factor: steps then have the same relative size at all frequencies and in all channels, and the loss falls ten times
    further in the same steps. With a ``gain`` (n,), y is that times the above: what is quiet between loud events then
    moves in steps of its own size.
    """
    n = y.shape[-1]
    u = _coordinates(y if gain is None else y / gain, H)
    solution = minimize(ShapedLoss(loss, n), u, (targets, H, gain, fixed), config, progress, stop, watch)
    return Refined(signal_of(solution.params, H, gain, fixed, n), solution)
