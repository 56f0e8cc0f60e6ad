"""Whether two revisions make the same bytes of the same seeds: for changes that are to change no result.

    python benchmarks/same_bytes.py [BEFORE [AFTER]] [--only NAME]... [--preset NAME] [--keep FOLDER]

BEFORE is the last commit and AFTER the files as they are here unless revisions are named. Each makes tiny results with
--deterministic and a few steps, by every way that a command takes, in a process of its own. Prints the hashes; the exit
code is 1 if any two differ. What is found in --keep, by the revision's hash and the preset's name, is not made again.
"""

from __future__ import annotations

import argparse
import hashlib
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
RATE = 16000
SHORT = [
    "-q",
    "--deterministic",
    "--set",
    "refine.max_steps=3",
    "--set",
    "filters.count=16",
    "--set",
    "audio.sample_rate=16000",
]
WAYS = {
    "mono": "synth rain.wav -o {}.wav",
    "two": "synth stereo.wav -o {}.wav",
    "ticks": "synth ticks.wav -o {}.wav",
    "loop": "synth rain.wav -o {}.wav --loop",
    "long": "synth rain.wav -o {}.wav --duration 9",
    "stages": "synth rain.wav -o {}.wav --set spectrogram_steps=3",
    "delivered": "synth stereo.wav -o {}.flac --true-peak -3 --loudness -20 --fade-in 0.1 --sample-rate 22050",
    "variations": "synth rain.wav -o {}.wav --variations 2",
    "joinable": "synth rain.wav -o {}.wav --variations 2 --joinable",
    "morph": "morph rain.wav stereo.wav -o {}.wav --mix 0.3",
    "gradual": "morph rain.wav wind.wav -o {}.wav --mix 0:1 --duration 8",
    "transfer": "transfer wind.wav rain.wav -o {}.wav",
}
"""Command lines by name, which is that of the results too."""


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
        environment = os.environ | {"PYTHONPATH": str(files), "TEXTURIZE_CACHE": cache}
        for name, words in ways.items():
            if not any(folder.glob(f"{name}.*")):
                command = [sys.executable, "-m", "texturize", *words.format(name).split(), "-c", preset, *SHORT]
                subprocess.run(command, cwd=folder, env=environment, check=True)
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
