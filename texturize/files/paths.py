"""Whether a path is there, for any path: what no file can be called is not there, where pathlib raises OSError.

And what a link leads to.
"""

from __future__ import annotations

import os
from pathlib import Path


def exists(path: Path) -> bool:
    """Whether there is anything of this name."""
    return os.path.exists(path)  # noqa: PTH110


def is_file(path: Path) -> bool:
    """Whether there is a file of this name, and no folder, pipe or device."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether there is a folder of this name."""
    return os.path.isdir(path)  # noqa: PTH112


def followed(path: Path) -> Path:
    """What a link leads to in the end, there or not; a path that is no link, as it is."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else path  # noqa: PTH114
