"""JSON as it comes from a file: bounded in size, depth and digits, so that reading it ends in a value or an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

MOST_BYTES = 32 * 2**20
"""Of a file; a manifest of a thousand steps has 30,000."""
MOST_DEPTH = 32


def read_text(path: Path) -> str:
    """Text of a file; JSONDecodeError if it is larger than any of ours, so that no device is read for ever."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise json.JSONDecodeError(f"more than {MOST_BYTES >> 20} MiB", "", 0)
    return data.decode("utf-8")


def parse_json(text: str, pairs: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Value of a JSON text.

    Parameters
    ----------
    text : str
        The text.
    pairs : callable, optional
        Makes the value of an object from its keys and values.

    Raises
    ------
    json.JSONDecodeError
        It is no JSON, nested too deep, or has a number that is too long.
    """
    try:
        value = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise json.JSONDecodeError(f"more than {MOST_DEPTH} levels of nesting", text, 0) from None
    except ValueError:  # of Python's limit of digits
        raise json.JSONDecodeError("a number of too many digits", text, 0) from None
    _check_depth(value, text)
    return value


def _check_depth(value: Any, text: str) -> None:
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise json.JSONDecodeError(f"more than {MOST_DEPTH} levels of nesting", text, 0)
