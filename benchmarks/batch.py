"""Measure how a batch lives through kill -9: every result there once, and the bytes of a run that was not disturbed.

    python benchmarks/batch.py [--clips 200] [--kills 10]

Makes that many short clips in a temporary folder, and with tiny settings, in this order: one batch undisturbed; one
killed at random moments and started again; one on two workers, of which one is killed three times. Writes what it saw
to docs/scale.md.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import soundfile
from figures import Section, Table, write_section
from tables import ROOT, code_label, machine

SR, SECONDS = 8000, 0.6
SETTINGS = ["-c", "preview", "--set", "refine.max_steps=5", "--set", "filters.count=8", "--threads", "1"]


SEEN: list[str] = []


def say(text: str) -> None:
    print(text, flush=True)
    SEEN.append(text)


def make_clips(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    folder.mkdir()
    t = np.arange(round(SECONDS * SR)) / SR
    for i in range(count):
        gusts = 1 + 0.8 * np.sin(2 * np.pi * rng.uniform(2, 8) * t + rng.uniform(0, 6))
        soundfile.write(folder / f"{i:04}.wav", 0.05 * gusts * rng.standard_normal(t.size), SR)


def start(folder: Path, out: str, *options: str, clips: str = "clips") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "texturize", "batch", clips, "-o", out, *SETTINGS, *options]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)


def sounds(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.wav")}


def whole(name: str, found: dict[str, bytes], expected: dict[str, bytes], folder: Path) -> None:
    """Stop if a result is missing, doubled, half or another."""
    assert found == expected, f"{name}: {len(found)} results, {sum(found[k] != expected.get(k) for k in found)} differ"
    others = [path.name for path in folder.iterdir() if path.suffix not in (".wav", ".json")]
    assert others == ["summary.csv"], f"{name}: {others}"
    lines = (folder / "summary.csv").read_text().splitlines()
    assert len(lines) == len(expected) + 1, f"{name}: {len(lines)} lines in the summary"
    say(f"{name}: {len(found)} results, each there once, the same bytes as undisturbed")


def undisturbed(folder: Path, out: str, clips: str = "clips") -> float:
    begun = time.perf_counter()
    assert start(folder, out, clips=clips).wait() == 0
    return time.perf_counter() - begun


def killed(folder: Path, kills: int, seconds: float) -> tuple[int, int]:
    """Kill and start again; the number of kills that hit, and of results that were made more than once."""
    rng = random.Random(0)
    hits, doubled = 0, 0
    for _ in range(kills):
        before = {path: path.stat().st_mtime_ns for path in (folder / "killed").glob("*.wav")}
        process = start(folder, "killed")
        deadline = time.perf_counter() + 60
        while process.poll() is None and time.perf_counter() < deadline:
            if len(list((folder / "killed").glob("*.wav"))) > len(before):
                break
            time.sleep(0.01)
        time.sleep(rng.uniform(0, seconds / kills))
        hits += process.poll() is None
        process.kill()
        process.wait()
        doubled += sum(path.stat().st_mtime_ns != when for path, when in before.items())
    assert start(folder, "killed").wait() == 0
    return hits, doubled


def lose_workers(folder: Path, count: int, times: int) -> tuple[int, float]:
    """Run on two workers and kill one of them again and again; how often it was hit, and the seconds taken."""
    begun = time.perf_counter()
    process = start(folder, "workers", "--workers", "2")
    hits = 0
    for i in range(times):
        while len(list((folder / "workers").glob("*.wav"))) < (i + 1) * count // 8:
            assert process.poll() is None
            time.sleep(0.05)
        children = psutil.Process(process.pid).children(recursive=True)
        workers = [child.pid for child in children if "--multiprocessing-fork" in child.cmdline()]
        os.kill(workers[0], signal.SIGKILL)
        hits += 1
    assert process.wait() == 0
    return hits, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "scale.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_clips(folder / "clips", options.clips)
        make_clips(folder / "one", 1)
        undisturbed(folder, "warm-up", "one")  # fills the compilation cache
        seconds = undisturbed(folder, "whole")
        expected = sounds(folder / "whole")
        assert len(expected) == options.clips
        say(f"undisturbed: {seconds:.1f} s, {60 * options.clips / seconds:.0f} clips a minute")
        hits, doubled = killed(folder, options.kills, 0.8 * seconds)
        whole(
            f"killed {hits} times with kill -9, {doubled} results made twice",
            sounds(folder / "killed"),
            expected,
            folder / "killed",
        )
        hits, shared = lose_workers(folder, options.clips, 3)
        whole(
            f"two workers, {hits} times one was killed, {shared:.1f} s",
            sounds(folder / "workers"),
            expected,
            folder / "workers",
        )
    said = f"{options.clips} clips of {SECONDS:g} s, with 8 filters and 5 steps, one thread:"
    rate = Table(["", "seconds a result"], [["undisturbed", f"{seconds / options.clips:.2f}"]])
    section = Section([said, "\n".join(["```text", *SEEN, "```"]), rate], code_label(), machine())
    write_section(options.page, "batch", section, "Many clips")


if __name__ == "__main__":
    main()
