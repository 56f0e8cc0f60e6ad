"""What a batch is made of: rows from folders, patterns, sound files, and lists in CSV or JSON lines."""

from __future__ import annotations

import csv
import difflib
import glob
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from texturize.errors import ConfigError
from texturize.formats import FORMATS
from texturize.json_text import parse_json
from texturize.manifest import manifest_path
from texturize.paths import exists, is_file, is_folder
from texturize.presets import known_keys, parse_value

LISTS = (".csv", ".jsonl")
OWN_COLUMNS = ("input", "output", "preset", "config", "duration")
"""Beside the config keys; ``duration`` is short for ``output.duration``."""


@dataclass(frozen=True)
class Row:
    """One clip of a batch, and what is asked for it.

    Attributes
    ----------
    where : str
        Where it comes from, for errors: ``list.csv line 3``, or the clip itself.
    input : Path
        The clip.
    output : str or None
        Path of the result within the output folder; None names it after the clip.
    source : str or None
        Preset or config file of this row, instead of that of the command.
    settings : mapping
        Values by dotted config key.
    """

    where: str
    input: Path
    output: str | None = None
    source: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


def read_sources(sources: Sequence[str], out: Path) -> list[Row]:
    """Rows of folders (all sound files within), patterns, sound files and lists, in this order.

    Parameters
    ----------
    sources : sequence of str
        As on the command line.
    out : Path
        The output folder: where it lies within a source folder, what is in it is no clip.

    Raises
    ------
    ConfigError
        A source is missing or holds no clip, or a list is not valid: the error names line and column.
    """
    return [row for source in sources for row in _rows(source, out)]


def _rows(source: str, out: Path) -> Iterator[Row]:
    path = Path(source)
    if is_folder(path):
        clips = [clip for clip in sorted(path.rglob("*")) if _is_clip(clip, path, out)]
        if not clips:
            raise ConfigError(f"{source}: no sound file in this folder", f"sound files end in {', '.join(FORMATS)}")
        for clip in clips:
            folder = clip.relative_to(path).parent
            yield Row(str(clip), clip, output=f"{folder.as_posix()}/" if folder.parts else None)
    elif path.suffix.lower() in LISTS:
        yield from _read_csv(path) if path.suffix.lower() == ".csv" else _read_jsonl(path)
    elif is_file(path):
        yield Row(source, path)
    else:
        matching = sorted(glob.glob(source, recursive=True))  # noqa: PTH207  the pattern may begin anywhere
        found = [name for name in matching if is_file(Path(name))]
        if not found:
            raise ConfigError(f"{source}: no such file, and no file matches", "give a folder, a pattern or a list")
        yield from (Row(name, Path(name)) for name in found)


def _is_clip(path: Path, folder: Path, out: Path) -> bool:
    """Whether a file of a folder is a clip: not hidden, not in the output folder, and no result with its manifest."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    known = path.suffix.lower() in FORMATS and not exists(manifest_path(path))
    return known and not hidden and is_file(path) and out.resolve() not in path.resolve().parents


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such list", "check the name") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file in UTF-8"
        raise ConfigError(f"{path}: this list cannot be read: {reason}", "give a CSV or JSON lines file") from error


def _read_csv(path: Path) -> Iterator[Row]:
    """Rows of a table whose first line names the columns; an empty cell is one that says nothing."""
    table = csv.reader(_read_text(path).splitlines(keepends=True), strict=True)
    columns: list[str] | None = None
    try:
        for cells in table:
            where = f"{path} line {table.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = [name.strip() for name in cells]
                _check_columns(columns, where)
                continue
            if len(cells) > len(columns):
                raise ConfigError(
                    f"{where}: {len(cells)} cells under {len(columns)} columns", 'put text with a comma in "quotes"'
                )
            given = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()}
            values = {key: _cell(key, text, f"{where}, column {key}") for key, text in given.items()}
            yield _row(values, path, where)
    except csv.Error as error:
        raise ConfigError(f"{path} line {table.line_num}: {error}", "write CSV: commas, and text in quotes") from None
    if columns is None:
        raise ConfigError(f"{path}: an empty list", "its first line names the columns, such as input,output,seed")


def _check_columns(columns: Sequence[str], where: str) -> None:
    for number, name in enumerate(columns, 1):
        _check_key(name, f"{where}, column {number}")
        if columns.count(name) > 1:
            raise ConfigError(f"{where}, column {number}: {name} is there twice", "take one out")
    if "input" not in columns:
        raise ConfigError(f"{where}: there is no column input", "its first line names the columns: input,output,...")


def _check_key(name: str, where: str) -> None:
    generic = ".".join("0" if part.isdigit() else part for part in name.split("."))
    known = [*OWN_COLUMNS, *known_keys()]
    if generic not in known:
        near = difflib.get_close_matches(generic, known, 1, 0.6)
        hint = f"the nearest is {near[0]}" if near else "`texturize config` prints all keys"
        raise ConfigError(f"{where}: unknown column {name!r}", hint)


def _cell(key: str, text: str, where: str) -> Any:
    return text if key in ("input", "output", "preset", "config") else parse_value(text, where)


def _read_jsonl(path: Path) -> Iterator[Row]:
    """Rows of a file with a JSON object in each line, by the same keys as a table's columns; null says nothing."""
    found = False
    for number, line in enumerate(_read_text(path).splitlines(), 1):
        where = f"{path} line {number}"
        if not line.strip():
            continue
        found = True
        try:
            values = parse_json(line, partial(_once, where))
        except json.JSONDecodeError as error:
            raise ConfigError(f"{where}, column {error.colno}: {error.msg}", "write a JSON object a line") from None
        if not isinstance(values, dict):
            raise ConfigError(f"{where}: {line.strip()[:40]} is no object", 'write {"input": "rain.wav", ...}')
        for key in values:
            _check_key(key, where)
        yield _row({key: value for key, value in values.items() if value is not None}, path, where)
    if not found:
        raise ConfigError(f"{path}: an empty list", 'write {"input": "rain.wav", ...}, one a line')


def _once(where: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise ConfigError(f"{where}: key {twice!r} is there twice", "take one out")
    return values


def _is_name(text: str) -> bool:
    """Whether a file can have this name."""
    try:
        return bool(text) and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def _row(values: dict[str, Any], path: Path, where: str) -> Row:
    """A row of a list at ``path``, from which relative inputs and config files are seen."""
    for key in ("input", "output", "preset", "config"):
        if key in values and not (isinstance(values[key], str) and _is_name(values[key])):
            raise ConfigError(f"{where}, column {key}: {values[key]!r} is no name", "write a name in quotes")
    if "input" not in values:
        raise ConfigError(f"{where}, column input: no clip is named", "name one, or take the line out")
    if "preset" in values and "config" in values:
        raise ConfigError(f"{where}: both a preset and a config", "leave one of the two columns empty")
    source = values.pop("preset", None)
    if "config" in values:
        source = str(path.parent / values.pop("config"))
    if "duration" in values:
        values["output.duration"] = values.pop("duration")
    clip, output = path.parent / values.pop("input"), values.pop("output", None)
    return Row(where, clip, output, source, values)
