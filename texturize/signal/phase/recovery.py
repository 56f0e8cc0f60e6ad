"""Phase recovery: the signal whose spectrogram has given magnitudes, by the methods of `projections`."""

from __future__ import annotations

import math
from functools import partial
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from texturize.runtime.programs import Program
from texturize.signal.phase.blockwise import BlockwiseTarget, Known, Watch
from texturize.signal.phase.projections import ON_SIGNALS, BandSums
from texturize.signal.spectrogram import Stft, istft, stft

Method = Literal["griffin_lim", "fast_griffin_lim", "accelerated", "admm", "raar", "difference_map", "raar_accelerated"]
Init = Literal["random", "zero", "pghi"]
RELAXED_SHARE = 0.7
"""Share of the iterations that `raar_accelerated` gives to RAAR; the rest is `accelerated`."""
RELAXED_SHARE_OF_BANDS = 0.5
"""The same where sums over bands are given, which only the rest approaches."""


class Recovery(NamedTuple):
    """A recovered signal and how well it fits."""

    samples: jax.Array
    """(channels, n) the signal."""
    spectral_convergence: jax.Array
    """(channels,) ``|| |STFT(samples)| - M ||_F / ||M||_F``; 0 for silence."""


def _parts(method: Method, iterations: int, of_bands: bool) -> list[tuple[str, int]]:
    """What is run one after another, each with its number of iterations."""
    if method == "raar_accelerated":
        relaxed = math.ceil((RELAXED_SHARE_OF_BANDS if of_bands else RELAXED_SHARE) * iterations)
        return [("relaxed", relaxed), ("accelerated", iterations - relaxed)]
    return [(method, iterations)]


class _Given(NamedTuple):
    """What is asked for, in units of the loudest magnitude, and the transform to start from."""

    magnitudes: jax.Array
    start: jax.Array
    known: Known | None
    bands: BandSums | None
    scale: jax.Array
    """(channels, 1, 1)"""


@Program
def _given(magnitudes: jax.Array, phase: jax.Array, known: Known | None, bands: BandSums | None) -> _Given:
    scale = jnp.maximum(magnitudes.max(axis=(-2, -1), keepdims=True), np.finfo(magnitudes.dtype).tiny)
    if known is not None:
        scale = jnp.maximum(scale, jnp.abs(known.samples).max(axis=-1)[:, None, None])
        known = known._replace(samples=known.samples / scale[..., 0])
    if bands is not None:
        bands = bands._replace(sums=bands.sums / scale**bands.power)
    M = magnitudes / scale
    return _Given(M, jax.lax.complex(M * jnp.cos(phase), M * jnp.sin(phase)), known, bands, scale)


@partial(Program, static=("n", "settings"))
def _recovered(X: jax.Array, given: _Given, n: int, settings: Stft) -> Recovery:
    M, known = given.magnitudes, given.known
    y = istft(X, n, settings)
    if known is not None:
        y = jnp.where(known.given, known.samples, y)
    error = jnp.linalg.norm(jnp.abs(stft(y, settings)) - M, axis=(-2, -1))
    norm = jnp.linalg.norm(M, axis=(-2, -1))
    return Recovery(y * given.scale[..., 0], error / jnp.maximum(norm, np.finfo(norm.dtype).tiny))


def recover(
    magnitudes: jax.Array,
    n: int,
    settings: Stft,
    *,
    method: Method = "raar_accelerated",
    iterations: int = 100,
    momentum: float = 0.99,
    init: Init = "pghi",
    key: jax.Array | None = None,
    seed: int = 0,
    phase: jax.Array | np.ndarray | None = None,
    known: Known | None = None,
    bands: BandSums | None = None,
    watch: Watch | None = None,
) -> Recovery:
    """Find a signal with given spectrogram magnitudes.

    Parameters
    ----------
    magnitudes : (channels, frames, bins)
        Non-negative magnitudes; they need not belong to any signal.
    n : int
        Samples of the result.
    settings : Stft
        Of the transform the magnitudes belong to.
    method : str
        One of `Method`.
    iterations : int
        Each is one transform and one inverse (`difference_map`: two of each); 0 keeps the initial phase. As
        librosa counts them. They and the momentum can differ from call to call without a new compilation.
    momentum : float
        Of the accelerated methods and their part of the combined one.
    init : {"random", "zero", "pghi"}
        Phase to start from; without effect where `phase` is given. "pghi" (see `gradient`) is computed
        on the host, so not under ``jit``.
    key : jax.Array, optional
        Key of the random phase; `jax.random.key(0)` if left out.
    seed : int
        Of the phases that "pghi" leaves to chance.
    phase : (channels, frames, bins), optional
        Phase in radians to start from.
    known : Known, optional
        Samples that the signal is to have.
    bands : BandSums, optional
        Sums over bands that the signal's magnitudes are to have: `magnitudes` are a first guess then. Methods whose
        state is a signal approach these sums; others the guess.
    watch : callable, optional
        Is told now and then how many iterations are behind, and says whether that is enough.

    Returns
    -------
    Recovery
        The signal (channels, n) and its spectral convergence (channels,).
    """
    magnitudes = jnp.asarray(magnitudes)
    if magnitudes.shape[-2:] != (settings.frames(n), settings.bins):
        raise ValueError(
            f"magnitudes of {magnitudes.shape[-2:]} frames and bins do not belong to {n} samples, "
            f"which have {(settings.frames(n), settings.bins)}"
        )
    if known is not None:
        known = Known(jnp.asarray(known.samples, magnitudes.dtype), jnp.asarray(known.given))
    if phase is None:
        phase = initial_phase(magnitudes, settings, init, jax.random.key(0) if key is None else key, seed, known)
    given = _given(magnitudes, jnp.asarray(phase, magnitudes.dtype), known, bands)
    X, done, enough = given.start, 0, False

    def see(count: int) -> bool:
        nonlocal enough
        assert watch is not None
        enough = watch(done + count)
        return enough

    for name, count in _parts(method, iterations, bands is not None):
        if count and not enough:
            wanted = given.bands if given.bands is not None and name in ON_SIGNALS else given.magnitudes
            target = BlockwiseTarget(wanted, n, settings, momentum, given.known)
            X = target.approached(X, name, count, None if watch is None else see)
            done += count
    found: Recovery = _recovered(X, given, n, settings)
    return found


def initial_phase(
    magnitudes: jax.Array, settings: Stft, init: Init, key: jax.Array, seed: int = 0, known: Known | None = None
) -> jax.Array:
    """Phase in radians to start from, of the shape of `magnitudes`: that of the first frames, where they are known."""
    first = None if known is None else _known_phase(known, settings)
    if init == "pghi":
        # Imported here because numba is slow to load, and nothing else of this module needs it.
        from texturize.signal.phase.gradient import heap_integration  # noqa: PLC0415

        return jnp.asarray(heap_integration(np.asarray(magnitudes), settings, seed=seed, known=first), magnitudes.dtype)
    if init == "zero":
        phase = jnp.zeros_like(magnitudes)
    else:
        phase = jax.random.uniform(key, magnitudes.shape, magnitudes.dtype, -jnp.pi, jnp.pi)
    return phase if first is None else phase.at[:, : first.shape[1]].set(first.astype(phase.dtype))


def _known_phase(known: Known, settings: Stft) -> np.ndarray | None:
    """Phase (channels, first frames, bins) of the frames that are known whole; None where there are none."""
    given = np.asarray(known.given)
    samples = len(given) if given.all() else int(np.argmin(given))
    frames = 1 + (samples + settings.lead - settings.n_fft) // settings.hop_length
    if frames <= 0:
        return None
    return np.asarray(np.angle(np.asarray(stft(known.samples[:, :samples], settings)))[:, :frames])
