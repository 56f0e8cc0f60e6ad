"""A manifest as a file: where it is, and what it holds, unchecked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from texturize.errors import ManifestError
from texturize.files.json_text import parse_json, read_text

REMEDY = "give the OUT.json that `texturize synth --manifest` wrote"


def manifest_path(result: Path) -> Path:
    """Where the manifest of a result's file is."""
    return Path(f"{result}.json")


def read_json(path: Path) -> dict[str, Any]:
    """What a manifest holds, unchecked but for that it is one; ``ManifestError`` if it is not."""
    try:
        raw = parse_json(read_text(path))
    except FileNotFoundError:
        raise ManifestError(f"{path}: no such file", REMEDY) from None
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror}", REMEDY) from error
    except UnicodeDecodeError:
        raise ManifestError(f"{path} is not a text file", REMEDY) from None
    except json.JSONDecodeError as error:
        raise ManifestError(f"{path} is not JSON: {error.msg} in line {error.lineno}", REMEDY) from None
    if not isinstance(raw, dict) or "texturize" not in raw:
        raise ManifestError(f"{path} is not a manifest of texturize", REMEDY)
    return raw
