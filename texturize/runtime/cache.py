"""The folder of compiled programs, and JAX's persistent compilation cache in it: a second run of the same shapes starts
at once.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import os
import re
import warnings
from pathlib import Path
from typing import Any

import platformdirs

from texturize.runtime.trust import is_own, weak_spot

SWITCH = "TEXTURIZE_CACHE"
PROGRAMS = "programs"
"""Folder within it of what `texturize.runtime.programs` keeps."""
MOST_BYTES = 2**28
"""Of JAX's files; beyond that, those not used for longest go."""
_OF_JAX = re.compile(r".+-[0-9a-f]{64}-(cache|atime)")
"""Names of its files: whatever else is in a folder that the user has named is none of its matter."""
_in_use: list[Path] = []


def cache_folder() -> Path | None:
    """Where compiled programs are kept: ``TEXTURIZE_CACHE``, else the user's cache folder; None if it is "off"."""
    chosen = os.environ.get(SWITCH, "")
    if chosen.lower() in {"off", "0", "no"}:
        return None
    if chosen:
        return Path(chosen)
    folder = platformdirs.user_cache_path("texturize", appauthor=False) / "jax"
    return folder if folder.is_absolute() else None  # there is no home folder


def use_compilation_cache() -> None:
    """Keep compiled programs between runs. A folder that cannot be written or trusted means no cache, not an error."""
    _in_use.clear()
    folder = cache_folder()
    if folder is None:
        return
    try:
        _make(folder)
    except OSError:
        return
    if not os.access(folder, os.W_OK) or distrust():
        return
    import jax  # noqa: PLC0415  (takes a second to import)

    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.01)
    jax.config.update("jax_raise_persistent_cache_errors", False)
    _mend(folder)
    _tidy(folder)
    _in_use.append(folder)


def distrust() -> str:
    """Why compiled programs are not kept although there is a folder for them; empty where they are."""
    folder = cache_folder()
    if folder is None:
        return ""
    try:
        spots = (weak_spot(place) for place in (folder, folder / PROGRAMS) if place.is_dir())
        spot = next((spot for spot in spots if spot is not None), None)
    except OSError:
        return ""
    if spot is None:
        return ""
    return (
        f"compiled programs are not kept: {spot} is another user's, or others may write to it, and what is in {folder} "
        f"is run; close it to others (chmod go-w), or name another folder with {SWITCH}"
    )


def folder_in_use() -> Path | None:
    """Where compiled programs are kept in this process, if they are."""
    return _in_use[0] if _in_use else None


def _make(folder: Path) -> None:
    """Make a folder, and those around it that are missing, closed to others."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _tidy(folder: Path) -> None:
    """Remove JAX's files that others may write to, and of too many those not used for longest.

    JAX has a bound of its own, but takes it from files beside its files, and fails where a run was killed between the
    two.
    """
    kept = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):  # gone meanwhile, or not to be removed
            found = path.lstat()
            if not _OF_JAX.fullmatch(path.name):
                continue
            if is_own(found):
                kept.append((max(found.st_atime, found.st_mtime), found.st_size, path))
            else:
                path.unlink()
    total = 0
    for _, size, path in sorted(kept, reverse=True):
        total += size
        if total > MOST_BYTES:
            with contextlib.suppress(OSError):
                path.unlink()


@functools.cache
def _mend(folder: Path) -> None:
    """Remove entries that JAX cannot read (of a run that was killed while it wrote), so that they are written anew.

    JAX says so in a warning and compiles, but does not replace them: every later run would compile again.
    """
    show = warnings.showwarning

    def remove(message: Warning | str, *args: Any, **options: Any) -> None:
        found = re.match(r"Error (reading|writing) persistent compilation cache entry for '([^']+)'", str(message))
        if not found:
            show(message, *args, **options)
        elif found[1] == "reading":
            for entry in folder.glob(f"{glob.escape(found[2])}-*"):
                entry.unlink(missing_ok=True)

    warnings.showwarning = remove
