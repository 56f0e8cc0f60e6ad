"""Recordings that go on for half a minute: the seam, whether they drift, and what is copied. Writes docs/fill.md.

    python benchmarks/extend.py CLIPS... --results longer/

Each is measured once and kept in the folder of ``--results``, with what was made: the same command goes on where it
stopped. The table has all that are there.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import time
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile
from clips import add_clip_options, chosen_clips
from figures import Section, Table, write_section
from fill import PAGE, jumps, kept
from tables import code_label, machine

from texturize.compare import copying
from texturize.compare.retelling import retelling
from texturize.config.presets import load_config
from texturize.files.audio import read_audio
from texturize.runtime.cache import use_compilation_cache
from texturize.synthesis.fill.filling import extend

BY, END = 30.0, 5.0
"""Seconds that are new, and of these the last that are looked at for drift."""
HEAD = [
    "clip",
    "largest jump at the seam",
    "level of the last 5 s, dB",
    "the clip's own spread",
    "spectrum of the last 5 s, dB",
    "the clip's own spread",
    "copying, 250 ms",
    "retelling",
    "seconds",
]


def spectrum(y: np.ndarray, sr: int) -> np.ndarray:
    """Levels in dB of thirds of an octave, from the mean spectrum of a sound (channels, n)."""
    f, density = scipy.signal.welch(y, sr, nperseg=min(4096, y.shape[-1]))
    edges = 100 * 2 ** (np.arange(0, 3 * np.log2(sr / 2 / 100)) / 3)
    bands = [density[:, (f >= a) & (f < b)].mean() for a, b in itertools.pairwise(edges) if b - a > 2 * f[1]]
    return 10 * np.log10(np.array(bands) + 1e-14)


def apart(y: np.ndarray, other: np.ndarray, sr: int) -> tuple[float, float]:
    """Decibels that the level of one sound is above the other's, and root mean square between their spectra."""
    level = 10 * np.log10(np.mean(y**2) / np.mean(other**2))
    return float(level), float(np.sqrt(np.mean((spectrum(y, sr) - spectrum(other, sr)) ** 2)))


def row(path: Path, options: argparse.Namespace) -> list[str]:
    clip = read_audio(path)
    y, sr = clip.samples, clip.sample_rate
    start = time.process_time()
    whole = extend(y, sr, BY, config=load_config(options.preset, options.set)).samples
    seconds = time.process_time() - start
    soundfile.write(options.results / f"{path.stem}.wav", whole.T, sr, "PCM_16")
    n = y.shape[-1]
    new, pieces = whole[:, n:], np.array_split(y, max(2, round(n / sr / END)), axis=-1)
    own = [apart(piece, y, sr) for piece in pieces]
    level, colour = apart(whole[:, -round(END * sr) :], y, sr)
    copied = copying(y, new, sr)
    return [
        path.stem,
        f"{max(jumps(whole[:, : 2 * n], sr, n).values()):.2f}",
        f"{level:+.1f}",
        f"{max(abs(one[0]) for one in own):.1f}",
        f"{colour:.1f}",
        f"{max(one[1] for one in own):.1f}",
        f"{copied.long - copied.baseline_long:+.2f}",
        f"{retelling(y, new, sr).excess or 0:+.2f}",
        f"{seconds:.0f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    add_clip_options(parser, "fill")
    parser.add_argument("--results", type=Path, default=Path("longer"), help="folder that they are kept in")
    options = parser.parse_args()
    options.results.mkdir(exist_ok=True)
    use_compilation_cache()
    for path in chosen_clips(options):
        kept(options.results / f"{path.stem}.json", functools.partial(row, path, options))
    rows = [json.loads(path.read_text()) for path in sorted(options.results.glob("*.json"))]
    said = [
        f"{len(rows)} recordings that go on for {BY:g} s, preset `{options.preset}`.",
        Table(HEAD, rows),
        "A jump of 1 is the largest of a hundred places inside, and a tenth. Spread: the largest of pieces of the clip "
        "of about 5 s against all of it. Copying and retelling are what is above that of the clip's own second half. "
        "Seconds of one processor, with what was compiled.",
    ]
    write_section(PAGE, "extensions", Section(said, code_label(), machine()), "Filling")


if __name__ == "__main__":
    main()
