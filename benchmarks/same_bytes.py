"""Whether two revisions make the same bytes of the same seeds: for changes that are to change no result.

    python benchmarks/same_bytes.py [BEFORE [AFTER]] [--only NAME]... [--preset NAME] [--keep FOLDER]

BEFORE is the last commit and AFTER the files as they are here unless revisions are named. Each makes tiny results with
--deterministic and a few steps, by every way that a command takes, in one process: both take some four minutes on one
core. Most ways leave out the terms that take long to compile; "ticks" and "morph" have all of them. Prints the hashes;
the exit code is 1 if any two differ. What is found in --keep, by the revision's hash and the preset's name, is not made
again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parent.parent
RATE = 8000
SHORT = (
    "-q --deterministic --set refine.max_steps=3 --set filters.count=8 --set filters.widths=[4] --set resolutions=[]"
)
"""What all have: hardly any work, at one resolution."""
FEW_TERMS = " ".join(f"--set loss.{term}.weight=0" for term in ("envelopes", "patches", "events", "rhythm", "splices"))
"""What most have: without the terms that are most of the time, which is that of compiling."""
WAYS = {
    "mono": f"synth rain.wav -o {{}}.wav {FEW_TERMS}",
    "two": f"synth stereo.wav -o {{}}.wav {FEW_TERMS}",
    "ticks": "synth ticks.wav -o {}.wav",
    "loop": f"synth rain.wav -o {{}}.wav --loop {FEW_TERMS}",
    "long": f"synth rain.wav -o {{}}.wav --duration 9 {FEW_TERMS}",
    "stages": f"synth rain.wav -o {{}}.wav --set optimize.max_steps=3 {FEW_TERMS}",
    "delivered": "synth stereo.wav -o {}.flac --true-peak -3 --loudness -20 --fade-in 0.1 --sample-rate 22050 "
    + FEW_TERMS,
    "variations": f"synth rain.wav -o {{}}.wav --variations 2 {FEW_TERMS}",
    "joinable": f"synth rain.wav -o {{}}.wav --variations 2 --joinable {FEW_TERMS}",
    "morph": "morph rain.wav stereo.wav -o {}.wav --mix 0.3",
    "gradual": f"morph rain.wav wind.wav -o {{}}.wav --mix 0:1 --duration 8 {FEW_TERMS}",
    "transfer": f"transfer wind.wav rain.wav -o {{}}.wav {FEW_TERMS}",
    "fill": f"fill rain.wav --at 0.8-1.2 -o {{}}.wav {FEW_TERMS}",
}
"""Command lines by name, which is that of the results too."""
RUNNER = """
import json, sys
from texturize.cli.group import texturize
for words in json.load(sys.stdin):
    if code := texturize.main(words, prog_name="texturize", standalone_mode=False):
        sys.exit(code)
"""
"""Runs command lines one after another: Python and JAX start once, and what is compiled is used again."""
ONE_THREAD = {"JAX_PLATFORMS": "cpu"} | dict.fromkeys(
    ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)
"""What a command sees to itself where it is the first of a process."""


def write_clips(folder: Path) -> None:
    """Clips of two seconds: noise, noise in two channels, a beat, and a noise that swells."""
    generator = np.random.default_rng(0)
    n = 2 * RATE
    rain, other = generator.normal(0, 0.1, (2, n))
    beat = rain * np.exp(-40 * (np.arange(n) / RATE % 0.25)) + other / 100
    wind = other * (1 + np.sin(2 * np.pi * np.arange(n) / n)) / 2
    clips = {"rain": rain, "stereo": np.stack([rain, (rain + other) / 2]), "ticks": beat, "wind": wind}
    for name, clip in clips.items():
        soundfile.write(folder / f"{name}.wav", clip.T, RATE, "PCM_16")


@contextmanager
def files_of(revision: str | None) -> Iterator[Path]:
    """Folder with the files of a revision, or those that are here."""
    if revision is None:
        yield ROOT
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "files"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", folder, revision], cwd=ROOT, check=True)
        try:
            yield folder
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", folder], cwd=ROOT, check=True)


def results_of(revision: str | None, folder: Path, ways: dict[str, str], preset: str, cache: str) -> dict[str, str]:
    """Hashes of the sound files that a revision makes in a folder, by their names.

    What one revision compiled, the other takes from the cache only where JAX finds the very same program.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_clips(folder)
    with files_of(revision) as files:
        environment = os.environ | ONE_THREAD | {"PYTHONPATH": str(files), "TEXTURIZE_CACHE": cache}
        left = [
            [*words.format(name).split(), "-c", preset, *SHORT.split()]
            for name, words in ways.items()
            if not any(folder.glob(f"{name}.*"))
        ]
        # JAX is there already when the second command asks for one thread, which it was given at the start.
        command = [sys.executable, "-W", "ignore:JAX was imported", "-c", RUNNER]
        subprocess.run(command, cwd=folder, env=environment, check=True, input=json.dumps(left), text=True)
    made = (path for path in sorted(folder.iterdir()) if path.name.split(".")[0] in ways)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in made}


def main() -> int:
    """Make the results of both, and print what is not the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", nargs="?", default="HEAD")
    parser.add_argument("after", nargs="?")
    parser.add_argument("--only", action="append", choices=WAYS, metavar="NAME", help="one of " + ", ".join(WAYS))
    parser.add_argument("--preset", default="default")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where results are kept")
    options = parser.parse_args()
    ways = {name: WAYS[name] for name in options.only or WAYS}
    words = ["git", "rev-parse", options.before]
    before = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as name:
        cache = str(Path(name) / "cache")
        kept = (options.keep or Path(name)).resolve() / before / options.preset
        first = results_of(before, kept, ways, options.preset, cache)
        second = results_of(options.after, Path(name) / "after", ways, options.preset, cache)
    for name in sorted(first | second):
        verdict = "same" if first.get(name) == second.get(name) else "DIFFERENT"
        print(f"{name:20} {first.get(name, 'none'):12} {second.get(name, 'none'):12} {verdict}")
    return int(first != second)


if __name__ == "__main__":
    sys.exit(main())
