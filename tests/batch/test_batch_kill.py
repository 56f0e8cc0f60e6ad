"""Batches that are killed, interrupted or lose their workers, and go on: every result once, whole, the same bytes."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

FAKE = Path(__file__).parents[1] / "fake_synthesis.py"
CLIPS = 12

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals differ")


@pytest.fixture
def clips(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "clips").mkdir()
    for i in range(CLIPS):
        soundfile.write(tmp_path / f"clips/{i:02}.wav", 0.1 * rng.standard_normal(2000), 8000)
    return tmp_path


def start(folder: Path, out: str, *options: str, pause: float = 0.05) -> subprocess.Popen[str]:
    command = [sys.executable, str(FAKE), "1", str(pause), "batch", "clips", "-o", out, *options]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def sounds(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.wav")}


def at_work(process: subprocess.Popen[str]) -> None:
    """Wait until a row is in the works."""
    assert process.stderr is not None
    while process.stderr.readline() != "step 0\n":
        assert process.poll() is None


@pytest.fixture
def unbroken(clips):
    process = start(clips, "whole", pause=0.001)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out[:16]) == (0, "whole: 12 done, "), errors
    found = sounds(clips / "whole")
    assert len(found) == CLIPS
    return found


def test_killed_at_any_moment_and_resumed(clips, unbroken):
    rng, out, made = random.Random(0), clips / "out", []
    for attempt in range(5):
        process = start(clips, "out", pause=0.1)
        at_work(process)
        while attempt % 2 and len(sounds(out)) == len(made):  # however long the machine takes for one
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.15))
        process.kill()
        process.communicate()
        present = sounds(out)
        assert all(unbroken[name] == data for name, data in present.items())
        assert not made or len(present) >= len(made)  # what was done is kept
        made = list(present)
    assert 0 < len(made) < CLIPS
    process = start(clips, "out", pause=0.001)
    text, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert sounds(out) == unbroken
    assert int(text.split()[3]) >= len(made) - 1  # done before: a manifest may be there without its sound
    assert sorted(path.name for path in out.iterdir() if path.suffix not in (".wav", ".json")) == ["summary.csv"]
    with (out / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["output"] for row in rows] == sorted(unbroken)


def test_interrupted_says_how_to_go_on(clips, unbroken):
    process = start(clips, "out", pause=0.3)
    at_work(process)
    at_work(process)
    process.send_signal(signal.SIGINT)
    text, errors = process.communicate(timeout=20)
    assert (process.returncode, text) == (130, "")
    said = [line for line in errors.splitlines() if not line.startswith("step")]
    assert said == ["Stopping", "Interrupted; what is done is kept, and the same command goes on from there"]
    assert 1 <= len(sounds(clips / "out")) < CLIPS
    assert not list((clips / "out").glob(".*"))
    process = start(clips, "out", pause=0.001)
    process.communicate(timeout=60)
    assert sounds(clips / "out") == unbroken


def test_terminated_leaves_nothing_half(clips):
    process = start(clips, "out", pause=0.3)
    at_work(process)
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 143
    assert sorted(path.name for path in (clips / "out").iterdir()) == ["summary.csv"]


def test_two_at_once(clips):
    first = start(clips, "out", pause=5)  # longer than a start on a busy machine
    at_work(first)
    second = start(clips, "out")
    text, errors = second.communicate(timeout=20)
    assert (second.returncode, text) == (1, "")
    assert f"another batch writes to this folder (process {first.pid} on " in errors
    first.kill()
    first.communicate()


def children(pid: int) -> list[int]:
    """The worker processes of a batch."""
    import psutil

    found = psutil.Process(pid).children(recursive=True)
    return [child.pid for child in found if "--multiprocessing-fork" in child.cmdline()]


def test_workers_that_die_are_replaced(clips, unbroken):
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    process = start(clips, "out", "--workers", "2", "--threads", "1", pause=0.4)
    while len(list((clips / "out").glob("*.wav"))) < 2:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    victim = children(process.pid)[0]
    os.kill(victim, signal.SIGKILL)
    text, errors = process.communicate(timeout=120)
    assert (process.returncode, text[:14]) == (0, "out: 12 done, "), errors
    assert sounds(clips / "out") == unbroken
