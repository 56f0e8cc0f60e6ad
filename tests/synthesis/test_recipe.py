"""A recipe: what it says before the work, how often it gathers, and that every way to make a result is one."""

import functools
import inspect

import numpy as np
import pytest
from quick import only

import texturize
from texturize import Config, MorphSources, Recipe, SynthSources, TransferSources
from texturize.config.presets import load_config
from texturize.errors import ConfigError

SR = 8000
Y = 0.1 * np.random.default_rng(0).standard_normal(SR)
QUICK = load_config("preview", ["resolutions=[]", "filters.widths=[4]", "filters.count=8", "refine.max_steps=2",
                                *only("gram")])  # fmt: skip


class Counted:
    """Sources that know how often they were gathered."""

    def __init__(self, sources):
        self.sources, self.times = sources, 0

    def gathered(self, config):
        self.times += 1
        return self.sources.gathered(config)


def test_a_recipe_is_gathered_once_and_makes_what_the_functions_make():
    sources = Counted(SynthSources(Y, SR))
    recipe = Recipe(sources, QUICK.with_output(variations=2))
    assert recipe.check() == ()
    results = list(recipe.results())
    assert sources.times == 1
    assert [result.seed for result in results] == [0, 1]
    alone = texturize.synthesize(Y, SR, config=QUICK, seed=1)
    np.testing.assert_array_equal(results[1].samples[0], alone.samples)
    assert alone.samples.shape == Y.shape
    np.testing.assert_array_equal(texturize.morph([Y, -Y], [SR, SR], 0, config=QUICK).samples, results[0].samples)


def test_it_takes_longer_and_more_memory_for_more():
    short, long = (Recipe(SynthSources(Y, SR), Config().with_output(duration=seconds)) for seconds in (2.0, 60.0))
    assert short.estimate().bytes < long.estimate().bytes
    assert short.estimate().seconds < long.estimate().seconds


def test_what_is_made_takes_the_same_options_and_no_others():
    options = [
        {
            each.name: each.default
            for each in inspect.signature(verb).parameters.values()
            if each.kind == each.KEYWORD_ONLY
        }
        for verb in (texturize.synthesize, texturize.morph, texturize.transfer, texturize.fill, texturize.extend)
    ]
    assert list(options[0]) == ["config", "seed", "progress", "stop", "duration", "trace"]
    assert options[0] == options[1] == {name: None for name in options[2] if name != "weight"}
    mending = dict.fromkeys(("config", "seed", "progress", "stop", "learn"))
    assert options[3] == {"insert": None} | mending
    assert options[4] == {"before": False, "loop": False} | mending
    for name, verb in (("synthesize", texturize.synthesize), ("extend", functools.partial(texturize.extend, by=1))):
        with pytest.raises(TypeError, match=rf"^{name}\(\) got an unexpected keyword argument 'sed'$"):
            verb(Y, SR, sed=3)


@pytest.mark.parametrize(
    ("sources", "keys", "message"),
    [
        (SynthSources(Y, SR), {"variations": 2, "duration": 0.01, "loop": True}, "a loop of 0.01 s is shorter than"),
        (MorphSources([Y, Y], [SR, SR], "0:1"), {"duration": 7.0}, "a gradual mix of 7 s is too short"),
        (TransferSources(Y, SR, Y, SR), {"duration": 2.0}, "output.duration is 2 s, but a transfer is as long"),
    ],
)
def test_each_kind_of_sources_is_refused_before_the_work(sources, keys, message):
    recipe = Recipe(sources, QUICK.with_output(**keys))
    for ask in (recipe.check, recipe.estimate, lambda: next(recipe.results())):
        with pytest.raises(ConfigError, match=message):
            ask()


def test_a_content_of_another_length_is_the_only_duration_a_transfer_has():
    made = Recipe(TransferSources(np.resize(Y, 12_000), SR, Y, SR), QUICK)
    gathered, config = made.sources.gathered(made.config)
    assert (config.output.duration, gathered.content.shape, gathered.closed) == (1.5, (1, 12_000), False)
