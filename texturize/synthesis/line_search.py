"""Step size along a direction of descent, that meets the weak Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

SUFFICIENT_DECREASE = 1e-4
CURVATURE = 0.9
MOST_EVALUATIONS = 20


class Search(NamedTuple):
    """Carried from one evaluation to the next."""

    size: jax.Array  # step size last tried
    value: jax.Array
    grad: jax.Array
    low: jax.Array  # largest size known to be too short
    high: jax.Array  # smallest size known to be too long
    accepted: jax.Array
    evaluations: jax.Array


def line_search(
    along: Callable[[jax.Array], tuple[jax.Array, jax.Array, jax.Array]],
    value: jax.Array,
    grad: jax.Array,
    slope: jax.Array,
    first: jax.Array,
) -> Search:
    """Step size that meets the weak Wolfe conditions, by bisection and doubling (Lewis & Overton 2013).

    L-BFGS nearly always accepts the first size, 1, at the cost of ONE evaluation: value and gradient of the
    accepted point are those of the next step. (``optax.lbfgs`` spends about three: its zoom search insists on the
    strong conditions and refines a size that is already good enough.) A value that is not finite is too long.

    Parameters
    ----------
    along : callable
        Value, gradient and slope after a step of a size.
    value, grad, slope : jax.Array
        The same before it.
    first : ()
        Size to begin with.
    """

    def evaluate(search: Search) -> Search:
        found, grad, there = along(search.size)
        finite = jnp.isfinite(found) & jnp.isfinite(there)
        too_long = ~finite | (found > value + SUFFICIENT_DECREASE * search.size * slope)
        too_short = ~too_long & (there < CURVATURE * slope)
        low = jnp.where(too_short, search.size, search.low)
        high = jnp.where(too_long, search.size, search.high)
        accepted = ~(too_long | too_short)
        following = jnp.where(jnp.isinf(high), 2.0 * low, 0.5 * (low + high))
        evaluations = search.evaluations + 1
        # The last size tried must stay with its value when the search gives up.
        keep = accepted | (evaluations >= MOST_EVALUATIONS)
        size = jnp.where(keep, search.size, following)
        return Search(size, jnp.where(finite, found, jnp.inf), grad, low, high, accepted, evaluations)

    start = Search(
        size=first.astype(value.dtype),
        value=value,
        grad=grad,
        low=jnp.zeros_like(value),
        high=jnp.full_like(value, jnp.inf),
        accepted=jnp.zeros((), bool),
        evaluations=jnp.zeros((), jnp.int32),
    )
    return jax.lax.while_loop(lambda s: ~s.accepted & (s.evaluations < MOST_EVALUATIONS), evaluate, start)
