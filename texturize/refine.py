"""The waveform stage: the signal itself is optimized through its spectrograms, in a preconditioned variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from texturize.config import RefineConfig
from texturize.losses import Targets, WaveformLoss, clip_frames, shape_noise
from texturize.optimize import Solution, minimize
from texturize.spectrogram import Stft, window_of

LEAST = 1e-5  # of the strongest bin


class Refined(NamedTuple):
    """A waveform and how it was found."""

    samples: jax.Array  # (channels, n)
    solution: Solution


def preconditioner(y: jax.Array, sr: int, n: int, window_ms: float) -> jax.Array:
    """Magnitude spectrum of a clip (channels, samples) on the bins of ``n`` samples: (channels, n // 2 + 1).

    Averaged over Hann windows of ``window_ms``, or of a quarter of the clip if it is shorter. White noise of variance
    1, multiplied by it, has the clip's mean spectrum. Bins 100 dB below the strongest count as that strong.
    """
    n_fft = 2 * max(8, min(round(window_ms * sr / 2000), y.shape[-1] // 8))
    settings = Stft(n_fft, n_fft // 4)
    power = jnp.mean(clip_frames(y, settings) ** 2, axis=1)
    H = np.sqrt(np.asarray(power, np.float64) / np.sum(window_of(settings) ** 2))
    at = np.linspace(0, H.shape[-1] - 1, n // 2 + 1)
    H = np.stack([np.interp(at, np.arange(H.shape[-1]), h) for h in H])
    return jnp.asarray(H + LEAST * H.max(axis=-1, keepdims=True), y.dtype)


def whiten(y: jax.Array, H: jax.Array) -> jax.Array:
    """The variable u of which ``y`` is the shaped signal: u = irfft(rfft(y) / H)."""
    return jnp.fft.irfft(jnp.fft.rfft(y) / H, y.shape[-1])


def refine(
    y: jax.Array,
    H: jax.Array,
    loss: WaveformLoss,
    targets: Targets,
    config: RefineConfig,
    progress: Callable[[int, int, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Refined:
    """Optimize a waveform from ``y`` (channels, n).

    The variable is u in y = irfft(rfft(u) H), H the clip's smoothed magnitude spectrum: steps then have the same
    relative size at all frequencies, and the loss falls ten times further in the same number of steps.
    """
    solution = minimize(loss, whiten(y, H), (targets, H), config, progress, stop)
    return Refined(shape_noise(solution.params, H), solution)
