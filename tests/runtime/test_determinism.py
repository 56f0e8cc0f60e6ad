"""Deterministic runs: the same bytes each time, and nothing beside them that could change that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from quick import only

from texturize.cli.group import texturize as command
from texturize.config import Config, NumericsConfig
from texturize.errors import ConfigError
from texturize.runtime.determinism import check_process
from texturize.runtime.device import device_of, precision_of
from texturize.synthesis import memory
from texturize.synthesis.api import synthesize

DETERMINISTIC = NumericsConfig(deterministic=True)
QUICK = (
    "resolutions=[]", "filters.widths=[2]", "filters.count=8", "refine.max_steps=5", *only("gram", "splices"),
)  # fmt: skip


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


@pytest.fixture
def folder(fake, tmp_path, monkeypatch):
    """A folder with a clip, a config and a list; the numerics and what changes the environment are replaced."""
    limited = []
    monkeypatch.setattr("texturize.cli.support.threads.limit_threads", limited.append)
    monkeypatch.setattr("texturize.runtime.environment.set_aside", lambda: None)
    soundfile.write("rain.wav", 0.1 * np.random.default_rng(0).standard_normal(8000), 8000)
    Path("d.yaml").write_text("numerics: {deterministic: true}\n")
    Path("list.csv").write_text("input,numerics.deterministic\nrain.wav,true\n")
    Path("gpu.csv").write_text("input,numerics.device\nrain.wav,gpu\n")
    return limited


REMEDY = "it means one CPU thread in float32, for as long as it takes: leave out one or the other."
USAGE = [
    ("synth rain.wav --deterministic --threads 2", "2 CPU threads"),
    ("synth rain.wav --deterministic --device gpu", "numerics.device gpu"),
    ("synth rain.wav --deterministic --budget 30s", "numerics.budget 30"),
    ("synth rain.wav --deterministic --set numerics.precision=bfloat16", "numerics.precision bfloat16"),
    ("synth rain.wav -c d.yaml --budget 2m --device gpu", "numerics.device gpu, numerics.budget 120"),
    ("morph rain.wav rain.wav --deterministic --threads 2", "2 CPU threads"),
    ("transfer rain.wav rain.wav --deterministic --device gpu", "numerics.device gpu"),
    ("batch rain.wav -o out --deterministic --threads 4", "4 CPU threads"),
    ("batch rain.wav -o out --deterministic --workers 2 --budget 9", "numerics.budget 9"),
]


@pytest.mark.parametrize(("arguments", "names"), USAGE)
def test_what_does_not_go_together_is_wrong_usage(folder, arguments, names):
    outcome = run(*arguments.split())
    message = f"Error: numerics.deterministic does not go with {names}; {REMEDY}"
    assert (outcome.exit_code, outcome.stderr.splitlines()[-1], outcome.stdout) == (2, message, "")
    assert not list(Path().glob("rain.texture*"))


def test_rows_cannot_hold_a_batch_to_one_thread(folder):
    outcome = run("batch", "list.csv", "-o", "out")
    message = "list.csv line 2: numerics.deterministic needs one thread for all of a batch: add --deterministic."
    assert (outcome.exit_code, outcome.stderr.splitlines()[-1]) == (2, f"Error: {message}")
    assert run("batch", "list.csv", "-o", "out", "--deterministic").exit_code == 0
    outcome = run("batch", "gpu.csv", "-o", "other", "--deterministic")
    assert outcome.exit_code == 2
    assert outcome.stderr.splitlines()[-1].startswith("Error: gpu.csv line 2: numerics.deterministic does not go with")


@pytest.mark.parametrize("how", [["--deterministic"], ["-c", "d.yaml"], ["--deterministic", "--threads", "1"]])
def test_one_thread_for_the_run_its_manifest_and_its_repetition(folder, how):
    assert run("synth", "rain.wav", "--manifest", *how).exit_code == 0
    assert run("repeat", "rain.texture.wav.json", "-o", "again.wav").stderr == ""
    assert run("batch", "rain.wav", "-o", "out", *how).exit_code == 0
    assert folder == [1, 1, 1]
    for name in ("rain.texture.wav", "again.wav", "out/rain.texture.wav"):
        manifest = json.loads(Path(f"{name}.json").read_text())
        assert (manifest["threads"], manifest["config"]["numerics"]["deterministic"]) == (1, True)
    assert Path("again.wav").read_bytes() == Path("rain.texture.wav").read_bytes()


def test_the_processor_in_float32_whatever_there_is():
    device = device_of(DETERMINISTIC)
    assert device.platform == "cpu"
    assert precision_of(DETERMINISTIC, device) == "float32"


def test_segments_do_not_depend_on_free_memory(monkeypatch):
    shape, config = memory.Shape((192, 768), 2, 44_100, 60.0), Config(numerics=DETERMINISTIC)
    monkeypatch.setattr(memory, "available_bytes", lambda: 3e9)
    assert memory.segment_seconds(Config(), shape, 24.0) < 24.0
    with pytest.raises(ConfigError, match=r"GB of memory, and 2\.4 GB are free; .*, or shorter segments by --max-mem"):
        memory.segment_seconds(config, shape, 24.0)
    lengths = set()
    for free in (3e9, 64e9):
        monkeypatch.setattr(memory, "available_bytes", lambda free=free: free)
        held = DETERMINISTIC.model_copy(update={"max_memory": 2.4})
        lengths.add(memory.segment_seconds(Config(numerics=held), shape, 24.0))
    assert len(lengths) == 1


def test_in_python_the_process_has_to_be_held_to_one_thread(monkeypatch):
    monkeypatch.setenv("NPROC", "2")
    y = np.random.default_rng(0).standard_normal(8000)
    with pytest.raises(ConfigError, match=r"needs one CPU thread, and this process has 2; set NPROC=1 before"):
        synthesize(y, 8000, config=Config(numerics=DETERMINISTIC))
    monkeypatch.setenv("NPROC", "1")
    check_process(DETERMINISTIC)
    with pytest.raises(ConfigError, match=r"does not go with numerics\.budget 5"):
        check_process(DETERMINISTIC.model_copy(update={"budget": 5.0}))


OTHER_NUMBERS = {
    "JAX_ENABLE_X64": "True",
    "JAX_DEFAULT_MATMUL_PRECISION": "bfloat16",
    "JAX_DEFAULT_PRNG_IMPL": "rbg",
    "JAX_THREEFRY_PARTITIONABLE": "False",
    "JAX_RANDOM_SEED_OFFSET": "5",
    "JAX_NUMPY_RANK_PROMOTION": "raise",
    "JAX_DEBUG_NANS": "True",
    "JAX_PLATFORMS": "cuda",
    "XLA_FLAGS": "--xla_cpu_enable_fast_math=true",
}
"""Each of which would make another result, or none."""


def test_the_same_bytes_whatever_is_compiled_before_made_beside_and_set_in_the_environment(tmp_path):
    """Three processes: into an empty cache, out of it, and without one; with several results, and one at a time."""
    y = 0.05 * np.random.default_rng(0).standard_normal(6000)
    soundfile.write(tmp_path / "clip.wav", y * (1 + np.sin(np.arange(6000) * 0.01)), 8000)

    def synth(*arguments: str, cache: str, threads: str, **variables: str) -> None:
        settings = [word for setting in QUICK for word in ("--set", setting)]
        words = [sys.executable, "-m", "texturize", "synth", "clip.wav", "--deterministic", *arguments, *settings]
        pools = dict.fromkeys(("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
        environment = os.environ | {"TEXTURIZE_CACHE": cache, **pools, **variables}
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    cache = str(tmp_path / "cache")
    synth("-o", "a.wav", "--variations", "2", "--seed", "5", cache=cache, threads="2")
    assert any((tmp_path / "cache").iterdir())
    synth("-o", "warm.wav", "--seed", "5", cache=cache, threads="1")
    synth("-o", "cold.wav", "--seed", "6", cache="off", threads="4", **OTHER_NUMBERS)
    assert (tmp_path / "warm.wav").read_bytes() == (tmp_path / "a.1.wav").read_bytes()
    assert (tmp_path / "cold.wav").read_bytes() == (tmp_path / "a.2.wav").read_bytes()
    assert (tmp_path / "a.1.wav").read_bytes() != (tmp_path / "a.2.wav").read_bytes()
