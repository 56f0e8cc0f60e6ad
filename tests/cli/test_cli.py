"""The contract of the commands: arguments, exit codes, exact messages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
import soundfile
import yaml
from click.testing import CliRunner, Result

from texturize.cli.group import texturize as command

COMMANDS = command.list_commands(click.Context(command))


@pytest.fixture
def folder(fake, tmp_path):
    """An empty working folder with a clip, and the numerics replaced."""
    rng = np.random.default_rng(0)
    soundfile.write("rain.wav", 0.1 * rng.standard_normal((16_000, 2)), 16_000, "PCM_24")
    soundfile.write("short.wav", 0.1 * rng.standard_normal(2000), 16_000)
    Path("taken.wav").write_text("mine")
    Path("notes.txt").write_text("not a sound")
    Path("empty.wav").touch()
    Path("folder.wav").mkdir()
    Path("bad.yaml").write_text("filters:\n  cuont: 3\n")
    Path("broken.yaml").write_text("filters: [\n")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


ENDINGS = ".wav, .flac, .ogg, .oga, .opus, .mp3, .aiff, .aif, .caf, .w64, .au"

FAILURES = [
    ("synth none.wav", "none.wav: no such file; check the name"),
    ("synth folder.wav", "folder.wav is a folder; give a sound file"),
    ("synth empty.wav", "empty.wav is an empty file; give a wav, flac, ogg, mp3 or aiff file"),
    (
        "synth notes.txt",
        "notes.txt is not a sound file that can be read: Format not recognised; "
        "give a wav, flac, ogg, mp3 or aiff file",
    ),
    ("synth rain.wav -o taken.wav", "taken.wav exists; replace it with --force or choose another with -o"),
    ("synth rain.wav -o rain.wav --force", "rain.wav is the input itself; choose another with -o"),
    ("synth rain.wav -o folder.wav", "folder.wav is a folder; name a file in it"),
    ("synth rain.wav -o no/a.wav", "no/a.wav: there is no folder no; make it first or choose another with -o"),
    (
        "synth rain.wav -o notes.txt/a.wav",
        "notes.txt/a.wav: notes.txt is a file, not a folder; choose another place with -o",
    ),
    ("synth rain.wav -o a.xyz", f"a.xyz: unknown ending '.xyz'; use one of {ENDINGS}"),
    ("synth rain.wav -o a", f"a has no ending; use one of {ENDINGS}"),
    ("synth rain.wav --picture a.jpg", "a.jpg: a picture is written as PNG; use the ending .png"),
    ("synth rain.wav -c defualt", "there is no preset 'defualt'; the nearest is 'default'"),
    ("synth rain.wav -c no.yaml", "no.yaml: no such config file; check the name; `texturize presets` lists presets"),
    ("synth rain.wav -c bad.yaml", "bad.yaml: unknown key filters.cuont; the nearest known key is filters.count"),
    (
        "synth rain.wav -c broken.yaml",
        "broken.yaml line 2: expected the node content, but found '<stream end>'; "
        "write YAML, as in `texturize presets default`",
    ),
    ("synth rain.wav --set filters.count=0", "--set filters.count=0: filters.count is 0, but must be at least 1"),
    (
        "synth rain.wav --set loss.gram.weight=-1",
        "--set loss.gram.weight=-1: loss.gram.weight is -1, but must be at least 0",
    ),
    ("presets prewiev", "there is no preset 'prewiev'; the nearest is 'preview'"),
    ("config --set seed=1.5", "--set seed=1.5: seed is 1.5, but must be a whole number"),
]


@pytest.mark.parametrize(("arguments", "message"), FAILURES, ids=[arguments for arguments, _ in FAILURES])
def test_failures_are_one_line_and_leave_nothing_behind(folder, arguments, message):
    before = sorted(folder.rglob("*"))
    result = run(*arguments.split())
    assert (result.exit_code, result.stderr, result.stdout) == (1, f"Error: {message}\n", "")
    assert sorted(folder.rglob("*")) == before
    assert Path("taken.wav").read_text() == "mine"


USAGE = [
    ("synth", "Missing argument 'INPUT'."),
    ("synth rain.wav --seed x", "Invalid value for '--seed': 'x' is not a valid integer range."),
    ("synth rain.wav --seed 1.5", "Invalid value for '--seed': '1.5' is not a valid integer range."),
    ("synth rain.wav --seed -1", "Invalid value for '--seed': -1 is not in the range 0<=x<=4294967295."),
    ("synth rain.wav --duration 0", "Invalid value for '--duration': 0.0 is not in the range x>0."),
    ("synth rain.wav --duration nan", "Invalid value for '--duration': nan is not a length in seconds."),
    ("synth rain.wav --duration inf", "Invalid value for '--duration': inf is not a length in seconds."),
    ("synth rain.wav --threads 0", "Invalid value for '--threads': 0 is not in the range x>=1."),
    ("synth rain.wav --set x", "Invalid value for '--set': 'x' is not KEY=VALUE, such as filters.count=256."),
    ("synth rain.wav --manifest -o -", "--manifest needs a file name for the result, not -o -."),
    ("config --schema -c preview", "--schema takes no other options: the schema is the same for every config."),
    ("sinth rain.wav", "No such command 'sinth'. Did you mean 'synth'?"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE, ids=[arguments for arguments, _ in USAGE])
def test_wrong_usage(folder, arguments, message):
    result = run(*arguments.split())
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"Error: {message}"
    assert result.stdout == ""


def test_synth_by_itself(folder):
    result = run("synth", "rain.wav")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "rain.texture.wav: 1.00 s, 16000 Hz, 2 channels, PCM_24; loss 0.01 (from 1); the loss has flattened or reached its goal; 1.5 s\n"
    )
    info = soundfile.info("rain.texture.wav")
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (16_000, 2, 16_000, "PCM_24")
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize(
    ("name", "subtype"), [("a.flac", "PCM_24"), ("a.ogg", "VORBIS"), ("a.mp3", "MPEG_LAYER_III"), ("A.AIFF", "PCM_24")]
)
def test_the_ending_picks_the_format(folder, name, subtype):
    assert run("synth", "rain.wav", "-o", name).exit_code == 0
    assert soundfile.info(name).subtype == subtype


def test_a_format_that_cannot_hold_the_result_is_refused_before_the_work(folder):
    soundfile.write("hall.wav", np.full((48_000, 6), 0.1), 96_000)
    result = run("synth", "hall.wav", "-o", "a.mp3")
    expected = "Error: a.mp3: MP3 as MPEG_LAYER_III cannot hold 6 channels at 96000 Hz; use .wav or .flac\n"
    assert (result.exit_code, result.stderr) == (1, expected)


def test_standard_output_holds_the_sound_and_nothing_else(folder):
    result = run("synth", "rain.wav", "-o", "-")
    assert result.exit_code == 0
    Path("out.wav").write_bytes(result.stdout_bytes)
    assert soundfile.info("out.wav").frames == 16_000
    assert result.stdout_bytes[:4] == b"RIFF"
    assert result.stderr.startswith("standard output: 1.00 s")


def test_options_reach_the_result(folder):
    arguments = "synth rain.wav -o taken.wav --force --seed 7 --duration 0.5 -q --picture p.png --manifest"
    result = run(*arguments.split(), "--set", "filters.count=9")
    assert (result.exit_code, result.output) == (0, "")
    assert soundfile.info("taken.wav").frames == 8000
    assert Path("p.png").read_bytes()[:4] == b"\x89PNG"
    manifest = json.loads(Path("taken.wav.json").read_text())
    assert manifest["command"] == f"texturize {arguments} --set filters.count=9"
    assert (manifest["seed"], manifest["config"]["filters"]["count"]) == (7, 9)
    assert len(manifest["input"]["sha256"]) == 64


def test_warnings_are_one_line_each_and_said_once(folder):
    result = run("synth", "short.wav")
    assert (result.exit_code, result.stderr) == (0, "Warning: the clip is short\n")


def test_a_clipped_input_is_a_warning(folder):
    soundfile.write("loud.wav", np.clip(2 * np.sin(np.arange(16_000) * 0.05), -1, 1), 16_000)
    result = run("synth", "loud.wav")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: loud.wav is clipped: ")


def test_an_unexpected_error_points_to_debug(folder, monkeypatch):
    def broken(*_args, **_options):
        raise ValueError("two\nlines")

    monkeypatch.setattr(sys.modules["texturize.synthesis.recipe"], "synthesize", broken)
    result = run("synth", "rain.wav")
    message = "Error: ValueError: two; this is a defect: run it again with --debug and report what it prints\n"
    assert (result.exit_code, result.stderr) == (1, message)
    with pytest.raises(ValueError, match="two"):
        run("synth", "rain.wav", "--debug")
    with pytest.raises(ValueError, match="two"):
        run("--debug", "synth", "rain.wav")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may write anywhere")
def test_no_permission(folder):
    Path("closed").mkdir(mode=0o500)
    result = run("synth", "rain.wav", "-o", "closed/a.wav")
    message = "Error: closed/a.wav: no permission to write in the folder closed; choose another with -o\n"
    assert (result.exit_code, result.stderr) == (1, message)


def test_presets_are_listed_and_printed():
    listed = run("presets").stdout.splitlines()
    assert [line.split()[0] for line in listed][:2] == ["default", "antognini2018"]
    assert all(len(line.split()) > 3 for line in listed)
    assert yaml.safe_load(run("presets", "ulyanov2016").stdout)["filters"] == {"widths": [11], "count": 4096, "bias": 0}


def test_config_prints_the_resolved_config_and_the_schema():
    printed = yaml.safe_load(run("config", "-c", "preview", "--set", "seed=3").stdout)
    assert (printed["seed"], printed["filters"]["count"]) == (3, 64)
    assert json.loads(run("config", "--schema").stdout)["title"] == "texturize config"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_begins_with_what_it_does_and_has_an_example(name):
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "Example:\n    texturize" in result.stdout


def test_help_lists_every_command_and_imports_nothing_heavy():
    heavy = ["jax", "numpy", "scipy", "librosa", "soundfile", "pydantic", "yaml", "rich", "matplotlib"]
    code = (
        "import sys; sys.argv = ['texturize', '--help']\n"
        "from texturize.cli import main\n"
        "try: main()\n"
        f"except SystemExit as end: print(end.code, [name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)


def test_version():
    result = run("--version")
    assert (result.exit_code, result.stdout.split()[0]) == (0, "texturize")
