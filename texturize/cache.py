"""JAX's persistent compilation cache, in the user's cache folder: a second run of the same shapes starts at once."""

from __future__ import annotations

import functools
import glob
import os
import re
import warnings
from pathlib import Path
from typing import Any

SWITCH = "TEXTURIZE_CACHE"
_in_use: list[Path] = []


def cache_folder() -> Path | None:
    """Where compiled programs are kept: ``TEXTURIZE_CACHE``, else the user's cache folder; None if it is "off"."""
    chosen = os.environ.get(SWITCH, "")
    if chosen.lower() in {"off", "0", "no"}:
        return None
    if chosen:
        return Path(chosen)
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # no home folder
        return None
    return base / "texturize" / "jax"


def use_compilation_cache() -> None:
    """Keep compiled programs between runs. A folder that cannot be written means no cache, not an error."""
    _in_use.clear()
    folder = cache_folder()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if not os.access(folder, os.W_OK):
        return
    import jax  # noqa: PLC0415  (takes a second to import)

    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.01)
    jax.config.update("jax_raise_persistent_cache_errors", False)
    _mend(folder)
    _in_use.append(folder)


def folder_in_use() -> Path | None:
    """Where compiled programs are kept in this process, if they are."""
    return _in_use[0] if _in_use else None


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
