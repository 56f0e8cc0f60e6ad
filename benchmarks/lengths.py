"""Long results, loops and sets that can follow one another, on the clips of a folder. Writes docs/lengths.md.

    python benchmarks/lengths.py FOLDER --only 'rain*' --seconds 60

For each clip: texture distance at its own length and at ``--seconds``; the copy figure between each two parts of the
long result, each as long as the clip, against that of the clip's own second half; the seam of the loop; and, with
``--joinable N``, the seams of all N x N joints of N variations that share their ends. ``--pictures FOLDER`` draws each
loop four times over.
"""

from __future__ import annotations

import argparse
from itertools import combinations, product
from pathlib import Path

import numpy as np
from clips import add_clip_options, chosen_clips
from figures import Section, Table, write_section
from tables import ROOT, code_label, machine

from texturize.compare import copying, join_seam, seam, texture_distance
from texturize.config import Config
from texturize.config.presets import load_config
from texturize.files.audio import Clip, read_audio
from texturize.runtime.cache import use_compilation_cache
from texturize.show.picture import draw_spectrograms
from texturize.synthesis.api import synthesize, variations

HEAD = ["clip", "texture distance", "of the long result", "ratio", "copying between its parts, 50 / 250 ms",
        "a fresh excerpt", "seam of the loop", "of the long one"]  # fmt: skip


def seam_text(y: np.ndarray, sr: int) -> str:
    found = seam(y, sr)
    if found is None:
        return "–"
    return f"{found.largest:.2f}" + ("" if found.inside else f" (audible: {', '.join(found.outside)})")


def long_line(clip: Clip, config: Config, seconds: float, pictures: Path | None) -> list[str]:
    """Figures of one clip's results."""
    y, sr = clip.samples, clip.sample_rate
    short = synthesize(y, sr, config=config).samples
    long = synthesize(y, sr, config=config, duration=seconds).samples
    assert long.shape[-1] == round(seconds * sr)
    if pictures is not None and clip.path is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        draw_spectrograms(pictures / f"{clip.path.stem}.loop.png", y, np.tile(short, 4), sr)
    distances = [texture_distance(y, result, sr).total for result in (short, long)]
    n = y.shape[-1]
    parts = [long[:, start : start + n] for start in range(0, long.shape[-1] - n + 1, n)]
    copies = [copying(a, b, sr) for a, b in combinations(parts, 2)]
    own = copying(y[:, : n // 2], y[:, n // 2 :], sr)
    name = clip.path.stem if clip.path is not None else ""
    print(name, *(f"{d:.3f}" for d in distances), flush=True)
    return [
        name, f"{distances[0]:.2f}", f"{distances[1]:.2f}", f"{distances[1] / distances[0]:.2f}",
        f"{np.mean([c.short for c in copies]):.2f} / {np.mean([c.long for c in copies]):.2f}" if copies else "–",
        f"{own.short:.2f} / {own.long:.2f}", seam_text(short, sr), seam_text(long, sr),
    ]  # fmt: skip


def joint_line(clip: Clip, config: Config, count: int) -> list[str]:
    """Seams of all joints of results that share their ends."""
    several = config.with_output(variations=count, joinable=True)
    made = variations(clip.samples, clip.sample_rate, config=several)
    results = [one.samples for one in made]
    found = [join_seam(a, b, clip.sample_rate) for a, b in product(results, repeat=2)]
    largest = [one.largest for one in found if one is not None]
    name = clip.path.stem if clip.path is not None else ""
    return [name, str(len(found)), str(sum(value <= 1 for value in largest)), f"{max(largest):.2f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_clip_options(parser, "default")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the long results")
    parser.add_argument("--joinable", type=int, default=0, metavar="N", help="variations that share their ends")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw each loop four times over")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "lengths.md")
    options = parser.parse_args()
    use_compilation_cache()
    config = load_config(options.preset, options.set)
    clips = [read_audio(path) for path in chosen_clips(options)]
    made_with = code_label(), machine()
    if options.seconds:
        lines = []
        for clip in clips:  # written after each: all of them take hours
            lines.append(long_line(clip, config, options.seconds, options.pictures))
            parts = [f"## Results of {options.seconds:g} s, and loops", Table(HEAD, lines, "ratio")]
            write_section(options.out, "lengths", Section(parts, *made_with), "Lengths")
    if options.joinable:
        head = ["clip", "joints", "no more than inside", "largest, in units of the largest inside"]
        lines = []
        for clip in clips:
            lines.append(joint_line(clip, config, options.joinable))
            parts = [f"## {options.joinable} results that share their ends", Table(head, lines)]
            write_section(options.out, "joints", Section(parts, *made_with), "Lengths")
            print(*lines[-1], flush=True)


if __name__ == "__main__":
    main()
