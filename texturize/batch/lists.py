"""What a batch is made of: rows from folders, patterns, sound files, and lists in CSV or JSON lines."""

from __future__ import annotations

import codecs
import difflib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from texturize.batch.folders import OWN, clips_like, clips_of, is_own, told
from texturize.batch.mending import COLUMNS, Mending, take_mending
from texturize.batch.spreadsheets import read_table
from texturize.config.mistakes import known_keys
from texturize.config.presets import parse_value
from texturize.errors import ConfigError
from texturize.files.formats import FORMATS
from texturize.files.json_text import parse_json
from texturize.files.paths import is_file, is_folder

LISTS = (".csv", ".jsonl")
OWN_COLUMNS = ("input", "output", "preset", "config", "duration", *COLUMNS)
"""Beside the config keys; ``duration`` is short for ``output.duration``."""
MOST_WHOLE = 2.0**53
"""Beyond that, a float is not the number that was meant."""


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
    mending : Mending or None
        Stretches of it that are made anew, where it is a recording to be mended.
    """

    where: str
    input: Path
    output: str | None = None
    source: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    mending: Mending | None = None


def read_sources(sources: Sequence[str], out: Path, warn: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Rows of folders (all sound files within), patterns, sound files and lists, in this order.

    Parameters
    ----------
    sources : sequence of str
        As on the command line.
    out : Path
        The output folder: where it lies within a source folder, what is in it is no clip.
    warn : callable, optional
        Is told in a sentence what folders and patterns have that is no clip, and which files are results themselves.

    Raises
    ------
    ConfigError
        A source is missing or holds no clip, or a list is not valid: the error names line and column.
    """
    rows = [row for source in sources for row in _rows(source, out, warn)]
    named = [row.where for row in rows if row.where in sources and is_own(row.input)]
    if named:
        others = f" and {len(named) - 1} others" if len(named) > 1 else ""
        warn(f"{named[0]}{others}: {OWN} itself; taken as a clip because you named it")
    return rows


def _rows(source: str, out: Path, warn: Callable[[str], None]) -> Iterator[Row]:
    path = Path(source)
    if path.suffix.lower() in LISTS and not is_folder(path):
        yield from _read_csv(path) if path.suffix.lower() == ".csv" else _read_jsonl(path)
    elif is_file(path):
        yield Row(source, path)
    else:
        left_out: Counter[str] = Counter()
        clips = list(clips_of(path, out, left_out) if is_folder(path) else clips_like(source, left_out))
        if not clips:
            raise _nothing(source, is_folder(path), told(left_out))
        if others := told(left_out):
            warn(f"{source}: left out: {others}")
        for clip in clips:
            folder = clip.relative_to(path).parent if is_folder(path) else Path()
            yield Row(str(clip), clip, output=f"{folder.as_posix()}/" if folder.parts else None)


def _nothing(source: str, folder: bool, left_out: str) -> ConfigError:
    """What to say of a source without clips."""
    if not folder and not left_out:
        return ConfigError(f"{source}: no such file, and no file matches", "give a folder, a pattern or a list")
    what = f"{source}: no sound file {'in this folder' if folder else 'matches'}"
    remedy = f"sound files end in {', '.join(FORMATS)}"
    if OWN in left_out:
        remedy = "name files one by one to make textures of textures"
    return ConfigError(f"{what}, but {left_out}" if left_out else what, remedy)


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return data.decode("utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such list", "check the name") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file in UTF-8"
        raise ConfigError(f"{path}: the list cannot be read: {reason}", "give a CSV or JSON lines file") from error


def _read_csv(path: Path) -> Iterator[Row]:
    """Rows of a table; an empty cell is one that says nothing."""
    for where, cells in read_table(path, _read_text(path), _check_key):
        yield _row({key: _cell(key, text, f"{where}, column {key}") for key, text in cells.items()}, path, where)


def _check_key(name: str, where: str) -> None:
    generic = ".".join("0" if part.isdigit() else part for part in name.split("."))
    known = [*OWN_COLUMNS, *known_keys()]
    if generic not in known:
        near = difflib.get_close_matches(generic, known, 1, 0.6)
        hint = f"the nearest is {near[0]}" if near else "`texturize config` prints all keys"
        raise ConfigError(f"{where}: unknown column {name!r}", hint)


def _cell(key: str, text: str, where: str) -> Any:
    return text if key in ("input", "output", "preset", "config", *COLUMNS) else parse_value(text, where)


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
            raise ConfigError(
                f"{where}, column {error.colno}: {error.msg}", "write one JSON object on each line"
            ) from None
        if not isinstance(values, dict):
            raise ConfigError(f"{where}: {line.strip()[:40]} is not an object", 'write {"input": "rain.wav", ...}')
        for key in values:
            _check_key(key, where)
        yield _row({key: _whole(value) for key, value in values.items() if value is not None}, path, where)
    if not found:
        raise ConfigError(f"{path}: an empty list", 'write {"input": "rain.wav", ...}, one on each line')


def _whole(value: Any) -> Any:
    """A whole number that is written 3.0, as by programs whose columns are of one type, as 3."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= MOST_WHOLE else value


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
    mending = take_mending(values, where)
    if "duration" in values:
        values["output.duration"] = values.pop("duration")
    clip, output = path.parent / values.pop("input"), values.pop("output", None)
    return Row(where, clip, output, source, values, mending)
