"""The command `report`: pages, exit codes, messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from texturize.cli.group import texturize

SR = 16_000
EVIL = "<img src=x onerror=alert(1)>.wav"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("rain.wav", "take.wav", EVIL):
        soundfile.write(name, 0.1 * rng.standard_normal(SR), SR)
    soundfile.write("silent.wav", np.zeros(SR), SR)
    Path("taken.html").write_text("mine")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(texturize, ["report", *arguments], catch_exceptions=False)


def test_writes_a_page_and_says_so():
    outcome = run("rain.wav", "take.wav", EVIL)
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    size = Path("rain.report.html").stat().st_size / 1e6
    assert outcome.stdout == f"rain.report.html: 2 results beside rain.wav, {size:.1f} MB\n"
    page = Path("rain.report.html").read_text(encoding="utf-8")
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;.wav" in page


def test_says_that_a_manifest_is_left_out():
    Path("take.wav.json").write_text(json.dumps([1]))
    outcome = run("rain.wav", "take.wav", "-o", "a.html")
    assert outcome.exit_code == 0
    assert outcome.stderr == (
        "Warning: take.wav: its manifest is left out: take.wav.json is not a manifest of texturize\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("rain.wav",), 2, "Missing argument 'RESULT...'"),
        (("rain.wav", "none.wav"), 1, "Error: none.wav: no such file; check the name\n"),
        (("silent.wav", "take.wav"), 1, "Error: silent.wav: the reference is silent; give one with sound in it\n"),
        (
            ("rain.wav", "take.wav", "-o", "a.pdf"),
            1,
            "Error: a.pdf: a report is written as HTML; use the ending .html\n",
        ),
        (
            ("rain.wav", "take.wav", "-o", "taken.html"),
            1,
            "Error: taken.html exists; replace it with --force or choose another with -o\n",
        ),
        (
            ("rain.wav", "take.wav", "-o", "no/a.html"),
            1,
            "Error: no/a.html: there is no folder no; make it first or choose another with -o\n",
        ),
    ],
)
def test_exit_codes(arguments, code, message):
    before = sorted(Path().iterdir())
    outcome = run(*arguments)
    assert outcome.exit_code == code
    assert message in outcome.stderr
    assert outcome.stdout == ""
    assert sorted(Path().iterdir()) == before


def test_force_replaces_a_page():
    assert run("rain.wav", "take.wav", "-o", "taken.html", "--force").exit_code == 0
    assert Path("taken.html").read_text(encoding="utf-8") != "mine"


def test_the_command_alone_imports_nothing_heavy():
    heavy = "{'scipy', 'jax', 'numpy', 'jinja2', 'yaml'}"
    check = f"import sys, texturize.cli.report; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
