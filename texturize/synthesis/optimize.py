"""Minimize a loss in jitted chunks of steps: L-BFGS and Adam from optax."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from texturize.config import OptimizeConfig
from texturize.runtime.programs import Program
from texturize.synthesis.line_search import line_search
from texturize.synthesis.solution import Solution, Status, Watch

Loss = Callable[[jax.Array, Any], jax.Array]
"""A scalar loss of (params, args), hashable, so static under ``jit``; all arrays come in through ``args``."""

MOST_RESTARTS = 3
RESTART_SCALE = 0.1
"""Of the step after a restart, against that before it."""


class State(NamedTuple):
    """Carried from step to step."""

    # Iterate
    params: jax.Array
    value: jax.Array  # ()
    grad: jax.Array
    # Optimizer
    inner: Any  # optax's state
    step: jax.Array  # () int32
    evaluations: jax.Array  # () int32
    stuck: jax.Array  # () bool: no step lowers the loss any more
    broken: jax.Array  # () bool: loss or gradient were not finite where the last step led
    scale: jax.Array  # () of L-BFGS's first step, and of all of Adam's: below 1 after a restart
    # Best so far: Adam does not descend at every step
    best_params: jax.Array
    best_value: jax.Array  # ()


def minimize(
    loss: Loss,
    params: jax.Array,
    args: Any,
    config: OptimizeConfig,
    progress: Callable[[int, int, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
    watch: Watch | None = None,
) -> Solution:
    """Minimize ``loss(params, args)`` from ``params``.

    Where loss or gradient are not finite, it goes back to the best so far, forgets what it knew of the curvature, and
    goes on with a step a tenth as long; after three such restarts it gives up.

    Parameters
    ----------
    loss : callable
        Hashable; the compiled chunk is kept for each loss, config and shape.
    params : array
        Start.
    args : pytree of arrays
        Everything else the loss depends on.
    config : OptimizeConfig
    progress : callable, optional
        Called with (step, most steps, loss) after each chunk.
    stop : callable, optional
        Asked between chunks; True ends the optimization with the best so far.
    watch : Watch, optional
        What is shown on the way; it changes nothing of the solution.

    Returns
    -------
    Solution
    """
    max_steps, tolerance, goal = config.max_steps or 0, config.tolerance, config.goal
    config = config.model_copy(update={"max_steps": 1, "tolerance": 0.0, "goal": 0.0})  # not to compile anew for each
    state, values = _chunk(loss, config, _start(config, params), args, 1)
    history = [np.asarray(values)[:1]]
    if not np.isfinite(history[0]).all():
        return Solution(params, float(history[0][0]), history[0], 1, Status.NOT_FINITE)
    run = functools.partial(_run, loss, config, args, history, watch)
    status = Status.OUT_OF_STEPS
    done = restarts = 0
    if progress:
        progress(0, max_steps, float(state.value))
    while done < max_steps:
        if stop and stop():
            status = Status.STOPPED
            break
        before = float(state.best_value)
        steps = min(config.chunk, max_steps - done)
        pieces = len(history)
        state = run(state, done, steps)
        done += steps
        found = np.concatenate(history[pieces:])
        history[pieces:] = [found[np.isfinite(found)]]
        best = float(state.best_value)
        if progress:
            progress(done, max_steps, best)
        if not np.isfinite(found).all():
            if restarts == MOST_RESTARTS:
                status = Status.NOT_FINITE
                break
            restarts += 1
            state, _ = _chunk(loss, config, _restart(config, state, RESTART_SCALE**restarts), args, 1)
            continue
        flat = bool(state.stuck) or before - best < tolerance * before * steps / config.chunk
        if flat or best <= goal:
            status = Status.CONVERGED
            break
    value, losses = float(state.best_value), np.concatenate(history)
    if watch:
        watch.show(done, value, losses, state.best_params)
    return Solution(state.best_params, value, losses, int(state.evaluations), status, restarts)


def _run(
    loss: Loss,
    config: OptimizeConfig,
    args: Any,
    history: list[np.ndarray],
    watch: Watch | None,
    state: State,
    done: int,
    steps: int,
) -> State:
    """Run a chunk of steps after those that are done, and add its values to the history.

    Where there is something to show, the chunk is run in pieces. What ends the work is asked after the whole of it, and
    so the same steps are taken whether somebody watches or not. Any count of steps is run by the same compiled code.
    """
    cuts = sorted(step for step in watch.steps if done <= step < done + steps) if watch else []
    for start, end in itertools.pairwise((done, *cuts, done + steps)):
        if end > start:
            state, values = _chunk(loss, config, state, args, end - start)
            history.append(np.asarray(values)[: end - start])
        if watch and end in cuts and math.isfinite(float(state.value)):
            # A copy, because the buffers of a state are given away to the next one.
            watch.show(end, float(state.value), np.concatenate(history), jnp.array(state.params, copy=True))
    return state


def _transformation(config: OptimizeConfig) -> optax.GradientTransformation:
    if config.method == "lbfgs":
        return optax.scale_by_lbfgs(memory_size=config.memory)
    return optax.adam(config.learning_rate)


@functools.partial(Program, static=("config",))
def _start(config: OptimizeConfig, params: jax.Array) -> State:
    """Before the first evaluation, which is step -1: a step of size 0. So the loss is compiled in one place only."""
    infinite, zero, no = jnp.full((), jnp.inf, params.dtype), jnp.zeros((), jnp.int32), jnp.zeros((), bool)
    # Copies, because the buffers of a state are given away to the next one, and these are not its own.
    start, best = jnp.array(params, copy=True), jnp.array(params, copy=True)
    inner, scale = _transformation(config).init(start), jnp.ones((), params.dtype)
    return State(start, infinite, jnp.zeros_like(start), inner, zero - 1, zero, no, no, scale, best, infinite)


def _restart(config: OptimizeConfig, state: State, scale: float) -> State:
    """A start from the best so far, without memory; the best stays known, should its loss not be finite this time."""
    fresh = _start(config, state.best_params)
    return fresh._replace(scale=scale * fresh.scale, best_value=state.best_value, evaluations=state.evaluations)


def _direction(config: OptimizeConfig, state: State) -> tuple[jax.Array, Any]:
    """Update from optax and its new state; nothing at step -1, whose gradient is zero."""
    direction, inner = _transformation(config).update(state.grad, state.inner, state.params)

    def unless_first(new: jax.Array, old: jax.Array) -> jax.Array:
        """Counts begin with the first evaluation. Of larger arrays optax keeps nothing before."""
        return new if new.ndim else jnp.where(state.step < 0, old, new)

    return direction, jax.tree.map(unless_first, inner, state.inner)


@functools.partial(Program, static=("loss", "config"), donated=("state",))
def _chunk(loss: Loss, config: OptimizeConfig, state: State, args: Any, steps: int) -> tuple[State, jax.Array]:
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
