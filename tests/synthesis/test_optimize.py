"""The optimizers on functions whose minimum is known, and how a run ends."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

from texturize.cli.synth import synth
from texturize.config import OptimizeConfig, RefineConfig
from texturize.synthesis.optimize import minimize
from texturize.synthesis.solution import Status

CURVATURES = np.geomspace(1.0, 100.0, 30).astype(np.float32)


def bowl(x, centre):
    return 0.5 * jnp.sum(CURVATURES * (x - centre) ** 2)


def smooth(x, _):
    """Convex, not quadratic: log cosh, coupled."""
    z = x - 0.3 * jnp.roll(x, 1)
    return jnp.sum(CURVATURES[: x.size] * jnp.log(jnp.cosh(z - 1.0))) + 0.05 * jnp.sum(x**2)


def rosenbrock(x, _):
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def barrier(x, _):
    """No number at all where any x <= 0; its minimum is 1, at 1."""
    return jnp.mean(x - jnp.log(x))


def config(**changes):
    return OptimizeConfig(**({"tolerance": 0.0, "chunk": 10, "max_steps": 60} | changes))


@pytest.fixture(scope="module")
def centre():
    return jnp.asarray(np.random.default_rng(0).standard_normal(30), jnp.float32)


@pytest.fixture(scope="module")
def descent(centre):
    return minimize(bowl, jnp.zeros(30), centre, config())


def test_lbfgs_reaches_the_bottom_of_a_bowl(descent, centre):
    np.testing.assert_allclose(descent.params, centre, atol=1e-3)
    assert descent.value < 1e-6 * descent.history[0]


def test_the_history_is_the_start_and_every_step(descent, centre):
    assert descent.history[0] == pytest.approx(float(bowl(jnp.zeros(30), centre)))
    assert np.all(np.diff(descent.history) <= 0)
    assert descent.value == descent.history.min()
    solution = minimize(bowl, jnp.zeros(30), centre, config(max_steps=23))
    assert solution.history.shape == (24,)
    np.testing.assert_array_equal(solution.history, descent.history[:24])


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(("loss", "size", "steps"), [(smooth, 30, 40), (rosenbrock, 2, 60), (rosenbrock, 10, 100)])
def test_lbfgs_is_as_good_as_scipys(loss, size, steps):
    start = np.full(size, -1.2)
    solution = minimize(loss, jnp.asarray(start), None, config(max_steps=steps))
    value_and_grad = jax.jit(jax.value_and_grad(loss))
    expected = scipy.optimize.minimize(
        lambda x: tuple(np.asarray(z, np.float64) for z in value_and_grad(x, None)),
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxcor": 20, "ftol": 0.0, "gtol": 0.0},
    )
    reached = solution.history[0] - expected.fun
    assert solution.value - expected.fun < 1e-6 * reached
    assert np.all(np.diff(solution.history) <= 0)


def test_lbfgs_nearly_always_accepts_the_first_step_it_tries():
    solution = minimize(smooth, jnp.full(30, -1.2), None, config(max_steps=20))
    assert solution.evaluations < 1.5 * 20


def test_adam_descends_and_its_best_is_kept(centre):
    gentle = minimize(bowl, jnp.zeros(30), centre, config(method="adam", learning_rate=0.05, max_steps=100))
    assert gentle.value < 0.05 * gentle.history[0]
    assert gentle.evaluations == 101
    wild = minimize(bowl, jnp.zeros(30), centre, config(method="adam", learning_rate=5.0, max_steps=30))
    assert wild.history[-1] > wild.value == wild.history.min()
    assert float(bowl(wild.params, centre)) == pytest.approx(wild.value, rel=1e-5)


@pytest.mark.parametrize("method", ["lbfgs", "adam"])
def test_chunks_make_no_difference(method, centre):
    one, seven, hundred = (
        minimize(bowl, jnp.zeros(30), centre, config(method=method, chunk=chunk, max_steps=25)) for chunk in (1, 7, 100)
    )
    for other in (seven, hundred):
        assert other.history.shape == one.history.shape == (26,)
        np.testing.assert_allclose(other.history, one.history, rtol=1e-4, atol=1e-6 * one.history[0])
        np.testing.assert_allclose(other.params, one.params, atol=1e-3)
        assert other.evaluations == one.evaluations


def test_converged(centre):
    for tolerance in (0.01, 0.0):  # flattened; or not one step left that lowers it
        solution = minimize(bowl, jnp.zeros(30), centre, config(tolerance=tolerance, max_steps=5000))
        assert solution.status is Status.CONVERGED
        assert len(solution.history) < 1000
        assert solution.value < 1e-4 * solution.history[0]


def test_the_goal_ends_the_run_at_the_first_chunk_that_reaches_it(centre, descent):
    goal = float(descent.history[25])
    solution = minimize(bowl, jnp.zeros(30), centre, config(goal=goal))
    assert solution.status is Status.CONVERGED
    assert len(solution.history) - 1 == 30
    assert solution.value <= goal < solution.history[20]


def test_a_minimum_is_left_alone(centre):
    solution = minimize(bowl, centre, centre, config())
    np.testing.assert_array_equal(solution.params, centre)
    assert solution.value == 0.0
    assert solution.status is Status.CONVERGED


def test_out_of_steps(centre):
    solution = minimize(bowl, jnp.zeros(30), centre, config(max_steps=3))
    assert solution.status is Status.OUT_OF_STEPS
    none = minimize(bowl, jnp.zeros(30), centre, config(max_steps=0))
    assert none.status is Status.OUT_OF_STEPS
    assert len(none.history) == none.evaluations == 1
    np.testing.assert_array_equal(none.params, 0.0)


def test_stopped_after_two_chunks_with_the_best_so_far(centre, descent):
    asked = []
    solution = minimize(bowl, jnp.zeros(30), centre, config(), stop=lambda: asked.append(1) or len(asked) > 2)
    assert solution.status is Status.STOPPED
    np.testing.assert_array_equal(solution.history, descent.history[:21])
    assert solution.value == descent.history[20]
    assert float(bowl(solution.params, centre)) == pytest.approx(solution.value, rel=1e-3)


def test_progress_is_reported_before_the_first_and_after_every_chunk(centre, descent):
    reports = []
    minimize(bowl, jnp.zeros(30), centre, config(max_steps=25), progress=lambda *report: reports.append(report))
    assert [report[:2] for report in reports] == [(0, 25), (10, 25), (20, 25), (25, 25)]
    assert [report[2] for report in reports] == [pytest.approx(descent.history[step]) for step in (0, 10, 20, 25)]


def test_not_finite_from_the_start():
    solution = minimize(barrier, jnp.full(3, -1.0), None, config())
    assert solution.status is Status.NOT_FINITE
    np.testing.assert_array_equal(solution.params, -1.0)


class Failing:
    """A bowl whose loss or gradient is no number for some of its evaluations, as of a broken processor."""

    def __init__(self, evaluations, where="loss"):
        self.evaluations, self.where, self.count = evaluations, where, 0

    def __call__(self, x, centre):
        y = bowl(x, centre)
        trouble = jax.pure_callback(self.next, jax.ShapeDtypeStruct((), x.dtype), jax.lax.stop_gradient(y))
        return y + (trouble if self.where == "loss" else trouble * x[0] - jax.lax.stop_gradient(trouble * x[0]))

    def next(self, y):
        self.count += 1
        broken = self.count in self.evaluations
        if self.where == "loss":
            return np.asarray(np.nan if broken else 0, y.dtype)
        return np.asarray(np.inf if broken else 0, y.dtype)


@pytest.mark.parametrize("method", ["lbfgs", "adam"])
def test_not_finite_for_good_keeps_the_last_good_one(method, centre):
    solution = minimize(Failing(range(2, 10_000)), jnp.ones(30), centre, config(method=method))
    assert (solution.status, solution.restarts) == (Status.NOT_FINITE, 3)
    np.testing.assert_array_equal(solution.params, 1.0)
    assert solution.value == solution.history[0]
    assert np.isfinite(solution.history).all()


def test_adam_goes_back_to_the_best_and_takes_smaller_steps():
    solution = minimize(barrier, jnp.full(3, 8.0), None, config(method="adam", learning_rate=20.0))
    assert solution.status is Status.OUT_OF_STEPS
    assert solution.restarts == 1  # of 20 the first step leads below 0, of 2 none does
    assert solution.value < 0.5 * solution.history[0]
    assert float(barrier(solution.params, None)) == pytest.approx(solution.value, rel=1e-5)


@pytest.mark.parametrize(("method", "broken"), [("lbfgs", range(12, 40)), ("adam", [8]), ("adam", [8, 9])])
def test_a_loss_that_is_no_number_for_a_while_is_survived(method, broken, centre):
    options = config(method=method, learning_rate=0.3, max_steps=200)
    plain = minimize(bowl, jnp.zeros(30), centre, options)
    failing = Failing(broken)
    solution = minimize(failing, jnp.zeros(30), centre, options)
    if method == "adam":
        assert solution.evaluations == failing.count
    assert solution.restarts == (1 if method == "lbfgs" else len(broken))
    assert solution.status in (Status.CONVERGED, Status.OUT_OF_STEPS)
    assert solution.value < 0.02 * solution.history[0]
    assert np.isfinite(solution.history).all()
    assert solution.value == solution.history.min()
    assert plain.restarts == 0


def test_a_gradient_that_is_no_number_is_not_built_upon(centre):
    solution = minimize(Failing([8], "gradient"), jnp.zeros(30), centre, config(method="adam", learning_rate=0.05))
    assert solution.restarts == 1
    assert np.isfinite(solution.params).all()
    assert solution.value < solution.history[5]


def test_lbfgs_that_finds_no_number_on_its_way_does_not_call_it_flat():
    def far(x, _):  # its first step aims a hundred million times too far
        return jnp.where(jnp.abs(x[0]) > 2, jnp.nan, 1e9 + x[0] ** 2)

    with jax.enable_x64(True):
        solution = minimize(far, jnp.ones(1), None, config())
    assert solution.restarts == 3
    assert solution.status is Status.CONVERGED
    assert abs(float(solution.params[0])) < 1e-3


def test_lbfgs_backs_off_from_where_the_loss_is_no_number():
    solution = minimize(barrier, jnp.asarray([8.0, 0.01, 3.0]), None, config())
    assert solution.status in (Status.CONVERGED, Status.OUT_OF_STEPS)
    np.testing.assert_allclose(solution.params, 1.0, atol=0.01)


def test_the_start_can_be_used_again(centre):
    start = jnp.ones(30)
    minimize(bowl, start, centre, config(max_steps=3))
    np.testing.assert_array_equal(start, 1.0)


@pytest.mark.parametrize("status", list(Status))
def test_what_the_remedies_name_is_there(status):
    options = {option for parameter in synth.params for option in parameter.opts}
    named = [name.split(":")[0] for name in re.findall(r"`(.+?)`", status.remedy)]
    assert set(named) <= options | set(RefineConfig.model_fields)
    assert named or status is Status.STOPPED


def test_no_two_statuses_are_told_in_the_same_words():
    assert len({status.sentence for status in Status}) == len({status.remedy for status in Status}) == len(Status)
