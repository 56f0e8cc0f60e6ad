"""Standard streams that are closed, or open the wrong way, when the command is started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from texturize.cli.group import texturize

FAKE = Path(__file__).parents[1] / "fake_synthesis.py"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")


def run(folder: Path, arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a shell, whose redirections may be among the arguments."""
    soundfile.write(folder / "rain.wav", 0.1 * np.random.default_rng(0).standard_normal(16_000), 16_000)
    words = f"exec '{sys.executable}' '{FAKE}' 1 0 synth rain.wav {arguments}"
    return subprocess.run(["sh", "-c", words], cwd=folder, capture_output=True, check=False)


def test_without_standard_error_or_any_stream_the_result_is_the_same(tmp_path, fake):
    for number, closed in enumerate(("2>&-", "<&- >&- 2>&-")):
        assert run(tmp_path, f"-o b{number}.wav {closed}").returncode == 0
    assert CliRunner().invoke(texturize, ["synth", "rain.wav", "-o", "a.wav"]).exit_code == 0
    for number in range(2):
        assert (tmp_path / f"b{number}.wav").read_bytes() == (tmp_path / "a.wav").read_bytes()


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (">&-", "standard output is closed"),
        ("1</dev/null", "standard output cannot be written to: Bad file descriptor"),
    ],
)
def test_standard_output_that_takes_nothing_is_refused_before_the_work(tmp_path, stream, message):
    done = run(tmp_path, f"-o - {stream}")
    assert (done.returncode, done.stderr.decode()) == (1, f"Error: {message}; name a file with -o\n")
