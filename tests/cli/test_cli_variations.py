"""Loops, several results at once, sets that can follow one another, and what a run may take."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from texturize.cli.group import texturize as command

SR = 8000


@pytest.fixture(autouse=True)
def folder(fake, tmp_path):
    """A working folder with a clip of 1 s and the numerics replaced."""
    soundfile.write("rain.wav", 0.1 * np.random.default_rng(0).standard_normal(SR), SR)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def chunks(path: str) -> dict[bytes, bytes]:
    """Chunks of a RIFF file by name."""
    data, at, found = Path(path).read_bytes(), 12, {}
    while at < len(data):
        name, size = struct.unpack("<4sI", data[at : at + 8])
        found[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


def test_a_loop_carries_its_points_and_other_results_do_not():
    assert run("synth", "rain.wav", "--loop").exit_code == 0
    smpl = chunks("rain.texture.wav")[b"smpl"]
    count, start, end = struct.unpack("<I", smpl[28:32])[0], *struct.unpack("<II", smpl[44:52])
    assert (count, start, end) == (1, 0, SR - 1)
    assert run("synth", "rain.wav", "-o", "plain.wav").exit_code == 0
    assert b"smpl" not in chunks("plain.wav")


def test_variations_are_numbered_and_each_is_what_its_seed_gives():
    result = run("synth", "rain.wav", "--variations", "3", "--seed", "5", "--manifest", "--picture", "p.png")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(("1,", "2,"))] == ["1,", "1,", "2,"]  # the pairs
    for index in (1, 2, 3):
        assert Path(f"p.{index}.png").exists()
        config = json.loads(Path(f"rain.texture.{index}.wav.json").read_text())["config"]
        assert (config["seed"], config["output"]["variations"]) == (4 + index, 1)
        assert run("synth", "rain.wav", "-o", "one.wav", "--seed", str(4 + index), "--force").exit_code == 0
        assert np.array_equal(soundfile.read("one.wav")[0], soundfile.read(f"rain.texture.{index}.wav")[0])


def test_no_variation_replaces_a_file_unless_it_may():
    Path("rain.texture.2.wav").write_text("mine")
    result = run("synth", "rain.wav", "--variations", "3")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: rain.texture.2.wav exists")
    assert not Path("rain.texture.1.wav").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("--variations 2 -o -", 2, "--variations 2 needs a file name for the results, not -o -."),
        ("--joinable", 2, "--joinable needs several results: add --variations 2 or more."),
        ("--joinable --variations 2 --fade-in 0.1", 2, "--joinable results have no ends to fade: leave out the fades."),
        ("--loop --fade-out 0.1", 1, "a loop has no ends to fade"),
        ("--variations 0", 2, "0 is not in the range"),
        ("--budget soon", 2, "soon"),
        ("--budget 90ms", 2, "90m"),
        ("--max-memory 0", 2, "--max-memory"),
        ("--device tpu", 2, "'tpu' is not one of"),
    ],
)
def test_wrong_combinations_are_refused_in_one_line(arguments, code, message):
    result = run("synth", "rain.wav", *arguments.split())
    assert result.exit_code == code
    assert message in result.stderr.splitlines()[-1]
    assert not list(Path().glob("*.texture*"))


def test_what_a_run_may_take_reaches_the_config():
    flags = ["--device", "cpu", "--max-memory", "3.5", "--budget", "1.5m", "--joinable", "--variations", "2"]
    assert run("synth", "rain.wav", "--manifest", *flags).exit_code == 0
    config = json.loads(Path("rain.texture.1.wav.json").read_text())["config"]
    numerics = config["numerics"]
    assert (numerics["device"], numerics["max_memory"], numerics["budget"]) == ("cpu", 3.5, 90.0)
    assert (config["output"]["joinable"], config["output"]["variations"]) == (True, 2)
    result = run("repeat", "rain.texture.1.wav.json", "-o", "again.wav")
    assert result.exit_code == 1
    assert "one of several joinable results" in result.stderr
