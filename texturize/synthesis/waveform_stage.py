"""The waveform stage: the signal itself is optimized through its spectrograms, in a preconditioned variable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import numpy as np

from texturize.config import RefineConfig
from texturize.losses.total import Targets, WaveformLoss
from texturize.runtime.programs import Program
from texturize.signal.erb import erb_number
from texturize.signal.waveform import Waveform
from texturize.synthesis.metric import Metric
from texturize.synthesis.optimize import minimize
from texturize.synthesis.preconditioner import coordinates, shaped
from texturize.synthesis.segments import Fixed
from texturize.synthesis.solution import Solution, Watch

MEASURED_AFTER = (0, 5, 15, 40)
"""Steps after which curvature is measured: the noise it starts from is unlike what follows."""
GROUPS_PER_ERB = 8.0


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


def _metric(channels: int, n: int, sr: float) -> Metric:
    """Curvature is measured in bands of each channel of the variable: (channels, 1, n // 2 + 1)."""
    bands = np.floor(GROUPS_PER_ERB * erb_number(np.arange(n // 2 + 1) * sr / n)).astype(np.int64)
    return Metric(MEASURED_AFTER, bands + (bands[-1] + 1) * np.arange(channels)[:, None, None])


def refine(
    y: jax.Array,
    sr: float,
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
    """Optimize a waveform from ``y`` (channels, n) at ``sr`` Hz, but for what is ``fixed`` of it.

    The variable is u in y = irfft(H rfft(u)), in coordinates of its transform, and H the clip's smoothed cross-spectral
    factor: steps then have the same relative size at all frequencies and in all channels, and the loss falls ten times
    further in the same steps. With a ``gain`` (n,), y is that times the above: what is quiet between loud events then
    moves in steps of its own size.
    """
    n = y.shape[-1]
    u = _coordinates(y if gain is None else y / gain, H)
    args, metric = (targets, H, gain, fixed), _metric(len(y), n, sr)
    solution = minimize(ShapedLoss(loss, n), u, args, config, progress, stop, watch, metric)
    return Refined(signal_of(solution.params, H, gain, fixed, n), solution)
