"""What a run may take: memory decides on segments, time on filters, the device on precision."""

import numpy as np
import pytest

from texturize import Recipe, SynthSources
from texturize.config import Config, NumericsConfig
from texturize.errors import ConfigError
from texturize.runtime.device import device_of, precision_of
from texturize.runtime.processors import has_amx
from texturize.synthesis.budget import expected_seconds, fit_budget, multiply_rate, step_seconds
from texturize.synthesis.memory import Shape, available_bytes, concurrent, needed_bytes, segment_seconds

HOPS = (192, 768)


def limited(gigabytes):
    return Config(numerics=NumericsConfig(max_memory=gigabytes))


def test_segments_get_shorter_with_the_memory_and_then_are_refused():
    shape = Shape(HOPS, 2, 44_100, 60.0)
    lengths = [segment_seconds(limited(gb), shape, 24.0) for gb in (6.0, 2.4, 2.1)]
    assert lengths[0] == 24.0
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] < 24.0
    message = r"60 s in 2 channels need about .* GB of memory, and 1\.0 GB may be used; .*--max-memory"
    with pytest.raises(ConfigError, match=message):
        segment_seconds(limited(1.0), shape, 24.0)


def test_memory_grows_with_the_segment_the_filters_and_the_results_that_are_kept():
    config, shape = Config(), Shape(HOPS, 1, 44_100, 60.0)
    short, long = (needed_bytes(config, shape, seconds) for seconds in (8.0, 24.0))
    assert 1.0 < long / short < 2.0
    assert needed_bytes(Config.model_validate({"filters": {"count": 1024}}), shape, 8.0) > short
    assert needed_bytes(config, shape._replace(kept=4), 8.0) > short
    longer = needed_bytes(config, shape._replace(seconds=600.0), 24.0)
    assert longer < 2 * long


def test_as_many_results_at_a_time_as_memory_and_processors_allow(monkeypatch):
    shape = Shape(HOPS, 2, 48_000, 60.0)
    monkeypatch.setenv("NPROC", "8")
    assert concurrent(limited(20.0), shape, 24.0) == 4
    assert concurrent(limited(2.0), shape, 24.0) == 1
    monkeypatch.setenv("NPROC", "1")
    assert concurrent(limited(20.0), shape, 24.0) == 1


def test_there_is_memory_to_speak_of():
    assert 1e8 < available_bytes() < 1e14


def test_a_budget_leaves_out_filters_only_where_it_must():
    config = Config(numerics=NumericsConfig(budget=40.0))
    values, rate = 441_000, 1.5e11
    same, notes = fit_budget(config, values, rate)
    assert (same, notes) == (config, ())
    fewer, notes = fit_budget(config, values, rate / 8)
    count = fewer.resolutions[0].filters.count
    assert count < 128
    assert notes == (f"to fit into 40 s, {count} filters of each width are used instead of 128",)
    assert fit_budget(Config(), values, rate / 1000)[1] == ()


def test_time_is_expected_between_a_few_steps_and_all_of_them():
    values, rate = 441_000, 2.5e11
    least, most = expected_seconds(Config(), values, rate)
    assert 5 < least < 20 < most < 120
    longer = expected_seconds(Config(), 2 * values, rate)
    assert longer[0] > least
    assert longer[1] > most
    assert expected_seconds(Config(numerics=NumericsConfig(budget=8.0)), values, rate)[1] == 8.0
    few = Config.model_validate({"refine": {"max_steps": 10}})
    low, high = expected_seconds(few, values, rate)
    assert low == high < least


def test_an_estimate_comes_before_the_run():
    y = 0.1 * np.random.default_rng(1).standard_normal((2, 16_000)).astype(np.float32)
    found = Recipe(SynthSources(y, 16_000)).estimate()
    assert 1e9 < found.bytes < 2e9
    assert found.seconds[0] < found.seconds[1]
    assert (
        Recipe(SynthSources(y, 16_000), Config.model_validate({"output": {"duration": 120.0}})).estimate().bytes
        > found.bytes
    )


def test_steps_take_longer_with_samples_and_filters():
    assert step_seconds(256, 1e6, 1e11) > step_seconds(64, 1e6, 1e11) > step_seconds(64, 1e5, 1e11)
    assert multiply_rate(256) > 1e8


def test_the_device_decides_on_the_precision():
    cpu = device_of(NumericsConfig(device="cpu"))
    assert cpu.platform == "cpu"
    assert precision_of(NumericsConfig(precision="bfloat16"), cpu) == "bfloat16"
    assert precision_of(NumericsConfig(), cpu) == ("bfloat16" if has_amx() else "float32")


def test_a_gpu_that_is_not_there_is_an_error(monkeypatch):
    import jax

    found = jax.devices

    def without_gpu(platform=None):
        if platform == "gpu":
            raise RuntimeError("Unknown backend: 'gpu' requested")
        return found(platform)

    monkeypatch.setattr(jax, "devices", without_gpu)
    with pytest.raises(ConfigError, match="is gpu, and JAX finds no GPU"):
        device_of(NumericsConfig(device="gpu"))


def test_bfloat16_products_are_near_those_of_float32():
    import jax.numpy as jnp

    from texturize.signal.banks import random_bank
    from texturize.signal.filters import apply, prepare

    bank = random_bank(0, 8, 40, 32, 1.0)
    S = jnp.asarray(np.random.default_rng(0).standard_normal((1, 300, 40)), jnp.float32)
    exact, near = (np.asarray(apply(prepare(bank, 300, precision=p), S)) for p in ("float32", "bfloat16"))
    off = np.linalg.norm(near - exact) / np.linalg.norm(exact)
    assert 1e-5 < off < 1e-2
