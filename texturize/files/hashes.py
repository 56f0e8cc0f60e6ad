"""Hashes of files, by which the same bytes are known again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from texturize.files.audio import Clip


def sha256(path: Path) -> str:
    """Hash of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of(clip: Clip) -> str:
    """Hash of what a clip was read from, in hexadecimal."""
    assert clip.path is not None
    return clip.sha256 or sha256(clip.path)
