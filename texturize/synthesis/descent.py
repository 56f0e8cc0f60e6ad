"""Steps of L-BFGS and Adam, optax's, in jitted chunks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from texturize.config import OptimizeConfig
from texturize.runtime.programs import Program
from texturize.synthesis.line_search import line_search

Loss = Callable[[jax.Array, Any], jax.Array]
"""A scalar loss of (params, args), hashable, so static under ``jit``; all arrays come in through ``args``."""


class State(NamedTuple):
    """Carried from step to step."""

    # Iterate
    params: jax.Array
    value: jax.Array  # ()
    grad: jax.Array
    # Optimizer
    inner: Any  # optax's state, of params / metric
    metric: jax.Array  # what a step of the optimizer is multiplied by, broadcast over params
    step: jax.Array  # () int32
    evaluations: jax.Array  # () int32
    stuck: jax.Array  # () bool: no step lowers the loss any more
    broken: jax.Array  # () bool: loss or gradient were not finite where the last step led
    scale: jax.Array  # () of L-BFGS's first step, and of all of Adam's: below 1 after a restart
    # Best so far: Adam does not descend at every step
    best_params: jax.Array
    best_value: jax.Array  # ()


@functools.partial(Program, static=("config",))
def start_at(config: OptimizeConfig, params: jax.Array, metric: jax.Array) -> State:
    """Before the first evaluation, which is step -1: a step of size 0. So the loss is compiled in one place only."""
    infinite, zero, no = jnp.full((), jnp.inf, params.dtype), jnp.zeros((), jnp.int32), jnp.zeros((), bool)
    # Copies, because the buffers of a state are given away to the next one, and these are not its own.
    first, best, metric = (jnp.array(x, copy=True) for x in (params, params, metric))
    inner, scale = _transformation(config).init(first), jnp.ones((), params.dtype)
    return State(first, infinite, jnp.zeros_like(first), inner, metric, zero - 1, zero, no, no, scale, best, infinite)


def _transformation(config: OptimizeConfig) -> optax.GradientTransformation:
    if config.method == "lbfgs":
        return optax.scale_by_lbfgs(memory_size=config.memory)
    return optax.adam(config.learning_rate)


def _direction(config: OptimizeConfig, state: State) -> tuple[jax.Array, Any]:
    """Update from optax and its new state; nothing at step -1, whose gradient is zero."""
    metric = state.metric
    direction, inner = _transformation(config).update(metric * state.grad, state.inner, state.params / metric)

    def unless_first(new: jax.Array, old: jax.Array) -> jax.Array:
        """Counts begin with the first evaluation. Of larger arrays optax keeps nothing before."""
        return new if new.ndim else jnp.where(state.step < 0, old, new)

    return metric * direction, jax.tree.map(unless_first, inner, state.inner)


@functools.partial(Program, static=("loss", "config"), donated=("state",))
def run_chunk(loss: Loss, config: OptimizeConfig, state: State, args: Any, steps: int) -> tuple[State, jax.Array]:
    """Run ``steps`` steps, at most ``config.chunk``; the values after each, NaN from a broken one on."""
    take = _lbfgs_step if config.method == "lbfgs" else _adam_step

    def body(carry: tuple[jax.Array, State, jax.Array]) -> tuple[jax.Array, State, jax.Array]:
        i, state, values = carry
        state = take(loss, config, state, args)
        better = (state.value < state.best_value) & ~state.broken
        state = state._replace(
            step=state.step + 1,
            best_value=jnp.where(better, state.value, state.best_value),
            best_params=jnp.where(better, state.params, state.best_params),
        )
        return i + 1, state, values.at[i].set(jnp.where(state.broken, jnp.nan, state.value))

    def goes_on(carry: tuple[jax.Array, State, jax.Array]) -> jax.Array:
        i, state, _ = carry
        return (i < steps) & ~state.broken

    values = jnp.full((config.chunk,), jnp.nan, state.value.dtype)
    _, state, values = jax.lax.while_loop(goes_on, body, (jnp.zeros((), jnp.int32), state, values))
    return state, values


def _adam_step(loss: Loss, config: OptimizeConfig, state: State, args: Any) -> State:
    updates, inner = _direction(config, state)
    params = optax.apply_updates(state.params, state.scale * updates)
    value, grad = jax.value_and_grad(loss)(params, args)
    broken = ~(jnp.isfinite(value) & jnp.isfinite(grad).all())
    return state._replace(
        params=params, value=value, grad=grad, inner=inner, evaluations=state.evaluations + 1, broken=broken
    )


def _lbfgs_step(loss: Loss, config: OptimizeConfig, state: State, args: Any) -> State:
    direction, inner = _direction(config, state)
    direction = -direction
    slope = jnp.vdot(state.grad, direction)
    # An ascent direction means the memory has gone stale: fall back to steepest descent.
    descends = (slope < 0) | (state.step < 0)
    direction = jnp.where(descends, direction, -state.grad)
    slope = jnp.where(descends, slope, -jnp.vdot(state.grad, state.grad))
    # Before there is any curvature to go by, aim at a loss of zero along the line.
    first = jnp.where((state.step == 0) | ~descends, state.scale * state.value / -slope, 1.0)

    def along(size: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        value, grad = jax.value_and_grad(loss)(state.params + size * direction, args)
        return value, grad, jnp.vdot(grad, direction)

    search = line_search(along, state.value, state.grad, slope, first)
    moved = search.value < state.value
    return state._replace(
        params=jnp.where(moved, state.params + search.size * direction, state.params),
        value=jnp.where(moved, search.value, state.value),
        grad=jnp.where(moved, search.grad, state.grad),
        inner=inner,
        evaluations=state.evaluations + search.evaluations,
        stuck=~moved & (state.step >= 0),
        # Where the slope is 0, or hardly more, the first step aimed at is not finite: that is a minimum.
        broken=~moved & ~jnp.isfinite(search.value) & ((state.step < 0) | (jnp.isfinite(first) & (slope < 0))),
    )
