"""Tables in CSV as people's spreadsheets write them: another separator, decimal commas, empty columns, whole numbers
with a point.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from texturize.errors import ConfigError

SEPARATORS = (",", ";", "\t")
"""Where a comma is the decimal point, spreadsheets put semicolons between cells."""
FIRST = "input"
"""A column that every list has, to tell the separator by."""


def read_table(path: Path, text: str, check: Callable[[str, str], None]) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a table whose first line names the columns: where each is, and its cells by column, without empty ones.

    Parameters
    ----------
    path : Path
        Its name, for errors.
    text : str
        The table.
    check : callable
        Refuses the name of a column; the other argument is where it is.

    Raises
    ------
    ConfigError
        It is empty, or no CSV, or a cell has no column.
    """
    lines = text.splitlines(keepends=True)
    separator = _separator(lines)
    table = csv.reader(lines, strict=True, delimiter=separator)
    columns: list[str] | None = None
    try:
        for row in table:
            cells, where = [cell.strip() for cell in row], f"{path} line {table.line_num}"
            if not any(cells) or (columns is None and _told_separator(separator.join(row))):
                continue
            if columns is None:
                columns = cells
                _check_columns(columns, where, check)
            else:
                _check_cells(cells, columns, where)
                yield where, {name: plain(cell, separator) for name, cell in zip(columns, cells, strict=False) if cell}
    except csv.Error as error:
        raise ConfigError(f"{path} line {table.line_num}: {error}", "write CSV: commas, and text in quotes") from None
    if columns is None:
        raise ConfigError(f"{path}: an empty list", "its first line names the columns, such as input,output,seed")


def _check_columns(columns: list[str], where: str, check: Callable[[str, str], None]) -> None:
    for number, name in enumerate(columns, 1):
        if not name:  # as spreadsheets leave them behind
            continue
        check(name, f"{where}, column {number}")
        if columns.count(name) > 1:
            raise ConfigError(f"{where}, column {number}: {name} is there twice", "take one out")
    if FIRST not in columns:
        raise ConfigError(f"{where}: there is no column 'input'", "its first line names the columns: input,output,...")


def _check_cells(cells: list[str], columns: list[str], where: str) -> None:
    used = max(number for number, cell in enumerate(cells, 1) if cell)
    if used > len(columns):
        raise ConfigError(f"{where}: {used} cells under {len(columns)} columns", 'put text with a comma in "quotes"')
    for number, (name, cell) in enumerate(zip(columns, cells, strict=False), 1):
        if cell and not name:
            raise ConfigError(
                f"{where}, column {number}: {cell} is in a column without a name", "name the column in the first line"
            )


def plain(cell: str, separator: str) -> str:
    """A cell, with a point for a decimal comma, and without one in a whole number such as 3.0."""
    if separator != "," and re.fullmatch(r"[+-]?\d+,\d+", cell):
        cell = cell.replace(",", ".")
    return re.sub(r"^([+-]?\d+)\.0+$", r"\1", cell)


def _separator(lines: list[str]) -> str:
    """What stands between the names of the columns."""
    first = next((line for line in lines if line.strip()), "")
    if told := _told_separator(first):
        return told
    return next((one for one in SEPARATORS if FIRST in [name.strip(' "\r\n') for name in first.split(one)]), ",")


def _told_separator(line: str) -> str:
    """The separator, where a line does nothing but tell it, as some spreadsheets want: ``sep=;``."""
    found = re.fullmatch(r"sep=([,;\t|])\s*", line)
    return found[1] if found else ""
