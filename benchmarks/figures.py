"""What the benchmarks measured: docs/figures/PAGE.json, of which the tables of docs/PAGE.md are written.

A page's JSON file has a section for each pair of its markers, ``<!-- begin NAME -->`` and ``<!-- end NAME -->``:
paragraphs and tables in the order of the page, cells as they are shown, and the code and the machine they were measured
with. What a page says of a measurement that is out of date is the section's ``note``; a new measurement has none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tables import table

from texturize.files.atomic import write_text


class Table(NamedTuple):
    """Cells as they are shown, strings; the column ``bold`` is printed so."""

    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    bold: str = ""

    def column(self, name: str) -> int:
        """Where a column is."""
        return list(self.head).index(name)

    def cell(self, row: str, column: str) -> str:
        """The figure of a row, which goes by its first cell."""
        found = next(line for line in self.rows if line[0] == row)
        return str(found[self.column(column)])

    def markdown(self) -> str:
        """The table as a page has it."""
        bold = self.column(self.bold) if self.bold else None
        lines = [[f"**{cell}**" if i == bold else cell for i, cell in enumerate(line)] for line in self.rows]
        return table(self.head, lines)


class Section(NamedTuple):
    """One measurement: paragraphs and tables, and what they were made with."""

    content: Sequence[str | Table]
    code: str = ""
    machine: str = ""
    note: str = ""

    def markdown(self) -> str:
        """The section as a page has it."""
        parts = [part.markdown() if isinstance(part, Table) else part for part in self.content]
        label = "; ".join(part for part in (f"Code {self.code}" if self.code else "", self.machine) if part)
        return "\n\n".join([*parts, *([f"{label}."] if label else []), *([self.note] if self.note else [])])

    def table(self, index: int = 0) -> Table:
        """One of its tables."""
        return [part for part in self.content if isinstance(part, Table)][index]


def figures_path(page: Path) -> Path:
    """The JSON file beside a page."""
    return page.parent / "figures" / f"{page.stem}.json"


def as_json(sections: dict[str, Section]) -> str:
    """JSON of the sections; what one lacks is left out."""
    found = {}
    for name, section in sections.items():
        parts = [part._asdict() if isinstance(part, Table) else part for part in section.content]
        found[name] = {key: value for key, value in (section._asdict() | {"content": parts}).items() if value}
    return json.dumps(found, ensure_ascii=False, indent=1, default=str) + "\n"


def read(page: Path) -> dict[str, Section]:
    """All sections of a page's figures; none where the file is missing."""
    path = figures_path(page)
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {
        name: Section(
            [part if isinstance(part, str) else Table(**part) for part in section["content"]],
            *(section.get(key, "") for key in ("code", "machine", "note")),
        )
        for name, section in found.items()
    }


def between_markers(text: str, name: str, content: str) -> str:
    """The page with what is between the markers called ``name`` replaced; they are added where missing."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    if begin not in text:
        text = f"{text.rstrip()}\n\n{begin}\n{end}\n"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{content.strip()}\n{end}{after}"


def write_section(page: Path, name: str, section: Section, title: str) -> None:
    """Keep what was measured: in the page's JSON file, and between the markers called ``name`` of the page."""
    figures_path(page).parent.mkdir(parents=True, exist_ok=True)
    write_text(figures_path(page), as_json(read(page) | {name: section}))
    old = page.read_text(encoding="utf-8") if page.exists() else f"# {title}\n"
    write_text(page, between_markers(old, name, section.markdown()))
