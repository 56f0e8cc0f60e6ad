"""One batch at a time in a folder: a lock that the system lets go of when its holder dies, however it dies."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from texturize.errors import OutputError

LOCK = ".texturize-batch.lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one batch.

    Raises
    ------
    OutputError
        Another batch holds it, or the folder's file system cannot lock.
    """
    path = folder / LOCK
    handle = _take(path)
    try:
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()} {socket.gethostname()}\n".encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _take(path: Path) -> int:
    """Open and lock; again where the file was removed by its last holder in between."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror}", "choose another folder with -o") from error
        try:
            _lock(handle)
            if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
                return handle
            os.close(handle)
        except BlockingIOError:
            pid, _, host = os.pread(handle, 200, 0).decode(errors="replace").strip().partition(" ")
            os.close(handle)
            holder = f"process {pid} on {host}" if pid else "another process"
            raise OutputError(
                f"{path.parent}: another batch writes to this folder ({holder})",
                "wait for it, or choose another with -o",
            ) from None
        except OSError as error:
            os.close(handle)
            raise OutputError(
                f"{path} cannot be locked: {error.strerror}", "choose a folder on a file system that has locks"
            ) from error


def _lock(handle: int) -> None:
    """Lock without waiting; BlockingIOError where another process has it."""
    try:
        import fcntl  # noqa: PLC0415  not there on Windows
    except ImportError:
        _lock_on_windows(handle)
        return
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _lock_on_windows(handle: int) -> None:
    import msvcrt  # noqa: PLC0415

    os.lseek(handle, 1 << 30, os.SEEK_SET)  # beyond the text, which others may read
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except PermissionError as error:
        raise BlockingIOError from error
    finally:
        os.lseek(handle, 0, os.SEEK_SET)
