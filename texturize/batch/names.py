"""Names of a batch's results within its folder: after their clips, each another, on every file system."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePath, PurePosixPath

from texturize.batch.job import Job
from texturize.batch.lists import Row
from texturize.batch.mending import ending_of
from texturize.errors import OutputError, naming
from texturize.files.atomic import check_name
from texturize.files.formats import format_of, variation_path
from texturize.files.paths import exists
from texturize.manifest.file import manifest_path


def usual_name(row: Row) -> str | None:
    """Folder and stem of a result that is named after its clip; None of another."""
    given = row.output or ""
    return os.path.normcase(given + row.input.stem) if not given or given.endswith("/") else None


def told_by_ending(rows: Sequence[Row]) -> set[str | None]:
    """Folders and stems that several clips share which differ in their endings, such as rain.wav and rain.flac."""
    clips: dict[str | None, set[str]] = {}
    for row in rows:
        clips.setdefault(usual_name(row), set()).add(os.path.normcase(row.input.name))
    return {name for name, names in clips.items() if name is not None and len(names) > 1}


def result_name(row: Row, ending: str, variation: int | None, *, whole: bool) -> str:
    """Path of a result within the output folder: rain.texture.2.wav is the second variation of rain.texture.wav, and
    rain.filled.flac is a mended rain.flac.

    With ``whole``, the clip's ending is part of it: rain.flac.texture.wav.
    """
    given = row.output or ""
    clip = row.input.name if whole else row.input.stem
    usual = f"{clip}.texture{ending}" if row.mending is None else f"{clip}.filled{ending_of(row.input)}"
    name = f"{given}{usual}" if not given or given.endswith("/") else given
    path = PurePosixPath(name)
    path = path if variation is None else variation_path(path, variation)
    here = PurePath(name)  # where a backslash parts folders, too
    if here.anchor or path.is_absolute() or ".." in (*here.parts, *path.parts):
        raise OutputError(f"{row.where}: {name} is outside of the output folder", "name a file within it")
    with naming(row.where, OutputError):
        format_of(Path(path))
        check_name(manifest_path(Path(path)))
    return str(path)


def check_names(jobs: Sequence[Job]) -> None:
    """Refuse two results of the same name."""
    first: dict[str, Job] = {}
    for job in jobs:
        other = first.setdefault(os.path.normcase(job.name), job)
        if other is not job:
            raise OutputError(
                f"{other.where} and {job.where} would both write {job.name}", "name them in a list's column output"
            )


def check_distinct(jobs: Sequence[Job], out: Path) -> None:
    """Refuse names that differ in the case or the composition of letters alone, where the file system takes them for
    one: the second would replace the first.
    """
    first: dict[str, Job] = {}
    for job in jobs:
        other = first.setdefault(unicodedata.normalize("NFKC", job.name).casefold(), job)
        if other is not job and _are_one(other.name, job.name, out):
            raise OutputError(
                f"{other.where} and {job.where} would both write {job.name}: {out} takes {other.name} for the same",
                "name them in a list's column output",
            )


def _are_one(name: str, other: str, out: Path) -> bool:
    """Whether a file system takes two names for one, as found by trying."""
    with tempfile.TemporaryDirectory(prefix=".texturize-", dir=out) as folder:
        for part, other_part in zip(PurePosixPath(name).parts, PurePosixPath(other).parts, strict=False):
            if part != other_part:
                Path(folder, part).touch()
                if not exists(Path(folder, other_part)):
                    return False
    return True
