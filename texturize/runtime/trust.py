"""Whether what lies in a folder is this user's own: code is loaded from the cache, so nobody else may put any there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def is_own(found: os.stat_result) -> bool:
    """Whether a file or folder belongs to this user or the administrator, and nobody else may write to it.

    Always, where files have no owners of this kind, as on Windows: there, the user's folders are the user's alone.
    """
    if not hasattr(os, "geteuid"):
        return True
    return found.st_uid in (os.geteuid(), 0) and not found.st_mode & _OTHERS


def weak_spot(folder: Path) -> Path | None:
    """The folder, or one around it, if others could put files of theirs in its place or into it; else None.

    Of the folders around it, those count that others may write to without being held to their own files. Which users
    are in a group is not looked up: in the group that this process has itself, the user is taken to be alone.
    """
    if not hasattr(os, "getegid"):
        return None
    place = folder.resolve()
    if not is_own(place.stat()):
        return place
    for around in place.parents:
        found = around.stat()
        others = _OTHERS if found.st_gid != os.getegid() else stat.S_IWOTH
        if found.st_mode & others and not found.st_mode & stat.S_ISVTX:
            return around
    return None
