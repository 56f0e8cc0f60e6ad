"""What stands in for the numerics is called as they are, and gives what they give."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable

import numpy as np
import pytest
from fake_synthesis import Status, Synthesis, fake_module

from texturize.config import Config
from texturize.synthesis import recipe, result, solution
from texturize.synthesis.sources import SynthSources


def called(function: Callable[..., object]) -> list[tuple[str, object, object]]:
    """Name, kind and default of each parameter."""
    return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("name", ["__init__", "check", "results"])
def test_recipes_take_the_same(name):
    assert called(getattr(fake_module().Recipe, name)) == called(getattr(recipe.Recipe, name))


def test_results_have_the_same_attributes_and_ends_the_same_words():
    assert {each.name for each in dataclasses.fields(Synthesis)} == {
        each.name for each in dataclasses.fields(result.Synthesis)
    }
    assert {each.name: each.value for each in Status} == {
        each.name: each.value for each in solution.Status if each.name in Status.__members__
    }
    for each in Status:
        real = solution.Status[each.name]
        assert (each.sentence, each.remedy) == (real.sentence, real.remedy)


def test_what_is_not_said_is_the_default():
    y = np.random.default_rng(0).standard_normal(8000).astype(np.float32)
    made = fake_module().Recipe(SynthSources(y, 8000))
    results = list(made.results())
    assert len(results) == Config().output.variations
    assert (results[0].seed, results[0].config, results[0].samples.shape) == (Config().seed, Config(), (1, 8000))
    assert made.check() == ()
