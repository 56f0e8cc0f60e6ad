"""Clips of a folder or a pattern, and what there is left out: said by kind, for nothing should go missing silently."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import soundfile

from texturize.files.formats import FORMATS
from texturize.files.paths import exists, is_file, is_folder
from texturize.files.tags import SOFTWARE
from texturize.manifest.file import manifest_path

ENDINGS = frozenset(FORMATS) | {
    *(".wave", ".bwf", ".rf64", ".aifc", ".snd", ".mp1", ".mp2", ".mpa", ".mpga", ".voc", ".8svx", ".svx"),
    *(".sf", ".ircam", ".sph", ".nist", ".paf", ".pvf", ".sds", ".avr", ".wve", ".xi"),
}
"""Of sounds that libsndfile reads, whether it writes them or not."""
MOST_KINDS = 8
"""That are told of one by one."""
OWN = "made by texturize"


def clips_of(folder: Path, out: Path, left_out: Counter[str]) -> Iterator[Path]:
    """Clips of a folder and of those within it, in the order of their names; hidden files are none of its matter.

    Parameters
    ----------
    folder : Path
    out : Path
        The output folder: where it lies within the folder, what is in it is no clip.
    left_out : Counter
        Is added to, by kind, for everything else that is no clip.
    """
    within = folder.resolve() in out.resolve().parents
    found: list[Path] = []

    def closed(error: OSError) -> None:
        left_out["folder that cannot be read"] += 1

    for place, folders, files in os.walk(folder, onerror=closed):
        here = Path(place)
        left_out["link to a folder"] += sum((here / name).is_symlink() for name in folders if _shown(name))
        kept = [name for name in folders if _shown(name)]
        folders[:] = [name for name in kept if not (within and (here / name).resolve() == out.resolve())]
        found += [here / name for name in files if _shown(name)]
    yield from chosen(sorted(found), left_out)


def clips_like(pattern: str, left_out: Counter[str]) -> Iterator[Path]:
    """Clips whose names match a pattern; see `clips_of`."""
    matching = (Path(name) for name in sorted(glob.glob(pattern, recursive=True)))  # noqa: PTH207  it may begin anywhere
    yield from chosen((path for path in matching if not is_folder(path)), left_out)


def chosen(paths: Iterator[Path] | list[Path], left_out: Counter[str]) -> Iterator[Path]:
    """Those that are clips; the others are counted by kind."""
    for path in paths:
        kind = _other_than_clip(path)
        if kind is None:
            yield path
        else:
            left_out[kind] += 1


def told(left_out: Counter[str]) -> str:
    """What was left out, in a line; empty where that is nothing."""
    kinds = [(kind, count) for kind, count in left_out.most_common() if count]
    parts = [f"{count} {kind}" for kind, count in kinds[:MOST_KINDS]]
    if rest := sum(count for _, count in kinds[MOST_KINDS:]):
        parts.append(f"{rest} others")
    return ", ".join(parts)


def is_own(path: Path) -> bool:
    """Whether a sound is a result of this program: by its manifest, its name or its tags."""
    if exists(manifest_path(path)) or re.search(r"\.texture(\.\d+)?$", path.stem):
        return True
    try:
        with soundfile.SoundFile(path) as file:
            return str(file.software).startswith(SOFTWARE)
    except (OSError, RuntimeError, TypeError, ValueError):  # of soundfile: no sound, no header, no name
        return False


def _other_than_clip(path: Path) -> str | None:
    """What a file is if it is no clip."""
    if not exists(path):
        return "broken link"
    if not is_file(path):
        return "pipe or device"
    if path.suffix == ".json" and exists(path.with_suffix("")):
        return "manifest"
    if path.suffix.lower() not in ENDINGS:
        return path.suffix or "file without an ending"
    return OWN if is_own(path) else None


def _shown(name: str) -> bool:
    return not name.startswith(".")
