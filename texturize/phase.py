"""Phase recovery: the signal whose spectrogram has given magnitudes, by alternating projections.

Two projections are all that the methods need, in the notation of their papers:

- ``P_A``: onto the transforms with the given magnitudes, keeping the phase;
- ``P_C``: onto the consistent transforms, those of a signal: ``STFT(iSTFT(X))``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from texturize.programs import Program
from texturize.spectrogram import Stft, blocks_of, filtered, istft, stft, transform_of_blocks

Method = Literal["griffin_lim", "fast_griffin_lim", "accelerated", "admm", "raar", "difference_map", "raar_accelerated"]
Init = Literal["random", "zero", "pghi"]
State = Any
RELAXED_SHARE = 0.7
"""Share of the iterations that `raar_accelerated` gives to RAAR; the rest is `accelerated`."""
RELAXATION = (1.02, 0.95)
"""Beta of the first and the last of them. Share and betas were chosen by measurement (docs/phase.md)."""


class Recovery(NamedTuple):
    """A recovered signal and how well it fits."""

    samples: jax.Array
    """(channels, n) the signal."""
    spectral_convergence: jax.Array
    """(channels,) ``|| |STFT(samples)| - M ||_F / ||M||_F``; 0 for silence."""


class Projections(NamedTuple):
    """The two projections for one target; ``P_C`` is ``transform`` after ``invert``."""

    magnitudes: jax.Array
    n: int
    settings: Stft

    def invert(self, X: jax.Array) -> jax.Array:
        """Nearest signal, (channels, n)."""
        return istft(X, self.n, self.settings)

    def transform(self, y: jax.Array) -> jax.Array:
        """Transform of a signal, (channels, frames, bins) complex."""
        return stft(y, self.settings)

    def P_C(self, X: jax.Array) -> jax.Array:  # noqa: N802
        """Nearest consistent transform."""
        return self.transform(self.invert(X))

    def P_A(self, X: jax.Array) -> jax.Array:  # noqa: N802
        """Nearest transform with the target's magnitudes."""
        return _with_magnitudes(X, self.magnitudes)

    # The same on signals in blocks, as `blocks_of` gives them, which is faster.

    def invert_to_blocks(self, X: jax.Array) -> jax.Array:
        """Nearest signal in blocks."""
        return blocks_of(self.invert(X), self.settings)

    def transform_blocks(self, blocks: jax.Array) -> jax.Array:
        """Transform of a signal in blocks."""
        return transform_of_blocks(blocks, self.settings)

    def nearest(self, blocks: jax.Array) -> jax.Array:
        """``invert(P_A(transform(y)))``."""
        return filtered(blocks, lambda X, at: _with_magnitudes(X, self.magnitudes[..., at, :]), self.n, self.settings)


def _with_magnitudes(X: jax.Array, magnitudes: jax.Array) -> jax.Array:
    gain = magnitudes * jax.lax.rsqrt(X.real**2 + X.imag**2 + np.finfo(X.real.dtype).tiny)
    return jax.lax.complex(X.real * gain, X.imag * gain)  # not X * gain: XLA would make that complex first


class Iteration(NamedTuple):
    """A method: how it starts from a transform, its step, and the transform whose phase it stands for."""

    start: Callable[[jax.Array], State]
    step: Callable[[State, jax.Array], State]
    """From a state and the share of the iterations that lies behind, in [0, 1)."""
    phase_of: Callable[[State], jax.Array]
    spent: int = 0
    """Iterations whose work the start and `phase_of` do between them."""


def fast_griffin_lim(p: Projections, momentum: jax.Array | float) -> Iteration:
    """Perraudin, Balazs, Sondergaard 2013, algorithm 2; momentum 0 is Griffin & Lim 1984.

    ``t_n = P_C(P_A(c_n-1)), c_n = t_n + alpha (t_n - t_n-1)``. All iterates are consistent and the transform is
    linear, so the signals, in blocks, stand for them and the momentum costs nothing.
    """

    def step(state: State, _: jax.Array) -> State:
        c, previous = state
        t = p.nearest(c)
        return t + momentum * (t - previous), t

    return Iteration(lambda X: (p.invert_to_blocks(X),) * 2, step, lambda state: p.transform_blocks(state[0]), spent=1)


def accelerated(p: Projections, momentum: jax.Array | float) -> Iteration:
    """Nenov, Nguyen, Balazs, Bot 2023: ``t_n = (1 - gamma) d_n-1 + gamma P_C(P_A(c_n-1))``,
    ``c_n = t_n + alpha (t_n - t_n-1)``, ``d_n = t_n + beta (t_n - t_n-1)``; alpha is the momentum.

    Beta and gamma are what did well here at alpha = 0.99 and a few dozen iterations.
    """
    alpha, beta, gamma = momentum, 1.1, 1.25

    def step(state: State, _: jax.Array) -> State:
        c, d, previous = state
        t = (1 - gamma) * d + gamma * p.nearest(c)
        return t + alpha * (t - previous), t + beta * (t - previous), t

    return Iteration(lambda X: (p.invert_to_blocks(X),) * 3, step, lambda state: p.transform_blocks(state[0]), spent=1)


def admm(p: Projections, rho: float = 0.1) -> Iteration:
    """Masuyama, Yatabe, Oikawa 2019: ADMM, with ``rho`` the weight of consistency."""

    def step(state: State, _: jax.Array) -> State:
        _, z, u = state
        x = p.P_A(z - u)
        z = (rho * (x + u) + p.P_C(x + u)) / (1 + rho)
        return x, z, u + x - z

    return Iteration(lambda X: (X, X, jnp.zeros_like(X)), step, lambda state: state[0])


def raar(p: Projections, first_beta: float = 0.9, last_beta: float = 0.9) -> Iteration:
    """Relaxed averaged alternating reflections (Luke 2005; Peer, Welker, Gerkmann 2022).

    ``x = beta/2 (x + R_C(R_A(x))) + (1 - beta) P_A(x)`` with the reflections ``R = 2 P - 1``, which is
    ``beta (x - P_A(x) + P_C(R_A(x))) + (1 - beta) P_A(x)``; beta goes linearly from the first to the last.
    """

    def step(x: State, share: jax.Array) -> State:
        beta = first_beta + (last_beta - first_beta) * share
        a = p.P_A(x)
        return beta * (x - a + p.P_C(2 * a - x)) + (1 - beta) * a

    return Iteration(lambda X: X, step, lambda x: x)


def difference_map(p: Projections, beta: float = 0.9) -> Iteration:
    """Elser 2003; Peer, Welker, Gerkmann 2022: ``x = x + beta (P_C(f_A(x)) - P_A(f_C(x)))``.

    ``f_A(x) = P_A(x) - (P_A(x) - x) / beta`` and ``f_C(x) = P_C(x) + (P_C(x) - x) / beta``: two of ``P_C`` a step.
    """

    def step(x: State, _: jax.Array) -> State:
        a, c = p.P_A(x), p.P_C(x)
        return x + beta * (p.P_C(a + (a - x) / beta) - p.P_A(c - (c - x) / beta))

    return Iteration(lambda X: X, step, lambda x: x)


def _iteration(name: str, p: Projections, momentum: jax.Array) -> Iteration:
    """A method by name; "relaxed" is the first part of the combined one."""
    made: dict[str, Callable[[], Iteration]] = {
        "griffin_lim": lambda: fast_griffin_lim(p, 0.0),
        "fast_griffin_lim": lambda: fast_griffin_lim(p, momentum),
        "accelerated": lambda: accelerated(p, momentum),
        "admm": lambda: admm(p),
        "raar": lambda: raar(p),
        "relaxed": lambda: raar(p, *RELAXATION),
        "difference_map": lambda: difference_map(p),
    }
    return made[name]()


def _parts(method: Method, iterations: int) -> list[tuple[str, int]]:
    """What is run one after another, each with its number of iterations."""
    if method == "raar_accelerated":
        relaxed = math.ceil(RELAXED_SHARE * iterations)
        return [("relaxed", relaxed), ("accelerated", iterations - relaxed)]
    return [(method, iterations)]


# Start, loop and end are programs of their own: in one program with what follows it, XLA's CPU client runs the loop a
# third slower.


@partial(Program, static=("n", "settings", "name"))
def _start(X: jax.Array, M: jax.Array, momentum: jax.Array, n: int, settings: Stft, name: str) -> State:
    return _iteration(name, Projections(M, n, settings), momentum).start(X)


@partial(Program, static=("n", "settings", "name"))
def _loop(
    state: State, M: jax.Array, momentum: jax.Array, count: jax.Array, n: int, settings: Stft, name: str
) -> State:
    iteration = _iteration(name, Projections(M, n, settings), momentum)

    def step(i: jax.Array, state: State) -> State:
        return iteration.step(state, (i / count).astype(M.dtype))

    return jax.lax.fori_loop(0, count - iteration.spent, step, state)


@partial(Program, static=("n", "settings", "name"))
def _end(state: State, M: jax.Array, momentum: jax.Array, n: int, settings: Stft, name: str) -> jax.Array:
    p = Projections(M, n, settings)
    return p.P_A(_iteration(name, p, momentum).phase_of(state))


@Program
def _given(magnitudes: jax.Array, phase: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Magnitudes with a maximum of 1, their transform with a phase, and the scale (channels, 1, 1)."""
    scale = jnp.maximum(magnitudes.max(axis=(-2, -1), keepdims=True), np.finfo(magnitudes.dtype).tiny)
    M = magnitudes / scale
    return M, jax.lax.complex(M * jnp.cos(phase), M * jnp.sin(phase)), scale


@partial(Program, static=("n", "settings"))
def _recovered(X: jax.Array, M: jax.Array, scale: jax.Array, n: int, settings: Stft) -> Recovery:
    p = Projections(M, n, settings)
    y = p.invert(X)
    error = jnp.linalg.norm(jnp.abs(p.transform(y)) - M, axis=(-2, -1))
    norm = jnp.linalg.norm(M, axis=(-2, -1))
    return Recovery(y * scale[..., 0], error / jnp.maximum(norm, np.finfo(norm.dtype).tiny))


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
    phase: jax.Array | np.ndarray | None = None,
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
        Phase to start from; without effect where `phase` is given. "pghi" (`texturize.phase_gradient`) is computed
        on the host, so not under ``jit``.
    key : jax.Array, optional
        Key of the random phase; `jax.random.key(0)` if left out.
    phase : (channels, frames, bins), optional
        Phase in radians to start from.

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
    if phase is None:
        phase = initial_phase(magnitudes, settings, init, jax.random.key(0) if key is None else key)
    M, X, scale = _given(magnitudes, jnp.asarray(phase, magnitudes.dtype))
    alpha = jnp.asarray(momentum, magnitudes.dtype)
    for name, count in _parts(method, iterations):
        if count:
            state = _start(X, M, alpha, n, settings, name)
            state = _loop(state, M, alpha, jnp.asarray(count), n, settings, name)
            X = _end(state, M, alpha, n, settings, name)
    found: Recovery = _recovered(X, M, scale, n, settings)
    return found


def initial_phase(magnitudes: jax.Array, settings: Stft, init: Init, key: jax.Array) -> jax.Array:
    """Phase in radians to start from, of the shape of `magnitudes`."""
    if init == "zero":
        return jnp.zeros_like(magnitudes)
    if init == "pghi":
        # Imported here because numba is slow to load, and nothing else of this module needs it.
        from texturize.phase_gradient import heap_integration  # noqa: PLC0415

        return jnp.asarray(heap_integration(np.asarray(magnitudes), settings), magnitudes.dtype)
    return jax.random.uniform(key, magnitudes.shape, magnitudes.dtype, -jnp.pi, jnp.pi)
