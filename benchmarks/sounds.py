"""The sounds to hear in the docs: three generated clips, and a texture of each. Writes docs/sounds/ and docs/sounds.md.

Run ``python benchmarks/sounds.py``, or ``make sounds``. Clips are those of demo/, made by their formulas; textures are
what ``texturize synth`` makes by default. Figures are those of ``texturize compare`` on the two files that
lie in docs/sounds/, so anybody can have them printed.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from figures import Section, Table, read, write_section
from tables import ROOT, code_label, machine

from texturize.files.audio import read_audio
from texturize.files.audio_writing import write_audio

SOUNDS = {
    "rain-on-fire": ("make_clip.py", "rain on a crackling fire"),
    "clock": ("clock.py", "a clock that ticks in a room"),
    "chimes": ("chimes.py", "wind chimes"),
}
FIGURES = (
    "sound",
    "clip",
    "texture",
    "as a whole",
    "verdict",
    "texture distance",
    "copying, 250 ms",
    "a fresh excerpt's",
)


def texturize(*arguments: str | Path) -> str:
    """What a command prints; it is shown too."""
    line = ["texturize", *map(str, arguments)]
    print("$", shlex.join(line), flush=True)
    done = subprocess.run([sys.executable, "-m", *line], stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return done.stdout


def sound_line(name: str, folder: Path, options: argparse.Namespace) -> list[str]:
    """Make one clip and its texture, and judge them."""
    script, words = SOUNDS[name]
    made, clip, texture = folder / f"{name}.flac", options.out / f"{name}-clip.mp3", options.out / f"{name}-new.mp3"
    if not options.judge:
        subprocess.run([sys.executable, ROOT / "demo" / script, made], check=True)
        sound = read_audio(made)
        write_audio(clip, sound.samples, sound.sample_rate)
        chosen = [word for item in options.set for word in ("--set", item)]
        print(texturize("synth", made, "-o", texture, "--force", *chosen), end="", flush=True)
    found: dict[str, Any] = json.loads(texturize("compare", clip, texture, "--json"))
    links = [f"[{title}](sounds/{path.name})" for title, path in (("clip", clip), ("texture", texture))]
    copied = found["copying"]
    figures = [found["texture"]["total"], copied["long"], copied["baseline_long"]]
    worst = found["worst"]
    return [words, *links, f"{worst['value']:.2f}", worst["verdict"], *(f"{value:.2f}" for value in figures)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="in every synthesis")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "sounds", help="folder; the page lies beside it")
    parser.add_argument("--only", action="append", choices=SOUNDS, help="one of the sounds; may be repeated")
    parser.add_argument("--judge", action="store_true", help="only judge the files that are there")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made = [sound_line(name, Path(folder), options) for name in options.only or SOUNDS]
    page = options.out.with_suffix(".md")
    before = [part for part in read(page).get("sounds", Section([])).content if isinstance(part, Table)]
    found = {str(line[0]): line for table in before for line in table.rows} | {line[0]: line for line in made}
    lines = [found[words] for _, words in SOUNDS.values() if words in found]
    section = Section([Table(FIGURES, lines, "as a whole")], code_label(), machine())
    write_section(page, "sounds", section, "Hear it")
    print(section.markdown())


if __name__ == "__main__":
    main()
