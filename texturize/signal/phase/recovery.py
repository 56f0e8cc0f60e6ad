"""Phase recovery: the signal whose spectrogram has given magnitudes, by the methods of `projections`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from texturize.runtime.programs import Program
from texturize.signal.phase.frame_blocks import Strips, side_by_side, strips_of, workers_for
from texturize.signal.phase.projections import ON_SIGNALS, Bands, Iteration, Projections, State, iteration
from texturize.signal.spectrogram import Stft, blocks_of, inverse_in_blocks, istft, stft

Method = Literal["griffin_lim", "fast_griffin_lim", "accelerated", "admm", "raar", "difference_map", "raar_accelerated"]
Init = Literal["random", "zero", "pghi"]
R = TypeVar("R")
Watch = Callable[[int], bool]
"""Is told how many iterations are behind, and says whether that is enough."""
RELAXED_SHARE = 0.7
"""Share of the iterations that `raar_accelerated` gives to RAAR; the rest is `accelerated`."""
RELAXED_SHARE_OF_BANDS = 0.5
"""The same where sums over bands are given, which only the rest approaches."""
FEW_STEPS = 8
"""Steps between two times that the strips of a short transform are cut anew; of a long one more cost less."""


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


class Span(NamedTuple):
    """Steps from ``first`` to before ``last``, of ``all``."""

    first: jax.Array
    last: jax.Array
    all: jax.Array


class Part(NamedTuple):
    """What a strip is worked on with."""

    start: jax.Array
    """First frame of the strip."""
    target: jax.Array | Bands
    """Magnitudes (channels, frames, bins), or their sums over bands."""
    inverse: jax.Array
    """(frames + blocks of a frame - 1, hop) what sums of windowed frames are multiplied by."""
    known: jax.Array | None
    """(channels, frames + blocks of a frame - 1, hop) samples that are given."""
    momentum: jax.Array

    def iteration(self, name: str, settings: Stft) -> Iteration:
        """A method for the strip."""
        return iteration(name, self.projections(settings), self.momentum)

    def projections(self, settings: Stft) -> Projections:
        """The projections for the strip."""
        return Projections(self.target, self.inverse, settings, self.known)


class Known(NamedTuple):
    """Samples of the signal that are known before."""

    samples: jax.Array
    """(channels, n) anything where they are not."""
    given: jax.Array
    """(n,) whether they are."""


@partial(Program, static=("n", "settings", "strips"))
def _parts_of(
    target: jax.Array | Bands, momentum: jax.Array, known: Known | None, n: int, settings: Stft, strips: Strips
) -> list[Part]:
    inverse, samples = inverse_in_blocks(n, settings, momentum.dtype), None
    if known is not None:
        inverse = jnp.where(blocks_of(known.given, settings), 0.0, inverse)
        samples = blocks_of(jnp.where(known.given, known.samples, 0.0), settings)
    along = target.sums if isinstance(target, Bands) else target
    cut: list[tuple[jax.Array, jax.Array, jax.Array | None]] = strips.cut((along, inverse, samples))

    def part(start: int, own: jax.Array, inverse: jax.Array, samples: jax.Array | None) -> Part:
        mine = target._replace(sums=own) if isinstance(target, Bands) else own
        return Part(jnp.asarray(start), mine, inverse, samples, momentum)

    return [part(start, *arrays) for start, arrays in zip(strips.starts, cut, strict=True)]


# Each is a program of its own: in one with what follows it, XLA's CPU client runs the loop a third slower.


@partial(Program, static=("settings", "name", "strips"))
def _start(X: jax.Array, part: Part, settings: Stft, name: str, strips: Strips) -> State:
    """State of a strip from the whole transform."""
    return part.iteration(name, settings).start(strips.strip(X, part.start))


@partial(Program, static=("settings", "name", "strips"))
def _steps(states: list[State], part: Part, span: Span, settings: Stft, name: str, strips: Strips) -> State:
    """State of a strip some steps after those of all strips."""
    method = part.iteration(name, settings)

    def step(i: jax.Array, state: State) -> State:
        return method.step(state, (i / span.all).astype(part.momentum.dtype))

    return jax.lax.fori_loop(span.first, span.last, step, strips.strip(strips.join(states), part.start))


@partial(Program, static=("settings", "name"))
def _end(state: State, part: Part, settings: Stft, name: str) -> jax.Array:
    """Transform of a strip from its state."""
    return part.projections(settings).P_A(part.iteration(name, settings).phase_of(state))


@partial(Program, static=("strips",))
def _join(parts: list[jax.Array], strips: Strips) -> jax.Array:
    joined: jax.Array = strips.join(parts)
    return joined


class _Target:
    """Magnitudes, or sums over bands, that a transform is to have, in strips."""

    def __init__(
        self,
        target: jax.Array | Bands,
        n: int,
        settings: Stft,
        momentum: float | jax.Array,
        known: Known | None = None,
    ) -> None:
        along = target.sums if isinstance(target, Bands) else target
        self.settings, momentum = settings, jnp.asarray(momentum, along.dtype)
        frames, reach = along.shape[-2], max(settings.blocks_per_frame - 1, 1)
        workers = workers_for(along, momentum)
        steps = frames // (workers * reach)  # until a strip would be as much margin as frames of its own
        self.at_once = min(max(FEW_STEPS, steps // 25), max(steps // 4, 1))
        self.strips = strips_of(frames, settings.circular, self.at_once * reach, workers)
        self.parts = _parts_of(target, momentum, known, n, settings, self.strips)

    def each(self, program: Program[..., R], given: Sequence[Any], *more: Any) -> list[R]:
        """What a program makes of what is given for each strip."""
        program = program.alone if len(self.parts) > 1 else program
        pairs = zip(given, self.parts, strict=True)
        return side_by_side([program.bind(x, part, *more) for x, part in pairs])

    def approached(self, X: jax.Array, name: str, count: int, watch: Watch | None = None) -> jax.Array:
        """The transform X after ``count`` iterations of a method, or as many as ``watch`` lets it have."""
        how, every = (self.settings, name, self.strips), len(self.parts)
        last = count - (name in ON_SIGNALS)
        at_once = max(last, 1) if self.strips.one_piece and watch is None else self.at_once
        before: list[State] = []
        states = self.each(_start, [X] * every, *how)
        for first in range(0, last, at_once):
            jax.block_until_ready(before)  # what is on its way takes memory already
            span = Span(*(jnp.asarray(i) for i in (first, min(first + at_once, last), count)))
            before, states = states, self.each(_steps, [states] * every, span, *how)
            if watch is not None and watch(int(span.last)):
                break
        return _join(self.each(_end, states, self.settings, name), self.strips)


class _Given(NamedTuple):
    """What is asked for, in units of the loudest magnitude, and the transform to start from."""

    magnitudes: jax.Array
    start: jax.Array
    known: Known | None
    bands: Bands | None
    scale: jax.Array
    """(channels, 1, 1)"""


@Program
def _given(magnitudes: jax.Array, phase: jax.Array, known: Known | None, bands: Bands | None) -> _Given:
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
    bands: Bands | None = None,
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
    bands : Bands, optional
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
            target = _Target(wanted, n, settings, momentum, given.known)
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
