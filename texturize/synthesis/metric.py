"""A diagonal metric for the optimizer: how long steps may be in each group of coordinates, from the loss's curvature.

L-BFGS learns curvature from its steps, twenty directions of hundreds of thousands. Where whole groups of coordinates
are steeper than others, a band of few bins than one of many, that takes it hundreds of steps; measured beforehand, it
takes a few gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

PROBES = 2
PROBE_SIZE = 0.01
"""Of the parameters' root mean square."""
POWER = 0.3
"""Of the curvature, that a step is inverse to. A half is what a Hessian without couplings would have; but rows also
count what L-BFGS soon sees for itself, such as a level that all coordinates share, and where little else is uneven a
half takes twice the steps that none takes."""
LEAST = 1e-4
"""Curvature against the largest, below which it counts as that: nothing is known of what the loss does not see."""


class Metric(NamedTuple):
    """When curvature is measured, and in which groups of coordinates."""

    steps: tuple[int, ...]
    """Numbers of the steps after which it is; 0 is the start."""
    groups: npt.NDArray[np.int64]
    """Number of each coordinate's group, broadcast over the parameters."""


def even(params: jax.Array) -> Metric:
    """One that is never measured, and the same for all parameters."""
    return Metric((), np.zeros((1,) * params.ndim, np.int64))


def measured(
    gradient: Callable[[jax.Array], jax.Array], params: jax.Array, here: jax.Array, groups: npt.NDArray[np.int64]
) -> jax.Array | None:
    """Metric at ``params``, in the shape of the groups, where the gradient is ``here``; it asks for `PROBES` others.

    With a Hessian H and independent signs v, the mean of (H v)_i^2 is the square of H's i-th row, whose root is taken
    for the curvature (Dauphin et al. 2015 argue for it over the diagonal, which may vanish where a loss curves both
    ways). H v is the difference of two gradients.

    The geometric mean over coordinates is 1. None where a gradient beside it is not finite, or the same.
    """
    rng = np.random.default_rng(0)
    size = PROBE_SIZE * float(jnp.sqrt(jnp.mean(params**2)))
    squares = np.zeros(params.shape)
    for _ in range(PROBES):
        signs = jnp.asarray(rng.choice(np.array([-1, 1], params.dtype), params.shape))
        squares += np.asarray(gradient(params + size * signs) - here, np.float64) ** 2
    if not np.isfinite(squares).all() or not squares.any():
        return None
    group_of_each = np.broadcast_to(groups, params.shape).ravel()
    count = np.maximum(np.bincount(group_of_each), 1)
    rows = (np.bincount(group_of_each, squares.ravel()) / count)[groups]
    curvature = np.sqrt(np.maximum(rows, LEAST**2 * rows.max()))
    metric = np.exp(POWER * (np.mean(np.log(curvature)) - np.log(curvature)))
    return jnp.asarray(metric, params.dtype)


def carried_over(inner: Any, before: jax.Array, after: jax.Array) -> Any:
    """Optax's state of L-BFGS in another metric: what it knows of the curvature stays as true as it was.

    Its variable is params / metric, and so differences of that are divided, and those of gradients multiplied.
    """
    ratio = after / before
    return inner._replace(
        params=inner.params / ratio,
        updates=inner.updates * ratio,
        diff_params_memory=inner.diff_params_memory / ratio,
        diff_updates_memory=inner.diff_updates_memory * ratio,
    )
