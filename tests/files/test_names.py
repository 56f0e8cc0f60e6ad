"""Names of files with spaces, line feeds, escape sequences, leading dashes, and bytes that are no text."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from texturize.batch.run import read_clip
from texturize.cli.group import texturize as command
from texturize.inspection.inspection import Inspection

SR = 8000
NAMES = [
    "two words.wav",
    "-rain.wav",
    "--help.wav",
    "日本 é.wav",
    "line\nfeed.wav",
    "\x1b[31mred.wav",
    "'quoted\".wav",
    "%s {}.wav",
]
if sys.platform == "linux":
    NAMES.append(os.fsdecode(b"latin-\xe9.wav"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def write(name: str) -> None:
    soundfile.write(os.fsencode(name), 0.1 * np.random.default_rng(0).standard_normal(SR), SR, format="WAV")


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_clip_of_any_name(name):
    write(name)
    outcome = run("synth", "--manifest", "--", name)
    assert outcome.exit_code == 0, outcome.output
    assert len(outcome.output.splitlines()) == 1
    made = Path(f"{name[:-4]}.texture.wav")
    with soundfile.SoundFile(os.fsencode(made)) as file:
        assert file.copy_metadata()["title"].startswith("Texture of ")
    manifest = json.loads(Path(f"{made}.json").read_text())
    assert manifest["input"]["path"] == name
    outcome = run("repeat", "-o", "again.wav", "--", f"{made}.json")
    assert outcome.exit_code == 0, outcome.output
    assert Path("again.wav").read_bytes() == made.read_bytes()


@pytest.mark.usefixtures("fake")
def test_a_batch_of_all_names():
    Path("clips").mkdir()
    for name in NAMES:
        write(f"clips/{name}")
    Path("clips/damaged\n.wav").write_bytes(b"RIFF")
    outcome = run("batch", "clips", "-o", "out")
    assert outcome.exit_code == 1
    assert outcome.stdout == f"out: {len(NAMES)} done, 0 done before, 1 failed; out/summary.csv says which\n"
    failed, said = outcome.stderr.splitlines()
    assert failed.startswith(
        "Failed: damaged\\n.texture.wav: clips/damaged\\n.wav is not a sound file that can be read: "
    )
    assert said == "1 failed; --retry-failed tries them again"
    with Path("out/summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(NAMES) + 1
    assert all("\n" not in value for row in rows for value in row.values())
    assert run("batch", "clips", "-o", "out", "-q").exit_code == 1  # goes on, and says the failure of before


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize(
    "arguments",
    [
        ["synth", "no\nsuch.wav"], ["inspect", "no\nsuch.wav"], ["compare", "no\nsuch.wav", "x.wav"],
        ["config", "-c", "no\nsuch.yaml"], ["config", "-c", "no\nsuch"], ["config", "--set", "no\nsuch=1"],
        ["repeat", "no\nsuch.json"], ["check", "no\nsuch.json", "x.wav"], ["batch", "no\nsuch", "-o", "out"],
        ["batch", "/dev/zero", "-o", "out"], ["report", "no\nsuch.wav", "x.wav"], ["synth", "x" * 300 + ".wav"],
        ["synth", "rain.raw"], ["synth", "rain.wav", "-o", "x" * 250 + ".wav"], ["synth", "rain.wav", "-o", "x" * 300 + ".wav"],
        ["config", "-c", "x" * 300 + ".yaml"], ["config", "--set", "a." * 2000 + "b=1"], ["presets", "no\nsuch"],
        ["batch", "x" * 300 + ".wav", "-o", "out"], ["presets", "x" * 5000],
    ],
)  # fmt: skip
def test_errors_are_one_line_whatever_the_name(arguments):
    write("rain.wav")
    write("rain.raw")
    outcome = run(*arguments)
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith("Error: ")
    assert len(outcome.stderr.splitlines()) == 1
    assert "defect" not in outcome.stderr
    assert Path("rain.wav").exists()


def test_a_name_too_long_for_the_file_beside_it_is_refused_before_the_work(fake, monkeypatch):
    write("rain.wav")
    monkeypatch.setattr(fake.Recipe, "results", None)
    outcome = run("synth", "rain.wav", "-o", "x" * 245 + ".wav")
    assert outcome.exit_code == 1
    assert outcome.stderr.endswith(".wav cannot be written: File name too long; choose another with -o\n")


def test_the_command_of_an_inspection_works_for_a_name_with_a_dash():
    values = dict.fromkeys(Inspection.__dataclass_fields__)
    stretch = type("Stretch", (), {"start": 0.0, "end": 5.0})()
    clip = Inspection(**values | {"preset": "default", "stretch": stretch, "duration": 5.0})
    assert clip.command("-rain.wav") == "texturize synth ./-rain.wav"
    assert clip.command("two words.wav") == "texturize synth 'two words.wav'"


@pytest.mark.parametrize("name", ["a\0b.wav", "\ud800.wav", ""])
def test_names_in_a_list_that_no_file_can_have(tmp_path, name):
    path = tmp_path / "list.jsonl"
    path.write_text(json.dumps({"input": "rain.wav", "output": name}))
    outcome = run("batch", str(path), "-o", str(tmp_path / "out"))
    assert outcome.exit_code == 1
    assert " line 1, column output: " in outcome.stderr
    assert " is no name; " in outcome.stderr


def test_a_pipe_or_device_in_a_batch_is_a_failure_not_a_wait(tmp_path):
    class Job:
        input = Path("/dev/zero")

    assert read_clip(Job()).why == "/dev/zero is no file; give a sound file"


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("key", ["input", "output", "config"])
def test_names_in_a_list_that_are_too_long(key):
    write("rain.wav")
    values = {"input": "rain.wav"} | {key: "x" * 300 + (".yaml" if key == "config" else ".wav")}
    Path("list.jsonl").write_text(json.dumps(values))
    outcome = run("batch", "list.jsonl", "-o", "out", "-q")
    assert outcome.exit_code == 1
    assert "File name too long" in outcome.stderr
    assert "defect" not in outcome.stderr
