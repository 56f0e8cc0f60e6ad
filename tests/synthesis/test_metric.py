"""The metric of the optimizer on functions whose curvature is known."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from texturize.config import OptimizeConfig
from texturize.synthesis.metric import LEAST, POWER, PROBES, Metric, carried_over, measured
from texturize.synthesis.optimize import minimize

GROUPS = np.repeat(np.arange(4), 25)
CURVATURES = np.array([0.1, 1.0, 30.0, 300.0], np.float32)[GROUPS]


def valley(x, centre):
    """Four groups as steep as can be apart, and curved a little more away from the bottom."""
    d = x - centre
    return jnp.sum(CURVATURES * (0.5 * d**2 + 0.01 * d**4))


def gradient(x):
    return jnp.asarray(CURVATURES) * x


@pytest.fixture(scope="module")
def centre():
    return jnp.asarray(np.random.default_rng(0).standard_normal(100), jnp.float32)


def config(**changes):
    return OptimizeConfig(**({"tolerance": 0.0, "chunk": 10, "max_steps": 20} | changes))


def test_the_metric_is_inverse_to_a_power_of_the_curvature(centre):
    asked = []
    found = measured(lambda x: asked.append(x) or gradient(x), centre, gradient(centre), GROUPS)
    wanted = CURVATURES**-POWER / np.exp(np.mean(np.log(CURVATURES**-POWER)))
    np.testing.assert_allclose(found, wanted, rtol=0.01)  # what differences of gradients in float32 are good for
    assert len(asked) == PROBES


def test_rows_of_the_hessian_count_and_not_its_diagonal(centre):
    A = np.random.default_rng(1).standard_normal((100, 100)).astype(np.float32)
    A = (A + A.T) * np.sqrt(np.outer(CURVATURES, CURVATURES))
    hessian = jnp.asarray(A)
    found = np.asarray(measured(lambda x: hessian @ x, centre, hessian @ centre, GROUPS))
    rows = np.sqrt([np.mean(np.sum(A[g == GROUPS] ** 2, axis=1)) for g in range(4)])
    each = np.array([found[g == GROUPS][0] for g in range(4)])
    # Two probes for 25 coordinates: a mean of 50 squares is good to a fifth, its fourth root to a twentieth.
    np.testing.assert_allclose(each / each[0], (rows / rows[0]) ** -POWER, rtol=0.2)


def test_what_the_loss_does_not_see_gets_a_step_all_the_same(centre):
    blind = jnp.asarray(np.where(GROUPS == 2, 0, 1), jnp.float32)
    found = np.asarray(measured(lambda x: blind * x, centre, blind * centre, GROUPS))
    assert np.isfinite(found).all()
    assert found.max() == pytest.approx(LEAST**-POWER * found.min(), rel=1e-3)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_without_a_curvature_there_is_no_metric(value, centre):
    assert measured(lambda x: jnp.full_like(x, value), centre, jnp.zeros_like(centre), GROUPS) is None


def test_groups_are_broadcast_over_the_parameters():
    params = jnp.ones((1, 2, 8))
    found = measured(lambda x: 4 * x, params, 4 * params, np.zeros((1, 1, 8), np.int64))
    assert found.shape == (1, 1, 8)
    np.testing.assert_allclose(found, 1.0, rtol=1e-5)


def test_a_valley_is_left_sooner(centre):
    plain = minimize(valley, jnp.ones(100), centre, config())
    measuring = minimize(valley, jnp.ones(100), centre, config(), metric=Metric((0, 10), GROUPS))
    assert measuring.value < 1e-3 * plain.value
    assert measuring.history[0] == plain.history[0]
    assert measuring.evaluations >= len(measuring.history) + 2 * PROBES


def test_chunks_are_no_part_of_the_solution(centre):
    solutions = [
        minimize(valley, jnp.ones(100), centre, config(chunk=chunk, max_steps=6), metric=Metric((0, 4), GROUPS))
        for chunk in (1, 3, 100)
    ]
    for solution in solutions[1:]:
        np.testing.assert_allclose(solution.params, solutions[0].params, rtol=1e-5, atol=1e-6)
        assert len(solution.history) == 7


def test_adam_has_a_measure_of_its_own(centre):
    plain, measuring = (
        minimize(valley, jnp.ones(100), centre, config(method="adam", max_steps=5), metric=metric)
        for metric in (None, Metric((0,), GROUPS))
    )
    np.testing.assert_array_equal(measuring.params, plain.params)


def test_what_is_known_of_the_curvature_is_carried_over(centre):
    """L-BFGS's direction from the last gradient is the same, whatever metric its memory is held in, but for the share of
    the metric itself: along what it has seen, the change of the gradient leads to the step that made it.
    """
    lbfgs = optax.scale_by_lbfgs(memory_size=5)
    update = jax.jit(lbfgs.update)
    metric = jnp.asarray(np.random.default_rng(2).uniform(0.5, 2.0, 100), jnp.float32)
    x, state = jnp.zeros(100), lbfgs.init(jnp.zeros(100))
    for _ in range(4):
        before, g = x, gradient(x - centre)
        step, state = update(g, state, x)
        x = x - step
    carried = carried_over(state, jnp.ones(100), metric)
    z, last = x / metric, metric * gradient(x - centre)
    _, carried = update(last, carried, z)
    change = gradient(x - before)
    direction, _ = update(metric * change, carried._replace(params=z, updates=last), z)
    # Its newest pair is of this very point, and so is left out: a step of nothing weighs nothing.
    np.testing.assert_allclose(metric * direction, x - before, rtol=1e-3, atol=1e-4)
