"""Methods of phase recovery: alternating projections, each as a step that is repeated.

Two projections are all that they need, in the notation of their papers:

- ``P_A``: onto the transforms with the given magnitudes, keeping the phase;
- ``P_C``: onto the consistent transforms, those of a signal: ``STFT(iSTFT(X))``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from texturize.signal.spectrogram import Stft, sums_of_frames, transform_of_blocks

State = Any
"""Arrays that follow frames or blocks along their second to last axis, in a pytree."""


class Relaxation(NamedTuple):
    """How RAAR goes on from its first to its last iteration, in the combined method: by measurement (docs/phase.md)."""

    beta: tuple[float, float] = (1.06, 0.89)
    bend: float = 1.2
    """Exponent of the share of the iterations that lies behind, for beta."""
    reflection: tuple[float, float] = (1.2, 1.6)
    """How far beyond the magnitudes is gone, in their distance."""
    step: tuple[float, float] = (1.0, 0.85)
    """How much of an iteration is taken."""


ON_SIGNALS = frozenset({"griffin_lim", "fast_griffin_lim", "accelerated"})
"""Methods whose state is a signal: their start and `phase_of` do the work of one iteration between them."""


class BandSums(NamedTuple):
    """Sums over bands of the magnitudes, to some power, that a transform is to have in place of its magnitudes."""

    sums: jax.Array
    """(channels, frames, bands)"""
    filters: jax.Array
    """(bands, bins) not negative."""
    power: jax.Array
    """1 or 2: exponent of the magnitudes."""

    def raised(self, magnitudes_squared: jax.Array) -> jax.Array:
        """Magnitudes to the power, from their squares."""
        return jnp.where(self.power == 2, magnitudes_squared, jnp.sqrt(magnitudes_squared))

    def step(self, powers: jax.Array) -> jax.Array:
        """Gain that brings the sums of powers (channels, frames, bins) nearer to those that they are to have.

        A step of expectation maximization (Richardson 1972, Lucy 1974): powers stay positive, and the divergence of
        Kullback and Leibler from the sums goes down. A bin that no band has goes to zero.
        """
        covered = self.filters.sum(axis=0)
        share = self.filters / jnp.where(covered > 0, covered, 1.0)
        precision = jax.lax.Precision.HIGHEST
        have = jnp.matmul(powers, self.filters.T, precision=precision)
        return jnp.matmul(self.sums / jnp.maximum(have, jnp.finfo(have.dtype).eps ** 2), share, precision=precision)


class Projections(NamedTuple):
    """The two projections for some target, by way of signals in blocks (`texturize.signal.spectrogram.blocks_of`)."""

    target: jax.Array | BandSums
    """Magnitudes (channels, frames, bins), or their sums over bands."""
    inverse: jax.Array
    """(frames + blocks of a frame - 1, hop) what sums of windowed frames are multiplied by."""
    settings: Stft
    known: jax.Array | None = None
    """(channels, frames + blocks of a frame - 1, hop) samples that are given, where the inverse is zero."""

    def invert(self, X: jax.Array) -> jax.Array:
        """Nearest signal in blocks."""
        y = sums_of_frames(X, self.settings) * self.inverse
        return y if self.known is None else y + self.known

    def transform(self, blocks: jax.Array) -> jax.Array:
        """Transform of a signal in blocks, (channels, frames, bins) complex."""
        return transform_of_blocks(blocks, self.settings)

    def P_A(self, X: jax.Array) -> jax.Array:  # noqa: N802
        """Nearest transform with the target's magnitudes; a nearer one to its sums over bands."""
        squares = X.real**2 + X.imag**2 + np.finfo(X.real.dtype).tiny
        if isinstance(self.target, BandSums):
            gain = self.target.step(self.target.raised(squares))
            gain = jnp.where(self.target.power == 2, jnp.sqrt(gain), gain)
        else:
            gain = self.target * jax.lax.rsqrt(squares)
        return jax.lax.complex(X.real * gain, X.imag * gain)  # not X * gain: XLA would make that complex first

    def P_C(self, X: jax.Array) -> jax.Array:  # noqa: N802
        """Nearest consistent transform."""
        return self.transform(self.invert(X))

    def nearest(self, blocks: jax.Array) -> jax.Array:
        """Signal that is nearest to a signal's transform with the target's magnitudes."""
        return self.invert(self.P_A(self.transform(blocks)))


class Iteration(NamedTuple):
    """A method: how it starts from a transform, its step, and the transform whose phase it stands for.

    A step brings in what lies less than a frame away, at each side; so does the start.
    """

    start: Callable[[jax.Array], State]
    step: Callable[[State, jax.Array], State]
    """From a state and the share of the iterations that lies behind, in [0, 1)."""
    phase_of: Callable[[State], jax.Array]


def fast_griffin_lim(p: Projections, momentum: jax.Array | float) -> Iteration:
    """Perraudin, Balazs, Sondergaard 2013, algorithm 2; momentum 0 is Griffin & Lim 1984.

    ``t_n = P_C(P_A(c_n-1)), c_n = t_n + alpha (t_n - t_n-1)``. All iterates are consistent and the transform is
    linear, so the signals, in blocks, stand for them and the momentum costs nothing.
    """

    def step(state: State, _: jax.Array) -> State:
        c, previous = state
        t = p.nearest(c)
        return t + momentum * (t - previous), t

    return Iteration(lambda X: (p.invert(X),) * 2, step, lambda state: p.transform(state[0]))


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

    return Iteration(lambda X: (p.invert(X),) * 3, step, lambda state: p.transform(state[0]))


def admm(p: Projections, rho: float = 0.1) -> Iteration:
    """Masuyama, Yatabe, Oikawa 2019: ADMM, with ``rho`` the weight of consistency."""

    def step(state: State, _: jax.Array) -> State:
        _, z, u = state
        x = p.P_A(z - u)
        z = (rho * (x + u) + p.P_C(x + u)) / (1 + rho)
        return x, z, u + x - z

    return Iteration(lambda X: (X, X, jnp.zeros_like(X)), step, lambda state: state[0])


def raar(p: Projections, beta: float = 0.9) -> Iteration:
    """Relaxed averaged alternating reflections (Luke 2005; Peer, Welker, Gerkmann 2022).

    ``x = beta/2 (x + R_C(R_A(x))) + (1 - beta) P_A(x)`` with the reflections ``R = 2 P - 1``, which is
    ``beta (x - P_A(x) + P_C(R_A(x))) + (1 - beta) P_A(x)``.
    """

    def step(x: State, _: jax.Array) -> State:
        a = p.P_A(x)
        return beta * (x - a + p.P_C(2 * a - x)) + (1 - beta) * a

    return Iteration(lambda X: X, step, lambda x: x)


def relaxed(p: Projections, how: Relaxation = Relaxation()) -> Iteration:  # noqa: B008  it is a constant
    """RAAR with a reflection at the magnitudes that goes further than as far again, and shorter steps."""

    def between(ends: tuple[float, float], share: jax.Array) -> jax.Array:
        return ends[0] + (ends[1] - ends[0]) * share

    def step(x: State, share: jax.Array) -> State:
        beta, reflection = between(how.beta, share**how.bend), between(how.reflection, share)
        a = p.P_A(x)
        raar = beta * (x - a + p.P_C((1 + reflection) * a - reflection * x)) + (1 - beta) * a
        return x + between(how.step, share) * (raar - x)

    return Iteration(lambda X: X, step, lambda x: x)


def difference_map(p: Projections, beta: float = 0.9) -> Iteration:
    """Elser 2003; Peer, Welker, Gerkmann 2022: ``x = x + beta (P_C(f_A(x)) - P_A(f_C(x)))``.

    ``f_A(x) = P_A(x) - (P_A(x) - x) / beta`` and ``f_C(x) = P_C(x) + (P_C(x) - x) / beta``: two of ``P_C`` a step.
    """

    def step(x: State, _: jax.Array) -> State:
        a, c = p.P_A(x), p.P_C(x)
        return x + beta * (p.P_C(a + (a - x) / beta) - p.P_A(c - (c - x) / beta))

    return Iteration(lambda X: X, step, lambda x: x)


def iteration(name: str, p: Projections, momentum: jax.Array) -> Iteration:
    """A method by name; "relaxed" is the first part of the combined one."""
    made: dict[str, Callable[[], Iteration]] = {
        "griffin_lim": lambda: fast_griffin_lim(p, 0.0),
        "fast_griffin_lim": lambda: fast_griffin_lim(p, momentum),
        "accelerated": lambda: accelerated(p, momentum),
        "admm": lambda: admm(p),
        "raar": lambda: raar(p),
        "relaxed": lambda: relaxed(p),
        "difference_map": lambda: difference_map(p),
    }
    return made[name]()
