"""Results of a batch in its folder: written so that a dead run leaves nothing half, and found again by the next."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from texturize.batch.job import BatchResult
from texturize.errors import OutputError
from texturize.files.atomic import write_beside, write_text
from texturize.files.json_text import parse_json, read_text
from texturize.files.paths import followed
from texturize.manifest.file import manifest_path
from texturize.manifest.model import FillManifest, Manifest, manifest_from


def write_result(out: Path, name: str, made: BatchResult) -> None:
    """Write a result into the output folder, its manifest first: a sound file without one is somebody else's.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    target = out / name
    if not out.is_dir():
        raise OutputError(f"{out} is gone", "make it again, and give the same command")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{target.parent} cannot be made: {error.strerror}", "choose another with -o") from error
    write_text(manifest_path(target), made.manifest)
    with write_beside(target) as beside:
        beside.write_bytes(made.sound)


def recorded(target: Path) -> Manifest | FillManifest | None:
    """The manifest of a result that is there; None if either is missing or damaged."""
    if not target.is_file():
        return None
    try:
        return manifest_from(parse_json(read_text(manifest_path(target))))
    except (OSError, ValueError):  # of text, JSON and the model
        return None


def remove_partial(targets: Iterable[Path]) -> int:
    """Remove what dead runs left beside these files while they wrote them; the number of files removed."""
    names: dict[Path, set[str]] = {}
    for target in targets:
        for place in (followed(target), followed(manifest_path(target))):
            names.setdefault(place.parent, set()).add(place.name)
    removed = 0
    for folder, known in names.items():
        for path in folder.glob(".*.part"):
            found = re.fullmatch(r"\.(.+)\.[a-z0-9_]{8}\.part", path.name)
            if found and found[1] in known:
                path.unlink(missing_ok=True)
                removed += 1
    return removed
