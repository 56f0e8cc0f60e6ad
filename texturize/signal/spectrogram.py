"""Short-time Fourier transform, its inverse, and compression; plain or circular in time.

Arrays are channels by frames by bins: time runs along the second to last axis, so that a matrix product along bins
is a row-major one.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from texturize.config import SpectrogramConfig
from texturize.signal.framing import overlapping_frames, sum_frames
from texturize.signal.tapers import periodic_hann


class Stft(NamedTuple):
    """Settings of a short-time Fourier transform; hashable, so static under ``jit``.

    Frame ``t`` is centred at sample ``t * hop_length``. Plain: the signal stands between zeros, as librosa's
    ``center=True, pad_mode="constant"``. Circular: the end continues into the start, and the length must be a
    multiple of ``hop_length``. Not centred: frame ``t`` starts at sample ``t * hop_length``, and what is behind the
    last whole frame is not looked at.
    """

    n_fft: int
    hop_length: int
    window: str | tuple[Any, ...] = "hann"
    """As SciPy's ``get_window`` takes it, or its values."""
    circular: bool = False
    win_length: int | None = None
    """Samples of the window, which stands between zeros; None for all of a frame."""
    centered: bool = True

    @property
    def lead(self) -> int:
        """Samples of the first frame that come before the signal."""
        return self.n_fft // 2 if self.centered else 0

    @property
    def bins(self) -> int:
        """Frequency bins of a frame."""
        return self.n_fft // 2 + 1

    @property
    def blocks_per_frame(self) -> int:
        """Blocks of a hop that a frame lies in."""
        return math.ceil(self.n_fft / self.hop_length)

    def frames(self, n: int) -> int:
        """Frames of a signal of ``n`` samples."""
        if not self.centered:
            return max(0, 1 + (n - self.n_fft) // self.hop_length)
        return n // self.hop_length + (0 if self.circular else 1)


def resolve(config: SpectrogramConfig, sr: int, circular: bool = False) -> Stft:
    """Settings in samples for a sample rate ``sr`` in Hz: an even window with a fast transform, and its hop."""
    n_fft = config.n_fft
    if n_fft is None:
        # 4, 5, 6 or 7 times a power of two: windows an octave apart then have hops with a small common multiple.
        samples = max(16.0, config.window_ms * sr / 1000)
        octave = math.floor(math.log2(samples)) - 2
        n_fft = round(samples / 2**octave) * 2**octave
    hop_length = config.hop_length or max(1, round(n_fft * config.hop_ratio))
    return Stft(n_fft, hop_length, config.window, circular)


def window_of(settings: Stft) -> np.ndarray:
    """Periodic window, (n_fft,) float64."""
    length = settings.win_length or settings.n_fft
    if settings.window == "hann":
        window = periodic_hann(length)
    elif isinstance(settings.window, str) or isinstance(settings.window[0], str):
        import scipy.signal  # noqa: PLC0415  (takes a second, and the usual window does without)

        window = np.asarray(scipy.signal.get_window(settings.window, length, fftbins=True))
    else:
        window = np.asarray(settings.window)
    before = (settings.n_fft - length) // 2
    return np.pad(window, (before, settings.n_fft - length - before))


def stft(y: jax.Array, settings: Stft) -> jax.Array:
    """Short-time Fourier transform.

    Parameters
    ----------
    y : (..., n)
        Real signal.
    settings : Stft

    Returns
    -------
    (..., frames, n_fft // 2 + 1) complex.
    """
    return transform_of_blocks(blocks_of(y, settings), settings)


def blocks_of(y: jax.Array, settings: Stft) -> jax.Array:
    """Signal (..., n) in blocks of a hop, padded to whole frames: (..., frames + blocks of a frame - 1, hop)."""
    hop, lead = settings.hop_length, settings.lead
    blocks_per_frame = settings.blocks_per_frame
    total = settings.frames(y.shape[-1]) + blocks_per_frame - 1
    if settings.circular:
        if y.shape[-1] % hop:
            raise ValueError(f"a circular transform needs a multiple of hop_length={hop} samples, not {y.shape[-1]}")
        y = jnp.roll(y, lead, axis=-1)
        repeats = math.ceil(max(0, (blocks_per_frame - 1) * hop) / y.shape[-1])
        y = jnp.concatenate([y] * (1 + repeats), axis=-1)
    else:
        y = jnp.pad(y, [(0, 0)] * (y.ndim - 1) + [(lead, blocks_per_frame * hop + lead)])
    return y[..., : total * hop].reshape(*y.shape[:-1], total, hop)


def transform_of_blocks(blocks: jax.Array, settings: Stft) -> jax.Array:
    """Transforms of all frames in some blocks: (..., frames, n_fft // 2 + 1) complex."""
    window = jnp.asarray(window_of(settings), blocks.dtype)
    frames = overlapping_frames(blocks, settings.blocks_per_frame)[..., : settings.n_fft]
    return jnp.fft.rfft(frames * window, axis=-1)


def _overlap_add(framed: jax.Array, n: int, settings: Stft) -> jax.Array:
    """Sum frames (..., frames, whole blocks) at their places, (..., n): the transpose of framing."""
    lead, per_frame = settings.lead, settings.blocks_per_frame
    others = [(0, 0)] * (framed.ndim - 2)
    direct = settings.circular and framed.shape[-2] >= per_frame
    y = sum_frames(framed, per_frame, direct).reshape(*framed.shape[:-2], -1)
    if settings.circular:
        if not direct:  # a frame goes round more than once
            y = jnp.pad(y, [*others, (0, -y.shape[-1] % n)]).reshape(*framed.shape[:-2], -1, n).sum(axis=-2)
        return jnp.roll(y, -lead, axis=-1)
    short = lead + n - y.shape[-1]
    if short > 0:  # the last samples lie behind every frame's end
        y = jnp.pad(y, [*others, (0, short)])
    return y[..., lead : lead + n]


def window_square_sum(n: int, settings: Stft) -> np.ndarray:
    """Sum of the squared windows at each sample, (n,) float64."""
    hop = settings.hop_length
    squares = window_of(settings) ** 2
    total = np.zeros(n)
    offsets = np.arange(settings.n_fft) - settings.lead
    for t in range(settings.frames(n)):
        at = t * hop + offsets
        if settings.circular:
            np.add.at(total, at % n, squares)
        else:
            inside = (at >= 0) & (at < n)
            total[at[inside]] += squares[inside]
    return total


def istft(S: jax.Array, n: int, settings: Stft) -> jax.Array:
    """Signal of ``n`` samples whose transform is nearest to ``S`` in least squares (Griffin & Lim 1984, eq. 6).

    Parameters
    ----------
    S : (..., frames, bins) complex
    n : int
        Samples of the result.
    settings : Stft

    Returns
    -------
    (..., n) real.
    """
    return _overlap_add(_framed(S, settings), n, settings) * _inverse(n, settings, S.real.dtype)


def sums_of_frames(S: jax.Array, settings: Stft) -> jax.Array:
    """Windowed inverse transforms summed at their places, in blocks of a hop.

    Parameters
    ----------
    S : (..., frames, bins) complex
        The frames stand alone: none goes round, also where the transform is circular.
    settings : Stft

    Returns
    -------
    (..., frames + blocks of a frame - 1, hop) real
        Times :func:`inverse_in_blocks`, the nearest signal in blocks, as :func:`blocks_of` gives them; in a circular
        transform but for the first and last blocks, which lack the frames beyond the ends.
    """
    return sum_frames(_framed(S, settings), settings.blocks_per_frame)


def inverse_in_blocks(n: int, settings: Stft, dtype: jax.typing.DTypeLike) -> jax.Array:
    """What sums of the windowed frames of ``n`` samples are multiplied by, as :func:`blocks_of` gives it."""
    return blocks_of(_inverse(n, settings, dtype), settings)


def _framed(S: jax.Array, settings: Stft) -> jax.Array:
    """Windowed inverse transforms, padded to whole blocks: (..., frames, blocks of a frame * hop)."""
    framed = jnp.fft.irfft(S, settings.n_fft, axis=-1)
    framed = framed * jnp.asarray(window_of(settings), framed.dtype)
    return jnp.pad(framed, [(0, 0)] * (framed.ndim - 1) + [(0, -settings.n_fft % settings.hop_length)])


def _inverse(n: int, settings: Stft, dtype: jax.typing.DTypeLike) -> jax.Array:
    """What a sum of windowed frames is multiplied by, (n,)."""
    norm = window_square_sum(n, settings)
    # Where frames start with the signal, its ends are in the windows' ends alone, which tell little of them.
    least = 1e-8 if settings.centered else 1e-3
    return jnp.asarray(1.0 / np.maximum(norm, least * norm.max()), dtype)


def magnitude(S: jax.Array) -> jax.Array:
    """Modulus with a finite gradient at zero."""
    tiny = jnp.finfo(S.real.dtype).tiny
    return jnp.sqrt(S.real**2 + S.imag**2 + tiny)
