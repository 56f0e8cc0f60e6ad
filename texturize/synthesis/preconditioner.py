"""Signals shaped like a clip, y = irfft(H rfft(u)): noise to start from, and the variable the optimization moves.

That variable is ``u``, in coordinates of its transform: as long as u is, and one transform less for each way.

``H`` has, at each frequency, a lower triangular matrix of channels by channels: the Cholesky factor of the clip's
smoothed cross-spectra. White noise that is independent in all channels comes out with the clip's mean spectrum and
with the level, coherence and phase that the clip has between its channels.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.runtime.programs import Program
from texturize.signal.spectrogram import Stft, stft, window_of
from texturize.signal.waveform import Waveform

_transform = Program(stft, static=("settings",))
LEAST = 1e-5  # of the strongest bin of a channel
INDEPENDENT = 1e-6  # power of a channel that the others leave open, at the least
NEIGHBOURS = 5  # bins that coherence is averaged over: few frames alone make noise look coherent


class Spectrum(NamedTuple):
    """Mean spectrum of a clip, and what its channels have in common, on few bins."""

    amplitude: npt.NDArray[np.float64]  # (channels, bins)
    coherence: npt.NDArray[np.complex128]  # (bins, channels, channels), positive definite


def mean_spectrum(y: npt.NDArray[np.float32], sr: float, window_ms: float, shortest: int) -> Spectrum:
    """Spectrum of a clip (channels, samples).

    Averaged over Hann windows of ``window_ms``, or of a quarter of ``shortest`` samples if that is less. Bins 100 dB
    below a channel's strongest count as that strong.
    """
    n_fft = 2 * max(8, min(round(window_ms * sr / 2000), shortest // 8))
    settings = Stft(n_fft, n_fft // 4)
    X = np.asarray(_transform(jax.device_put(y), settings), np.complex128)
    margin = 2  # frames that hang over the ends
    X = X[:, margin : y.shape[-1] // settings.hop_length - margin + 1] / np.sqrt(np.sum(window_of(settings) ** 2))
    power = np.mean(np.abs(X) ** 2, axis=1)
    amplitude = np.sqrt(power)
    amplitude += LEAST * amplitude.max(axis=-1, keepdims=True)
    return Spectrum(amplitude, _coherence(X))


def spectral_factor(spectrum: Spectrum, n: int) -> jax.Array:
    """Factor H of a spectrum on the bins of ``n`` samples: (channels, channels, n // 2 + 1).

    Real for one channel, complex for more.
    """
    factor = np.moveaxis(np.linalg.cholesky(spectrum.coherence), 0, -1)
    H = spectrum.amplitude[:, None] * (factor.real if len(factor) == 1 else factor)
    at = np.linspace(0, H.shape[-1] - 1, n // 2 + 1)
    H = np.stack([[np.interp(at, np.arange(H.shape[-1]), h) for h in row] for row in H])
    on_device: jax.Array = jax.device_put(H.astype(np.complex64 if np.iscomplexobj(H) else np.float32))
    return on_device


def _coherence(X: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    """Complex coherence of transforms (channels, frames, bins), positive definite: (bins, channels, channels)."""
    cross = np.einsum("itf,jtf->fij", X, X.conj()) / X.shape[1]
    # Not a running sum: next to a loud tone its rounding errors are larger than what a quiet bin holds.
    beside = np.pad(cross, [(NEIGHBOURS // 2, NEIGHBOURS // 2), (0, 0), (0, 0)], "edge")
    cross = np.lib.stride_tricks.sliding_window_view(beside, NEIGHBOURS, axis=0).mean(axis=-1)
    own = np.sqrt(np.einsum("fii->fi", cross).real) + 1e-30
    eye = np.eye(len(X))
    coherence = cross / (own[:, :, None] * own[:, None, :]) * (1 - eye) + eye
    return np.asarray((coherence + INDEPENDENT * eye) / (1 + INDEPENDENT))


@partial(Program, static=("n",))
def shaped_noise(key: jax.Array, H: jax.Array, n: int) -> jax.Array:
    """Noise with the spectrum of a factor H (channels, channels, n // 2 + 1): (channels, n)."""
    return shape(jax.random.normal(jax.random.fold_in(key, 0), (len(H), n)), H)


def shape(u: jax.Array, H: jax.Array) -> jax.Array:
    """Signal y = irfft(H rfft(u)) of u (channels, n), H (channels, channels, n // 2 + 1)."""
    return jnp.fft.irfft(_product(H, jnp.fft.rfft(u)), u.shape[-1])


def shaped(u: jax.Array, H: jax.Array, n: int) -> Waveform:
    """The same of coordinates u (channels, 2, n // 2 + 1), with its transform, for ``n`` samples."""
    real, imaginary = _scales(n)
    Y = _product(H, jax.lax.complex(u[:, 0] * real, u[:, 1] * imaginary))
    Y = jax.lax.complex(Y.real, jnp.where(imaginary > 0, Y.imag, 0))
    return Waveform(jnp.fft.irfft(Y, n), Y)


def coordinates(y: jax.Array, H: jax.Array) -> jax.Array:
    """Coordinates (channels, 2, n // 2 + 1) of which ``y`` (channels, n) is the shaped signal.

    Real and imaginary part of each bin of the transform of u, scaled so that their squares add up to those of u.
    """
    real, imaginary = _scales(y.shape[-1])
    U = jnp.fft.rfft(whiten(y, H))
    return jnp.stack([U.real / real, jnp.where(imaginary > 0, U.imag / real, 0)], axis=1)


def _scales(n: int) -> tuple[jax.Array, jax.Array]:
    """Real and imaginary part of each bin of ``n`` samples over its coordinate; the latter is 0 at the ends."""
    k = jnp.arange(n // 2 + 1)
    inner = (k > 0) & (2 * k < n)
    return jnp.where(inner, np.sqrt(n / 2), np.sqrt(n)), jnp.where(inner, np.sqrt(n / 2), 0.0)


def _product(H: jax.Array, U: jax.Array) -> jax.Array:
    return H[0] * U if len(U) == 1 else jnp.asarray(sum(H[:, j] * U[j] for j in range(len(U))))


def whiten(y: jax.Array, H: jax.Array) -> jax.Array:
    """The variable u of which ``y`` (channels, n) is the shaped signal, by forward substitution."""
    Y = jnp.fft.rfft(y)
    U: list[jax.Array] = []
    for i in range(len(y)):
        rest = Y[i] - sum((H[i, j] * U[j] for j in range(i)), jnp.zeros_like(Y[i]))
        U.append(rest / H[i, i])
    return jnp.fft.irfft(jnp.stack(U), y.shape[-1])
