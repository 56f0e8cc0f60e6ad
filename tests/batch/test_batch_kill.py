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
from forked import Forked

FAKE = Path(__file__).parents[1] / "fake_synthesis.py"
CLIPS = 9
HANG = 600
"""Seconds after which a process that should have ended counts as hung, on the slowest machine."""
ON_LEAVE = -1.0
"""Pause of a batch whose every row waits for `let_go_on`."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals differ")


def with_clips(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    (folder / "clips").mkdir()
    for i in range(CLIPS):
        soundfile.write(folder / f"clips/{i:02}.wav", 0.1 * rng.standard_normal(2000), 8000)
    return folder


@pytest.fixture
def clips(tmp_path):
    return with_clips(tmp_path)


def start(folder: Path, out: str, *options: str, pause: float = 0.05) -> Forked:
    return Forked(folder, 1, pause, "batch", "clips", "-o", out, *options)


def let_go_on(process: Forked) -> None:
    """Let the row in the works be done, of a batch that waits for that."""
    process.stdin.write("\n")
    process.stdin.flush()


def sounds(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.wav")}


def at_work(process: Forked) -> None:
    """Wait until a row is in the works."""
    while process.stderr.readline() != "step 0\n":
        assert process.poll() is None


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Sounds of a batch of the same clips that nothing happened to."""
    clips = with_clips(tmp_path_factory.mktemp("unbroken"))
    process = start(clips, "whole", pause=0.001)
    out, errors = process.communicate(timeout=HANG)
    assert (process.returncode, out[:15]) == (0, "whole: 9 done, "), errors
    found = sounds(clips / "whole")
    assert len(found) == CLIPS
    return found


def test_killed_at_any_moment_and_resumed(clips, unbroken):
    rng, out, made = random.Random(0), clips / "out", []
    for attempt in range(4):
        process = start(clips, "out", pause=ON_LEAVE)
        at_work(process)
        let_go_on(process)  # of two rows at most: some are left, however long the machine takes to kill it
        while attempt % 2 and len(sounds(out)) == len(made):
            assert process.poll() is None
            time.sleep(0.01)
        if attempt % 2:
            let_go_on(process)
        time.sleep(rng.uniform(0, 0.15))
        process.kill()
        process.communicate()
        present = sounds(out)
        assert all(unbroken[name] == data for name, data in present.items())
        assert not made or len(present) >= len(made)  # what was done is kept
        made = list(present)
    assert 0 < len(made) < CLIPS
    process = start(clips, "out", pause=0.001)
    text, errors = process.communicate(timeout=HANG)
    assert process.returncode == 0, errors
    assert sounds(out) == unbroken
    assert int(text.split()[3]) >= len(made) - 1  # done before: a manifest may be there without its sound
    assert sorted(path.name for path in out.iterdir() if path.suffix not in (".wav", ".json")) == ["summary.csv"]
    with (out / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["output"] for row in rows] == sorted(unbroken)


def test_interrupted_says_how_to_go_on(clips, unbroken):
    process = start(clips, "out", pause=ON_LEAVE)
    at_work(process)
    let_go_on(process)
    at_work(process)
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == "Stopping\n"
    let_go_on(process)
    text, errors = process.communicate(timeout=HANG)
    assert (process.returncode, text) == (130, "")
    said = [line for line in errors.splitlines() if not line.startswith("step")]
    assert said == ["Interrupted; what is done is kept, and the same command goes on from there"]
    assert 1 <= len(sounds(clips / "out")) < CLIPS
    assert not list((clips / "out").glob(".*"))
    process = start(clips, "out", pause=0.001)
    process.communicate(timeout=HANG)
    assert sounds(clips / "out") == unbroken


def test_terminated_leaves_nothing_half(clips):
    process = start(clips, "out", pause=ON_LEAVE)
    at_work(process)
    process.terminate()
    process.communicate(timeout=HANG)
    assert process.returncode == 143
    assert sorted(path.name for path in (clips / "out").iterdir()) == ["summary.csv"]


def test_two_at_once(clips):
    first = start(clips, "out", pause=ON_LEAVE)
    at_work(first)
    second = start(clips, "out")
    text, errors = second.communicate(timeout=HANG)
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
    """Of one, nobody else could do what it leaves."""
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    words = [sys.executable, FAKE, "1", "0.6", "batch", "clips", "-o", "out", "--workers", "1", "--threads", "1"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(words, cwd=clips, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    while len(list((clips / "out").glob("*.wav"))) < 2:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    (victim,) = children(process.pid)
    os.kill(victim, signal.SIGKILL)
    text, errors = process.communicate(timeout=HANG)
    assert (process.returncode, text[:13]) == (0, "out: 9 done, "), errors
    assert sounds(clips / "out") == unbroken
