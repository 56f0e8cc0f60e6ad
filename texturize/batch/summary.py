"""The summary of a batch: a table with a line for each result, written as results come."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from texturize.errors import OutputError, printable
from texturize.files.atomic import write_text
from texturize.manifest.model import FillManifest, Manifest

SUMMARY = "summary.csv"
MOST = 1e12  # of any figure


@dataclass(frozen=True)
class Entry:
    """One line.

    Attributes
    ----------
    row : int
        Number of the result in the batch, from 1.
    input, output : str
        The clip, and the result within the output folder.
    status : str
        ``done`` in this run, ``skipped`` because it was done before, or ``failed``.
    why : str
        What failed, or what may be wrong with the result.
    seconds : float or None
        Time the result took to make.
    texture_distance, copying : float or None
        Of `texturize compare`, against the clip; copying is that of pieces of 50 ms.
    fingerprint : str
        Hash of clip, config and name: a failure counts for as long as it stays the same.
    """

    row: int
    input: str
    output: str
    status: Literal["done", "failed", "skipped"]
    why: str = ""
    seconds: float | None = None
    texture_distance: float | None = None
    copying: float | None = None
    fingerprint: str = ""


COLUMNS = tuple(field.name for field in fields(Entry))


def figures_of(manifest: Manifest | FillManifest) -> dict[str, float | None]:
    """What a manifest says of its result that the summary shows."""
    figures = manifest.figures if isinstance(manifest, Manifest) else None
    times = [manifest.seconds] if isinstance(manifest, Manifest) else [one.seconds for one in manifest.stretches]
    texture, copying = (_number(figures, *keys) for keys in (("texture", "total"), ("copying", "short")))
    return {
        "seconds": round(sum(_number(value) or 0.0 for stages in times for value in stages.values()), 3),
        "texture_distance": None if texture is None else round(texture, 4),
        "copying": None if copying is None else round(copying, 4),
    }


def _number(values: Any, *keys: str) -> float | None:
    """Number at the end of these keys; None where there is none: figures may be of another version."""
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    numeric = isinstance(values, int | float) and not isinstance(values, bool) and abs(values) < MOST
    return float(values) if numeric else None


class Summary:
    """The file: entries are added to its end while the batch runs, and put in order when it ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / SUMMARY

    def failures(self) -> dict[str, str]:
        """Why rows failed in the run before, by fingerprint."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise OutputError(f"{self.path} cannot be read", "move it away") from error
        rows = [row for row in csv.DictReader(io.StringIO(text)) if row.get("fingerprint")]
        last = {row["fingerprint"]: row for row in rows}
        return {key: row["why"] or "" for key, row in last.items() if row["status"] == "failed"}

    def write(self, entries: Iterable[Entry]) -> None:
        """Write all of it anew, in the order of the rows."""
        ordered = sorted(entries, key=lambda entry: entry.row)
        write_text(self.path, _lines([list(COLUMNS), *map(_cells, ordered)]))

    def add(self, entry: Entry) -> None:
        """Add a line, in a single write."""
        try:
            with self.path.open("ab", buffering=0) as file:
                file.write(_lines([_cells(entry)]).encode())
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror}", "is the disk full?") from error


def _cells(entry: Entry) -> list[str]:
    return ["" if value is None else printable(str(value)) for value in asdict(entry).values()]


def _lines(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
