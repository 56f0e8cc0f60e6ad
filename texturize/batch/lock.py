"""One batch at a time in a folder: a lock that the system lets go of when its holder dies, however it dies."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from texturize.errors import OutputError

LOCK = ".texturize-batch.lock"
HOLDER = ".texturize-batch.holder"
"""Who has the lock: a file of its own, because some systems let nobody read one that is locked."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one batch.

    Raises
    ------
    OutputError
        Another batch holds it, or the folder cannot be written or locked.
    """
    lock, holder = FileLock(folder / LOCK), folder / HOLDER
    try:
        lock.acquire(timeout=0)
        holder.write_text(f"process {os.getpid()} on {platform.node()}", encoding="utf-8")
    except Timeout:
        raise OutputError(
            f"{folder}: another batch writes to this folder ({_told(holder)})", "wait for it, or choose another with -o"
        ) from None
    except OSError as error:
        lock.release()
        raise OutputError(
            f"{folder} cannot be locked: {error.strerror or error}", "choose another folder with -o"
        ) from error
    try:
        yield
    finally:
        for path in (holder, folder / LOCK):
            with suppress(OSError):  # where files that are open cannot be removed, releasing does it
                path.unlink()
        lock.release()


def _told(holder: Path) -> str:
    """What the holder has written of itself."""
    try:
        return holder.read_text(encoding="utf-8", errors="replace")[:200] or "another process"
    except OSError:
        return "another process"
