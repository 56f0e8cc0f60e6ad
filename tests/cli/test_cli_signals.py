"""Ctrl-C once, twice, termination, and a closed pipe, on a running command."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from forked import Forked

FAKE = Path(__file__).parents[1] / "fake_synthesis.py"
HANG = 600
"""Seconds after which a process that should have ended counts as hung, on the slowest machine."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals differ")


@pytest.fixture
def clip(tmp_path):
    soundfile.write(tmp_path / "rain.wav", 0.1 * np.random.default_rng(0).standard_normal(16_000), 16_000)
    return tmp_path


def start(folder: Path, pause: float, *arguments: str) -> Forked:
    """Start the command, and wait until the work has begun."""
    process = Forked(folder, 1000, pause, "synth", "rain.wav", *arguments)
    while process.stderr.readline() != "step 0\n":
        assert process.poll() is None
    return process


def test_interrupted_once_writes_the_best_so_far_and_shows_how_far_it_came(clip):
    process = start(clip, 0.05, "--trace", "growth")
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=HANG)
    assert process.returncode == 130
    assert out.startswith("rain.texture.wav: 1.00 s")
    lines = [line for line in errors.splitlines() if not line.startswith("step")]
    assert lines == [
        "Stopping; press Ctrl-C once more to quit at once",
        "Interrupted: stopped early; this is the best so far; run it again to the end for a closer result",
    ]
    assert soundfile.info(clip / "rain.texture.wav").frames == 16_000
    assert {"index.csv", "growth.gif", "refine-000001.wav"} < {path.name for path in (clip / "growth").iterdir()}


@pytest.mark.parametrize("arguments", [(), ("--trace", "growth")])
def test_interrupted_twice_leaves_nothing_behind(clip, arguments):
    process = start(clip, 60.0, *arguments)  # in the middle of a step that does not end by itself
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "Stopping; press Ctrl-C once more to quit at once\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=HANG)
    assert (process.returncode, errors) == (130, "Interrupted; nothing was written\n")
    assert [path.name for path in clip.iterdir()] == ["rain.wav"]


def test_terminated_leaves_nothing_behind(clip):
    process = start(clip, 60.0)
    process.terminate()
    out, errors = process.communicate(timeout=HANG)
    assert (process.returncode, out, errors) == (143, "", "")
    assert [path.name for path in clip.iterdir()] == ["rain.wav"]


@pytest.mark.parametrize(
    "words",
    [
        ["-m", "texturize", "presets"],
        ["-m", "texturize", "config", "--schema"],
        [FAKE, "1", "0", "synth", "rain.wav", "-o", "-", "-q"],
    ],
    ids=lambda words: words[2],
)
def test_a_closed_pipe_is_no_traceback(clip, words):
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=clip,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait(timeout=HANG)
    assert process.returncode in (0, 1)
