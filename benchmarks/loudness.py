"""Loudness and true peak of results against what was asked for, as FFmpeg's meter of EBU R 128 reads the files.

    python benchmarks/loudness.py [--preset preview] [--seconds 3]

Makes short results from a generated clip, in several formats, and prints a table. FFmpeg must be installed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

SR = 44_100
CASES = (
    ("a.wav", ""),
    ("b.wav", "--loudness -23"),
    ("c.wav", "--loudness -23 --sample-rate 48000 --subtype PCM_16"),
    ("d.wav", "--loudness -40 --subtype FLOAT"),
    ("e.wav", "--loudness -23 --fade-in 0.5 --fade-out 1"),
    ("f.flac", "--loudness -23 --true-peak -1"),
    ("g.wav", "--loudness -8 --true-peak -1"),
    ("h.wav", "--loudness -8 --true-peak -2 --sample-rate 22050 --subtype PCM_U8"),
    ("i.ogg", "--loudness -23 --true-peak -1"),
    ("j.ogg", "--loudness -8 --true-peak -1"),
    ("k.mp3", "--loudness -23 --true-peak -1"),
    ("l.mp3", "--loudness -8 --true-peak -1"),
    ("m.opus", "--loudness -23 --sample-rate 48000 --true-peak -1"),
)
TOLERANCE = 0.2
"""Loudness units that a result may be off by."""


class Reading(NamedTuple):
    """What FFmpeg says of a file."""

    loudness: float
    true_peak: float


def read_meter(path: Path) -> Reading:
    """Integrated loudness in LUFS and true peak in dBTP of a file."""
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = text[text.rindex("Summary:") :]
    loudness, peak = (re.search(rf"{name}:\s+(\S+)", summary) for name in ("I", "Peak"))
    assert loudness is not None
    assert peak is not None
    return Reading(float(loudness[1]), float(peak[1]))


def write_clip(path: Path, seconds: float) -> None:
    """Crackles over a hiss, in two channels, the second one fainter."""
    rng = np.random.default_rng(0)
    n = round(seconds * SR)
    hits = np.where(rng.random(n) < 20 / SR, rng.lognormal(0, 0.5, n), 0.0)
    drop = np.exp(-np.arange(2000) / 300) * rng.standard_normal(2000)
    y = 0.05 * np.convolve(hits, drop)[:n] * np.array([[1.0], [0.6]]) + 0.01 * rng.standard_normal((2, n))
    soundfile.write(path, np.clip(y, -0.99, 0.99).T, SR, "PCM_24")


def option(arguments: str, name: str, default: float) -> float:
    """Number that follows a flag."""
    found = re.search(rf"{name} (\S+)", arguments)
    return float(found[1]) if found else default


def check(path: Path, arguments: str, source: Path, clip: Reading, preset: str) -> bool:
    """Make a result, print its row, and say whether it is as asked or says why it is not."""
    command = [sys.executable, "-m", "texturize", "synth", str(source), "-o", str(path), "-c", preset, "-q"]
    said = subprocess.run([*command, *arguments.split()], capture_output=True, text=True, check=True).stderr
    found = read_meter(path)
    asked, ceiling = option(arguments, "--loudness", clip.loudness), option(arguments, "--true-peak", np.inf)
    as_loud = abs(found.loudness - asked) <= TOLERANCE
    holds = found.true_peak <= ceiling and (as_loud or "the loudness is" in said)
    verdict = "as asked" if as_loud else said.strip().removeprefix("Warning: ") or "off"
    figures = f"{asked:.1f} | {found.loudness:.1f} | {ceiling:.1f} | {found.true_peak:.1f}".replace("inf", "")
    print(f"| {path.name} | `{arguments}` | {figures} | {verdict if holds else 'DOES NOT HOLD: ' + verdict} |")
    return holds


def main() -> int:
    """Print the table; the exit code says whether all holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="preview")
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        print("ffmpeg is not installed: nothing was measured; install it, for example with `apt install ffmpeg`")
        return 1
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clip(folder / "clip.wav", options.seconds)
        clip = read_meter(folder / "clip.wav")
        print(f"clip: {clip.loudness:.1f} LUFS, {clip.true_peak:.1f} dBTP\n")
        print("| file | flags | loudness asked | loudness | ceiling | true peak | |\n|---|---|---:|---:|---:|---:|---|")
        for file, arguments in CASES:
            good &= check(folder / file, arguments, folder / "clip.wav", clip, options.preset)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
