"""What README and docs quote of measured figures: blocks between markers, written from docs/figures/*.json alone.

Run ``python benchmarks/excerpts.py``, or ``make figures``, after a benchmark; tests/test_docs.py fails until then.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from figures import Section, Table, between_markers, read
from tables import ROOT

from texturize.files.atomic import write_text

DOCS = ROOT / "docs"
HOUR, DAY = 3600.0, 86_400.0


def found(page: str, section: str) -> Section:
    """A section of a page's figures."""
    return read(DOCS / f"{page}.md")[section]


def two(figure: str) -> str:
    """Two digits behind the point."""
    return f"{float(figure):.2f}"


def one(figure: str) -> str:
    """One digit behind the point."""
    return f"{float(figure):.1f}"


def origin(page: str, *sections: str) -> str:
    """What the figures are of: code, and the first sentence of what is out of date."""
    parts = [found(page, name) for name in sections]
    codes = ", ".join(dict.fromkeys(f"`{part.code}`" for part in parts if part.code))
    notes = dict.fromkeys(re.split(r"(?<=\.) (?=[A-Z])", part.note)[0] for part in parts if part.note)
    said = [f"Of code {codes}: [{page}.md]({page}.md).", *notes]
    return re.sub(r"\]\((?=\w+\.md)", "](docs/", " ".join(said))


def sounds() -> str:
    """The sounds to hear, with how close they are."""
    section = found("sounds", "sounds")
    table = section.table()
    rows = [[cell.replace("](sounds/", "](docs/sounds/") for cell in map(str, line[:5])] for line in table.rows]
    return Table(table.head[:5], rows, "as a whole").markdown()


def quality() -> str:
    """Texture distance by group, beside the controls."""
    section = found("quality", "clips")
    table = section.table()
    groups = {
        "paper": "5 published references (4 s, 16 kHz)",
        "noise-like": "noise-like: rain, wind, campfire",
        "many events": "many events: applause, cafe, birds",
        "pitched": "pitched: bells, chimes, oven hum",
        "rhythmic": "rhythmic: clock, train, freewheel, typing",
        "speech": "speech, which is no texture",
    }
    columns = {
        "texture distance": "default",
        "published random networks": "published: random_networks",
        "the recording's second half": "control: its own second half",
        "noise of the same spectrum": "control: spectrum-matched noise",
    }
    rows = []
    for group, words in groups.items():
        cells = [table.cell(row, group) for row in columns.values()]
        rows.append([words, *(two(cell) if cell else "" for cell in cells)])
    most = table.cell("default", "largest copying over baseline")
    said = f"Copying is at most {most.lstrip('+')} above that of a fresh excerpt, on all of these clips."
    shown = Table(["geometric means, default preset", *columns], rows, "texture distance").markdown()
    return f"{shown}\n\n{said} {origin('quality', 'clips')}"


def speed() -> str:
    """Whole commands, and what is compared with other libraries."""
    commands, lengths = found("speed", "d").table(), found("speed", "e").table()
    several, phase = found("speed", "f").table(), found("speed", "c").table()
    whole, times = "whole command, s", "times as fast as librosa"
    ours = "texturize: fast_griffin_lim, random (the same method)"
    torch = next(str(line[0]) for line in found("speed", "ab").table().rows if str(line[0]).startswith("PyTorch"))
    audio = next(str(line[0]) for line in phase.rows if str(line[0]).startswith("torchaudio"))
    ratio = float(phase.cell(ours, times)) / float(phase.cell(audio, times))
    cost = f"cost of a second over that at {lengths.rows[0][0]}"
    variations = str(several.rows[1][0])
    evaluation = found("speed", "ab").table().cell(torch, "time over texturize's")
    rows = [
        ["`default`, whole command, compiled before", f"{commands.cell('default, warm', whole)} s"],
        ["the same the first time", f"{commands.cell('default, cold', whole)} s"],
        ["`preview`, whole command, compiled before", f"{commands.cell('preview, warm', whole)} s"],
        [variations, f"{one(several.cell(variations, str(several.head[1])))} times one"],
        ["stereo", f"{one(several.cell('stereo', str(several.head[1])))} times mono"],
        *([f"a second of a result of {line[0]}", f"{lengths.cell(str(line[0]), cost)} of one of {lengths.rows[0][0]}"]
          for line in lengths.rows[1:]),
        ["one evaluation of the published objective", f"{one(evaluation)} times as fast as PyTorch's `conv1d`"],
        ["Griffin-Lim, the same method and iterations",
         f"{one(phase.cell(ours, times))} times as fast as librosa, {ratio:.1f} times torchaudio"],
    ]  # fmt: skip
    clip = str(found("speed", "d").content[2]).split(";", maxsplit=1)[0]
    machine = found("speed", "d").machine.split(";", maxsplit=1)[0]
    return f"{Table(['', ''], rows).markdown()}\n\n{clip}; {machine}. {origin('speed', 'd', 'f', 'e', 'ab', 'c')}"


def cost() -> str:
    """What a number of clips takes, from the seconds of one."""
    quality, small = found("quality", "clips").table(), found("scale", "batch").table()
    sources = [
        ("default, clips of 4 to 10 s", quality.cell("default", "seconds, median"), "[quality.md](quality.md), median"),
        ("best, clips of 4 s at 16 kHz", quality.cell("best", "seconds, median"), "the same"),
        ("as small as it gets, start and figures included", small.cell("undisturbed", "seconds a result"), "below"),
    ]
    rows = []
    for settings, seconds, source in sources:
        whole = [f"{10_000 * float(seconds) / HOUR:,.1f} hours", f"{1e6 * float(seconds) / DAY:,.0f} days"]
        rows.append([settings, seconds, source, *whole])
    return Table(["settings", "seconds a result", "source", "10,000", "1,000,000"], rows).markdown()


BLOCKS: dict[tuple[Path, str], Callable[[], str]] = {
    (ROOT / "README.md", "sounds"): sounds,
    (ROOT / "README.md", "quality"): quality,
    (ROOT / "README.md", "speed"): speed,
    (DOCS / "scale.md", "cost"): cost,
}


def written(page: Path) -> str:
    """The page with all that is measured written anew: its own sections, and what it quotes of others."""
    text = page.read_text(encoding="utf-8")
    for name, section in read(page).items():
        text = between_markers(text, name, section.markdown())
    for (path, name), block in BLOCKS.items():
        if path == page:
            text = between_markers(text, name, block())
    return text


def pages() -> list[Path]:
    """README and the pages of the docs."""
    return [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]


if __name__ == "__main__":
    for page in pages():
        write_text(page, written(page))
