"""Two revisions side by side: whole commands of the same clips, in turns, each compiled before. A part of speed.py."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from figures import Table
from same_bytes import files_of
from tables import git

from texturize.compare import compare
from texturize.files.audio import read_audio

LAST_LINES = 3


class Run(NamedTuple):
    """One command."""

    wall: float
    """Seconds."""
    processor: float
    """Seconds of all its threads."""
    steps: int


def command(files: Path, cache: Path, words: list[str], out: Path) -> Run:
    """A ``texturize synth`` of the revision whose files lie in a folder.

    Raises
    ------
    SystemExit
        The command failed; with what it said last.
    """
    line = [sys.executable, "-m", "texturize", "synth", *words, "-o", str(out), "--force", "--manifest", "-q"]
    places = {"TEXTURIZE_CACHE": str(cache), "PYTHONPATH": str(files)}
    said = out.with_suffix(".txt")
    start = time.perf_counter()
    with said.open("w") as errors:
        process = subprocess.Popen(line, cwd=out.parent, env=os.environ | places, stdout=errors, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit("\n".join([" ".join(line), *said.read_text().splitlines()[-LAST_LINES:]]))
    losses = json.loads(Path(f"{out}.json").read_text(encoding="utf-8"))["losses"]
    return Run(wall, used.ru_utime + used.ru_stime, sum(len(history) - 1 for history in losses.values()))


def against(options: argparse.Namespace, folder: Path, clips: list[Path]) -> list[str | Table]:
    """Table of the files here and those of the revision ``options.against``, by clip and preset."""
    other = git("rev-parse", "--short", options.against)
    lines = []
    with files_of(None) as here, files_of(options.against) as there:
        revisions = {"here": here, other: there}
        for clip in clips:
            for preset in options.presets.split(","):
                words = [str(clip.resolve()), "-c", preset, *(word for key in options.set for word in ("--set", key))]
                outs = {name: folder / name / f"{clip.stem}.{preset}.wav" for name in revisions}
                runs: dict[str, list[Run]] = {name: [] for name in revisions}
                for turn in range(options.runs + 1):
                    for name, files in revisions.items():
                        outs[name].parent.mkdir(exist_ok=True)
                        found = command(files, folder / name / "cache", words, outs[name])
                        if turn:  # the first compiles
                            runs[name].append(found)
                lines += _rows(f"{clip.stem}, {preset}", clip, outs, runs)
    head = ["", "whole command, s", "ratio", "processor, s", "ratio", "steps", "texture distance", "copying beyond"]
    text = (
        f"Revision {other} and the files as they are here, in turns; both compiled before; median of {options.runs}. "
        "Ratios are to the revision. Texture distance, and copying (50 ms) beyond that of a fresh excerpt, are by the "
        "judge as it is here."
    )
    return [Table(head, lines, head[2]), text]


def _rows(title: str, clip: Path, outs: dict[str, Path], runs: dict[str, list[Run]]) -> list[list[str]]:
    """Rows of a clip and a preset: here first."""
    reference = read_audio(clip)
    middle = {
        name: [statistics.median(values) for values in list(zip(*found, strict=True))[:2]]
        for name, found in runs.items()
    }
    base = list(middle.values())[-1]
    rows = []
    for name, (wall, processor) in middle.items():
        result = read_audio(outs[name])
        judged = compare(reference.samples, result.samples, reference.sample_rate)
        copied = judged.copying.short - judged.copying.baseline_short
        rows.append(
            [f"{title}, {name}", f"{wall:.1f}", f"{wall / base[0]:.2f}", f"{processor:.1f}",
             f"{processor / base[1]:.2f}", str(runs[name][0].steps), f"{judged.texture.total:.2f}", f"{copied:+.3f}"]
        )  # fmt: skip
    return rows
