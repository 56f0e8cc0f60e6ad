"""Variables of the environment that change how JAX computes: named, set aside, never called a defect."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from texturize.cli.group import texturize as command
from texturize.config import NumericsConfig
from texturize.errors import ConfigError
from texturize.runtime import environment
from texturize.runtime.determinism import check_process
from texturize.runtime.device import device_of
from texturize.runtime.environment import SETTINGS, chosen, set_aside
from texturize.runtime.explain import explain
from texturize.runtime.programs import Program, forget_programs


@pytest.fixture
def variables(monkeypatch):
    """An environment of its own, with none of the variables."""
    clean = {name: value for name, value in os.environ.items() if name not in chosen()}
    monkeypatch.setattr(environment.os, "environ", clean)
    return clean


def test_settings_are_those_that_jax_has_by_itself():
    """In a process without any of the variables; what a newer JAX has no more is left alone."""
    clean = {name: value for name, value in os.environ.items() if name not in chosen()}
    program = "import jax, json; from texturize.runtime.environment import SETTINGS; print(json.dumps("
    program += "{name: getattr(jax.config, name) for name in SETTINGS if hasattr(jax.config, name)}))"
    done = subprocess.run([sys.executable, "-c", program], env=clean, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found == {name: SETTINGS[name] for name in found}
    assert {"jax_enable_x64", "jax_default_prng_impl", "jax_debug_nans"} <= found.keys()


def test_what_is_set_is_named_and_set_aside(variables):
    variables |= {
        "XLA_FLAGS": "--xla_x",
        "JAX_ENABLE_X64": "1",
        "JAX_PLATFORMS": "cuda",
        "NPY_DISABLE_CPU_FEATURES": "AVX2",
    }
    variables |= {
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "JAX_LOG_COMPILES": "1",
        "OPENBLAS_NUM_THREADS": "2",
        "PATH": "/bin",
    }
    assert environment.named() == (
        "JAX_ENABLE_X64=1, JAX_PLATFORMS=cuda, NPY_DISABLE_CPU_FEATURES=AVX2, XLA_FLAGS=--xla_x"
    )
    set_aside()
    assert chosen() == {"JAX_PLATFORMS": "cpu"}
    assert {"XLA_PYTHON_CLIENT_PREALLOCATE", "OPENBLAS_NUM_THREADS", "PATH"} <= variables.keys()


@pytest.mark.parametrize("error", [FloatingPointError("nan in jit(f)"), AssertionError(), KeyError("tpu")])
def test_no_defect_where_the_environment_may_be_why(variables, error):
    variables["JAX_PLATFORMS"] = "cpu"  # as many have it, and as deterministic runs set it
    assert explain(error, "tell us").endswith("; this is a defect: tell us")
    variables["JAX_DEBUG_NANS"] = "1"
    told = explain(error, "tell us")
    assert told.startswith(type(error).__name__)
    assert told.endswith("; the environment has JAX_DEBUG_NANS=1: run it again without")
    assert "defect" not in told


FIND = """
from texturize.config import NumericsConfig
from texturize.runtime.device import device_of
from texturize.errors import ConfigError
for device in ("auto", "cpu", "gpu"):
    try:
        print(device_of(NumericsConfig(device=device)))
    except ConfigError as error:
        print(error)
"""


@pytest.mark.parametrize("chosen", ["JAX_PLATFORMS=nowhere", "JAX_PLATFORM_NAME=nowhere", "JAX_PLATFORMS=cpu"])
def test_devices_that_are_not_there(variables, chosen):
    """JAX has an error of another kind for each, and one for CUDA without a GPU that says nothing."""
    name, _, value = chosen.partition("=")
    done = subprocess.run(
        [sys.executable, "-c", FIND], env=variables | {name: value}, capture_output=True, text=True, check=True
    )
    lines = [
        f"the environment has {chosen}, and JAX finds no {kind} of these; run it again without"
        for kind in ("device", "cpu", "gpu")
    ]
    found = [line if "the environment has" in line else "found" for line in done.stdout.splitlines()]
    expected = {
        "JAX_PLATFORMS=nowhere": lines,
        "JAX_PLATFORM_NAME=nowhere": [lines[0], "found", lines[2]],
        "JAX_PLATFORMS=cpu": ["found", "found", lines[2]],
    }
    assert (found, done.stderr) == (expected[chosen], "")


def test_cuda_without_a_gpu(variables, monkeypatch):
    """JAX 0.10 leaves it out without a word, and then asserts that there is any device."""

    def none(platform=None):
        raise AssertionError

    monkeypatch.setattr(jax, "devices", none)
    with pytest.raises(ConfigError, match=r"^JAX finds no device: "):
        device_of(NumericsConfig())
    variables["JAX_PLATFORMS"] = "cuda"
    with pytest.raises(ConfigError, match=r"the environment has JAX_PLATFORMS=cuda, and JAX finds no device of these"):
        device_of(NumericsConfig())


@pytest.mark.parametrize(
    ("name", "value"),
    [("jax_enable_x64", True), ("jax_default_matmul_precision", "bfloat16"), ("jax_threefry_partitionable", False),
     ("jax_numpy_rank_promotion", "raise"), ("jax_default_prng_impl", "rbg"), ("jax_debug_nans", True)],
)  # fmt: skip
def test_in_python_a_deterministic_run_wants_the_usual_settings(variables, name, value):
    """They are changed as programs change them, and put back."""
    variables["NPROC"] = "1"
    deterministic = NumericsConfig(deterministic=True)
    check_process(deterministic)
    before = getattr(jax.config, name)
    jax.config.update(name, value)
    try:
        check_process(NumericsConfig())
        with pytest.raises(ConfigError, match=rf"needs the usual settings, and this process has {name}={value}; leave"):
            check_process(deterministic)
    finally:
        jax.config.update(name, before)
    variables["XLA_FLAGS"] = "--xla_cpu_enable_fast_math=true"
    with pytest.raises(ConfigError, match="this process has XLA_FLAGS=--xla_cpu_enable_fast_math=true"):
        check_process(deterministic)


def test_a_program_is_another_where_a_setting_decides_numbers():
    """Other generators of random numbers give other results for the same arguments."""
    draw = Program(lambda seed: jax.random.normal(jax.random.key(seed), (4,)))
    usual = draw(np.uint32(3))
    before = jax.config.jax_threefry_partitionable
    jax.config.update("jax_threefry_partitionable", not before)
    try:
        assert not np.array_equal(draw(np.uint32(3)), usual)
    finally:
        jax.config.update("jax_threefry_partitionable", before)
        forget_programs()
    np.testing.assert_array_equal(draw(np.uint32(3)), usual)


def test_manifests_name_the_environment_and_repetitions_tell_of_another(fake, variables):
    soundfile.write("rain.wav", 0.1 * np.random.default_rng(0).standard_normal(8000), 8000)

    def run(*arguments):
        outcome = CliRunner().invoke(command, list(arguments), catch_exceptions=False)
        assert outcome.exit_code == 0, outcome.stderr
        return outcome.stderr

    def another(stderr):
        return [line for line in stderr.splitlines() if "environment" in line]

    variables["XLA_FLAGS"] = "--xla_x"
    run("synth", "rain.wav", "--manifest")
    manifest = Path("rain.texture.wav.json")
    assert json.loads(manifest.read_text())["environment"] == {"XLA_FLAGS": "--xla_x"}
    assert another(run("repeat", manifest.name, "-o", "a.wav")) == []
    del variables["XLA_FLAGS"]
    variables["JAX_ENABLE_X64"] = "1"
    assert another(run("repeat", manifest.name, "-o", "b.wav")) == [
        f"Warning: {manifest}: it was made with no JAX_ENABLE_X64, XLA_FLAGS=--xla_x in the environment: the result may differ"
    ]
    older = json.loads(manifest.read_text())
    del older["environment"]
    manifest.write_text(json.dumps(older))
    assert another(run("repeat", manifest.name, "-o", "c.wav")) == []


def test_the_command_sets_it_aside_for_a_deterministic_run(fake, variables, monkeypatch):
    monkeypatch.setattr("texturize.cli.support.threads.limit_threads", lambda _: None)
    soundfile.write("rain.wav", 0.1 * np.random.default_rng(0).standard_normal(8000), 8000)
    for arguments in (["synth", "rain.wav", "--manifest"], ["batch", "rain.wav", "-o", "out"]):
        variables["JAX_ENABLE_X64"] = "1"
        assert CliRunner().invoke(command, [*arguments, "--deterministic"], catch_exceptions=False).exit_code == 0
        assert chosen() == {"JAX_PLATFORMS": "cpu"}
    for manifest in (Path("rain.texture.wav.json"), Path("out/rain.texture.wav.json")):
        assert json.loads(manifest.read_text())["environment"] == {}
