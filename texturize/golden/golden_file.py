"""Goldens as JSON files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from texturize.errors import GoldenError
from texturize.files.atomic import write_text
from texturize.files.json_text import parse_json, read_text
from texturize.golden.record import REMEDY, Golden


def write_golden(path: Path, golden: Golden) -> None:
    """Write the JSON file, whole or not at all."""
    write_text(path, json.dumps(asdict(golden)) + "\n")


def read_golden(path: Path) -> Golden:
    """Read the JSON file.

    Raises
    ------
    GoldenError
        It is missing, not JSON, or no golden.
    """
    try:
        raw: Any = parse_json(read_text(path))
    except FileNotFoundError:
        raise GoldenError(f"{path}: no such file", REMEDY) from None
    except OSError as error:
        raise GoldenError(f"{path} cannot be read: {error.strerror}", REMEDY) from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise GoldenError(f"{path} is not JSON", REMEDY) from error
    try:
        return TypeAdapter(Golden).validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = ".".join(map(str, first["loc"]))
        if first["type"] == "missing":
            raise GoldenError(f"{path} is not a golden of texturize: there is no '{at}'", REMEDY) from None
        raise GoldenError(f"{path} is not a golden of texturize: {at or 'it'}: {first['msg']}", REMEDY) from None
