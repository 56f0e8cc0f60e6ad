"""Stretches of a recording as people write them: on the command line, in a label track, in a table."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

from texturize.errors import AudioError

PRESET = "fill"
"""The config that stretches are filled by where none is named."""
Stretch = tuple[float, float]
"""Start and end in seconds."""

_REMEDY = "write START-END in seconds or m:s, such as 12.3-13.1 or 1:02.5-1:04"
_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)s?")
_MOST_ROWS = 100_000


def parse_time(text: str) -> float:
    """Seconds of a time: 12.3, 12.3s, m:s or h:m:s.

    Raises
    ------
    AudioError
        It is none.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise AudioError(f"'{text}' is not a time", "write seconds or m:s, such as 62.5 or 1:02.5")
    hours, minutes, seconds = match.groups()
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds)


def parse_stretch(text: str) -> Stretch:
    """A stretch: START-END.

    Raises
    ------
    AudioError
        It is none, or runs backwards.
    """
    start, separator, end = text.partition("-")
    if not separator:
        raise AudioError(f"'{text}' is not a stretch", _REMEDY)
    try:
        stretch = parse_time(start), parse_time(end)
    except AudioError:
        raise AudioError(f"'{text}' is not a stretch", _REMEDY) from None
    if stretch[1] <= stretch[0]:
        raise AudioError(f"the stretch '{text}' runs backwards, or has no length", "write its start first")
    return stretch


def read_labels(path: Path) -> list[Stretch]:
    """Stretches of a file: an Audacity label track, or a table with start and end, by commas, semicolons or tabs.

    A table's first row may name its columns; then ``start`` and ``end`` may stand anywhere.

    Raises
    ------
    AudioError
        It cannot be read, or a row is no stretch.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise AudioError(f"{path} cannot be read: {reason}", "give a label track or a CSV file") from error
    lines = text.splitlines()[:_MOST_ROWS]
    delimiter = max("\t;,", key=lambda mark: sum(mark in line for line in lines))
    found: list[Stretch] = []
    columns = 0, 1
    for number, row in enumerate(csv.reader(lines, delimiter=delimiter), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0] == "\\":  # the second line of a label with frequencies
            continue
        names = [cell.lower() for cell in cells]
        if not found and "start" in names and "end" in names:
            columns = names.index("start"), names.index("end")
            continue
        found.append(_stretch_of(path, number, cells, columns))
    if not found:
        raise AudioError(f"{path} has no stretches", "give a label track, or a table with start and end")
    return found


def _stretch_of(path: Path, number: int, cells: list[str], columns: tuple[int, int]) -> Stretch:
    where = f"{path}, line {number}"
    if len(cells) <= max(columns):
        raise AudioError(f"{where} has no start and end", "write both, in seconds or m:s")
    try:
        # Audacity writes decimal commas where the system does.
        start, end = (parse_time(cells[column].replace(",", ".")) for column in columns)
    except AudioError as error:
        raise AudioError(f"{where}: {error.what}", error.remedy) from None
    if not math.isfinite(start + end) or end <= start:
        raise AudioError(f"{where}: the stretch from {start:g} to {end:g} s has no length", "write its start first")
    return start, end
