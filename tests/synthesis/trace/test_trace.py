"""Snapshots on the way: at the promised steps, of what the result comes from, and without changing it."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from quick import only

from texturize.config.presets import load_config
from texturize.synthesis.api import synthesize, variations
from texturize.synthesis.optimize import minimize
from texturize.synthesis.solution import Watch
from texturize.synthesis.trace.snapshots import principal_trajectory, snapshot_steps

SR = 8000
QUICK = ["resolutions=[]", "filters.widths=[2]", "filters.count=8", *only("gram")]


def clip():
    rng = np.random.default_rng(0)
    n = 8192  # of which transforms are fast, so that this is the working length too
    return 0.1 * rng.standard_normal(n) * np.where(rng.random(n) < 0.02, 5, 0.2)


def made(*sets, **options):
    snapshots = []
    config = load_config("default", [*QUICK, *sets])
    return synthesize(clip(), SR, config=config, trace=snapshots.append, **options), snapshots


def bowl(params, centre):
    return jnp.sum(jnp.arange(1.0, 31.0) * (params - centre) ** 2)


def test_steps_grow_further_apart_and_are_few():
    assert snapshot_steps(0) == (0,)
    assert snapshot_steps(60) == (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50)
    assert len(snapshot_steps(1_000_000)) == 37


def test_trajectory_agrees_with_the_singular_value_decomposition():
    rng = np.random.default_rng(1)
    iterates = np.cumsum(rng.standard_normal((9, 2, 70_000)), axis=0).astype(np.float32)
    found = principal_trajectory(list(iterates))
    M = (iterates[:-1] - iterates[-1]).reshape(8, -1).astype(np.float64)
    _, s, components = np.linalg.svd(M - M.mean(0), full_matrices=False)
    expected = M @ components[:2].T
    np.testing.assert_allclose(found.coordinates[:-1], expected * np.sign(expected[0]), rtol=1e-6)
    np.testing.assert_array_equal(found.coordinates[-1], 0.0)
    np.testing.assert_allclose(found.shares, (s**2 / np.sum(s**2))[:2], rtol=1e-9)


def test_a_straight_path_is_one_component():
    found = principal_trajectory([np.full(50, 3.0), np.full(50, 2.0), np.full(50, 0.0)])
    np.testing.assert_allclose(found.coordinates, [[3 * 50**0.5, 0], [2 * 50**0.5, 0], [0, 0]], rtol=1e-9)
    np.testing.assert_allclose(found.shares, [1, 0])


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_path_has_hardly_any_variance(count):
    found = principal_trajectory([np.ones(5)] * count)
    np.testing.assert_array_equal(found.coordinates, np.zeros((count, 2)))
    np.testing.assert_array_equal(found.shares, 0.0)


@pytest.mark.parametrize("method", ["lbfgs", "adam"])
@pytest.mark.parametrize("chunk", [1, 4, 100])
def test_watching_changes_nothing(method, chunk):
    config = load_config("default", [f"refine.method={method}", f"refine.chunk={chunk}", "refine.max_steps=25"]).refine
    seen = []
    watch = Watch((0, 1, 3, 8, 20), lambda step, loss, losses, params: seen.append((step, loss, losses, params)))
    centre = jnp.linspace(-1, 1, 30)
    alone = minimize(bowl, jnp.zeros(30), centre, config)
    watched = minimize(bowl, jnp.zeros(30), centre, config, watch=watch)
    np.testing.assert_array_equal(watched.params, alone.params)
    np.testing.assert_array_equal(watched.history, alone.history)
    assert watched.status is alone.status
    last = len(alone.history) - 1
    assert [step for step, *_ in seen] == [*(step for step in (0, 1, 3, 8, 20) if step < last), last]
    for step, loss, losses, params in seen:
        np.testing.assert_array_equal(losses, alone.history[: step + 1])
        np.testing.assert_allclose(bowl(params, centre), loss, rtol=1e-5)
    np.testing.assert_array_equal(seen[-1][3], alone.params)


def test_snapshots_lead_to_the_result():
    result, snapshots = made("refine.max_steps=12", "refine.goal=0")
    assert [(s.stage, s.step) for s in snapshots] == [("refine", step) for step in (0, 1, 2, 3, 5, 7, 10, 12)]
    np.testing.assert_array_equal(snapshots[-1].losses, result.losses["refine"])
    assert [s.loss for s in snapshots] == [result.losses["refine"][s.step] for s in snapshots]
    last = snapshots[-1].samples[0]
    np.testing.assert_allclose(last / last.std(), result.samples / result.samples.std(), atol=1e-4)  # but for the level


def test_both_stages_are_shown():
    _, snapshots = made("optimize.max_steps=3", "refine.max_steps=2", "phase.iterations=4")
    assert [(s.stage, s.step) for s in snapshots] == [
        *(("spectrogram", step) for step in (0, 1, 2, 3)), *(("refine", step) for step in (0, 1, 2)),
    ]  # fmt: skip
    assert snapshots[0].params.ndim == 3
    assert {s.samples.shape for s in snapshots} == {snapshots[0].samples.shape}
    # What is heard of the spectrogram stage is what the waveform stage begins with.
    np.testing.assert_allclose(snapshots[3].samples, snapshots[4].samples, atol=1e-5)


def test_of_variations_the_first_is_shown():
    snapshots = []
    config = load_config("default", [*QUICK, "refine.max_steps=2", "output.variations=3"])
    made = list(variations(clip(), SR, config=config, trace=snapshots.append))
    assert len(made) == 3
    assert [s.step for s in snapshots] == [0, 1, 2]
    np.testing.assert_array_equal(snapshots[-1].losses, made[0].losses["refine"])


def test_a_stop_shows_what_there_is():
    asked = []
    _, snapshots = made("refine.max_steps=40", stop=lambda: asked.append(1) or len(asked) > 1)
    assert [s.step for s in snapshots] == [0, 1, 2, 3, 5]
