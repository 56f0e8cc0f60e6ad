"""The command `compare`: tables, JSON, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from texturize.cli.compare import compare
from texturize.cli.group import texturize
from texturize.compare import Copying, Rhythm
from texturize.compare.verdicts import copying_verdict, level_verdict, rhythm_verdict, worst_verdict

SR = 16_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("compare")
    rng = np.random.default_rng(0)
    y = 0.1 * rng.standard_normal(4 * SR)
    soundfile.write(path / "reference.wav", y, SR)
    soundfile.write(path / "copy.wav", 0.5 * np.roll(y, 5000), SR)
    soundfile.write(path / "fresh.wav", 0.1 * rng.standard_normal((4 * SR, 2)), SR)
    clicking = np.concatenate([[0.9], y[1:]])
    soundfile.write(path / "twice.wav", np.stack([clicking, clicking], 1), SR)
    soundfile.write(path / "silent.wav", np.zeros(SR), SR)
    return path


def run(folder, *arguments):
    paths = [str(folder / a) if a.endswith(".wav") else a for a in arguments]
    return CliRunner().invoke(texturize, ["compare", *paths])


def test_json_for_programs(folder):
    outcome = run(folder, "reference.wav", "copy.wav", "--json")
    assert outcome.exit_code == 0
    values = json.loads(outcome.stdout)
    assert set(values) == {
        "worst",
        "texture",
        "events",
        "copying",
        "retelling",
        "rhythm",
        "level_difference_db",
        "seam",
        "channels",
        "notes",
    }
    assert values["copying"]["short"] > 0.98
    assert values["level_difference_db"] == [pytest.approx(-6.02, abs=0.01)]
    assert values["rhythm"]["period"] is None
    assert values["worst"]["value"] == max(values["texture"]["total"], *values["events"]["distances"].values())
    assert values["worst"]["verdict"] == "as close as another excerpt of the same recording"
    assert values["retelling"]["likeness"] > 0.6
    assert values["retelling"]["baseline"] < 0.3


def test_a_table_for_people(folder):
    outcome = run(folder, "reference.wav", "copy.wav")
    assert outcome.exit_code == 0
    for words in (
        "as a whole",
        "attack and decay",
        "stretches retell",
        "texture distance",
        "a splice of the reference",
        "no periodicity worth the name",
        "-6.0 dB  quieter",
    ):
        assert words in outcome.stdout
    assert "seam" in outcome.stdout
    assert "stereo" not in outcome.stdout
    fresh = run(folder, "reference.wav", "fresh.wav")
    assert "no more than a fresh excerpt" in fresh.stdout
    assert "Note: 1 against 2 channels: the means of the channels are compared" in fresh.stdout


def test_the_stereo_image_and_the_seam_in_words(folder):
    outcome = run(folder, "fresh.wav", "twice.wav")
    assert outcome.exit_code == 0
    for words in ("placed as the reference", "narrower than the reference", "louder than the reference", "a click"):
        assert words in outcome.stdout
    same = run(folder, "fresh.wav", "fresh.wav").stdout
    assert "as wide as the reference" in same
    assert "unbroken as a loop: no more than inside" in same


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("silent.wav", "copy.wav"), 1, "Error: the reference is silent; give one with sound in it\n"),
        (("none.wav", "copy.wav"), 1, "none.wav: no such file; check the name\n"),
        (("reference.wav",), 2, "Missing argument 'RESULT'"),
        (("reference.wav", "copy.wav", "--yaml"), 2, "No such option"),
    ],
)
def test_exit_codes(folder, arguments, code, message):
    outcome = run(folder, *arguments)
    assert outcome.exit_code == code
    assert message in outcome.stderr
    assert outcome.stdout == ""


def test_the_command_alone_imports_nothing_heavy():
    check = "import sys, texturize.cli.compare; sys.exit(bool({'scipy', 'jax', 'numpy', 'rich'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
    assert compare.name == "compare"


def test_verdicts_go_with_the_figures():
    assert [worst_verdict(d).split(":")[0] for d in (1.0, 1.6, 2.5, 3.5)] == [
        "as close as another excerpt of the same recording",
        "close",
        "some way off",
        "far off",
    ]
    assert copying_verdict(Copying(0.45, 0.24, 0.44, 0.23)) == "no more than a fresh excerpt"
    assert copying_verdict(Copying(0.76, 0.65, 0.44, 0.23)) == "much of it is copied out of the reference"
    assert copying_verdict(Copying(0.94, 0.90, 0.44, 0.23)) == "a splice of the reference"
    assert (
        rhythm_verdict(Rhythm(0.1, 1.0, 0.5, 0.6, 0.1))
        == "lost: 10 % of the reference's period of 0.5 s (strength 0.60)"
    )
    assert rhythm_verdict(Rhythm(0.1, 1.0, 0.5, 0.6, None)).startswith("the result is too short to show")
    assert [level_verdict(d) for d in ((0.2,), (0.1, -3.0), (None, 4.0), (None,))] == [
        "as loud",
        "quieter",
        "louder",
        "nothing to compare",
    ]
