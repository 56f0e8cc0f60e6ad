"""`synth --report`: a page of what a run made, by what it learnt from."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from texturize.cli.group import texturize as command

SR = 16_000


@pytest.fixture(autouse=True)
def folder(fake, tmp_path):
    rng = np.random.default_rng(0)
    soundfile.write("rain.wav", 0.1 * rng.standard_normal(2 * SR), SR)
    soundfile.write("short.wav", 0.1 * rng.standard_normal(SR // 4), SR)
    Path("taken.html").write_text("mine")


def run(*arguments):
    return CliRunner().invoke(command, ["synth", *arguments], catch_exceptions=False)


def test_a_page_of_all_that_was_made():
    outcome = run("rain.wav", "--variations", "2", "--start", "0.5", "--seed", "5", "--report", "page.html")
    assert outcome.exit_code == 0
    page = Path("page.html").read_text(encoding="utf-8")
    assert "<h1>rain.wav, 0.5 to 2 s</h1>" in page
    assert re.findall(r"<a href=\"#result-\d\">(.*?)</a>", page) == ["rain.texture.1.wav", "rain.texture.2.wav"]
    assert "<dd>5</dd>" in page
    assert "1 → 0.01 in 1 steps" in page


def test_a_page_of_what_went_to_standard_output():
    outcome = run("rain.wav", "-o", "-", "-q", "--report", "page.html")
    assert outcome.exit_code == 0
    assert outcome.stdout_bytes.startswith(b"RIFF")
    assert "standard output</h2>" in Path("page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rain.wav", "--report", "a.pdf"), "a.pdf: a report is written as HTML; use the ending .html"),
        (
            ("rain.wav", "--report", "taken.html"),
            "taken.html exists; replace it with --force or choose another with -o",
        ),
        (
            ("short.wav", "--report", "a.html"),
            "short.wav: the reference lasts 0.25 s; at least 0.5 s are needed to compare",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(arguments, message):
    before = sorted(Path().iterdir())
    outcome = run(*arguments)
    assert outcome.exit_code == 1
    assert outcome.stderr.splitlines()[-1] == f"Error: {message}"
    assert sorted(Path().iterdir()) == before
