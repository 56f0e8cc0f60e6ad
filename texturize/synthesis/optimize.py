"""Minimize a loss, chunk by chunk: where curvature is measured, how it ends, what is done where it is no number."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from texturize.config import OptimizeConfig
from texturize.runtime.programs import Program
from texturize.synthesis.descent import Loss, State, run_chunk, start_at
from texturize.synthesis.metric import PROBES, Metric, carried_over, even, measured
from texturize.synthesis.solution import Solution, Status, Watch

MOST_RESTARTS = 3
RESTART_SCALE = 0.1
"""Of the step after a restart, against that before it."""


def minimize(
    loss: Loss,
    params: jax.Array,
    args: Any,
    config: OptimizeConfig,
    progress: Callable[[int, int, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
    watch: Watch | None = None,
    metric: Metric | None = None,
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
    metric : Metric, optional
        When curvature is measured, for L-BFGS to take steps as long in all directions. Adam has a measure of its own.

    Returns
    -------
    Solution
    """
    max_steps, tolerance, goal = config.max_steps or 0, config.tolerance, config.goal
    config = config.model_copy(update={"max_steps": 1, "tolerance": 0.0, "goal": 0.0})  # not to compile anew for each
    if metric is None or config.method != "lbfgs":
        metric = even(params)
    state, values = run_chunk(loss, config, _unmeasured(config, params, metric), args, 1)
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
        if done in metric.steps:
            state = _measure(loss, config, state, args, metric)
        before = float(state.best_value)
        steps = min(config.chunk, max_steps - done, *(step - done for step in metric.steps if step > done))
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
            state, _ = run_chunk(loss, config, _restart(config, state, RESTART_SCALE**restarts), args, 1)
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
            state, values = run_chunk(loss, config, state, args, end - start)
            history.append(np.asarray(values)[: end - start])
        if watch and end in cuts and math.isfinite(float(state.value)):
            # A copy, because the buffers of a state are given away to the next one.
            watch.show(end, float(state.value), np.concatenate(history), jnp.array(state.params, copy=True))
    return state


def _unmeasured(config: OptimizeConfig, params: jax.Array, metric: Metric) -> State:
    return start_at(config, params, jnp.ones(metric.groups.shape, params.dtype))


def _measure(loss: Loss, config: OptimizeConfig, state: State, args: Any, metric: Metric) -> State:
    """Measure the curvature anew where the state is; what it knew of it already stays known.

    Gradients elsewhere are those before a first step from there, so that the loss is compiled in one place only.
    """

    def gradient(params: jax.Array) -> jax.Array:
        return run_chunk(loss, config, _unmeasured(config, params, metric), args, 1)[0].grad

    found = measured(gradient, state.params, state.grad, metric.groups)
    state = state._replace(evaluations=state.evaluations + PROBES)
    if found is None:
        return state
    return state._replace(inner=_carry(state.inner, state.metric, found), metric=found)


_carry = Program(carried_over, donated=("inner",))


def _restart(config: OptimizeConfig, state: State, scale: float) -> State:
    """A start from the best so far, without memory; the best stays known, should its loss not be finite this time."""
    fresh = start_at(config, state.best_params, state.metric)
    return fresh._replace(scale=scale * fresh.scale, best_value=state.best_value, evaluations=state.evaluations)
