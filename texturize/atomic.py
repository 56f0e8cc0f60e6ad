"""Files that appear whole or not at all: written beside their place, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from texturize.errors import OutputError


def check_name(path: Path) -> None:
    """Refuse a name that no file can have, such as one that is too long with what `write_beside` adds to it.

    Raises
    ------
    OutputError
        If there can be no such file.
    """
    try:
        path.with_name(f".{path.name}.12345678.part").exists()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no name of a file"
        raise OutputError(f"{path} cannot be written: {reason}", "choose another with -o") from error


def check_target(path: Path, *, force: bool = False) -> None:
    """Refuse a file that could not be written at the end, before any work is done for it.

    Raises
    ------
    OutputError
        If the folder is missing or closed to writing, or the file exists and ``force`` is not given.
    """
    check_name(path)
    folder = path.parent
    if not folder.exists():
        raise OutputError(f"{path}: there is no folder {folder}", "make it first or choose another with -o")
    if not folder.is_dir():
        raise OutputError(f"{path}: {folder} is a file, not a folder", "choose another place with -o")
    if path.is_dir():
        raise OutputError(f"{path} is a folder", "name a file in it")
    if path.exists() and not path.is_file():
        return  # a pipe or a device such as /dev/null: it is written to, never replaced
    if path.exists() and not force:
        raise OutputError(f"{path} exists", "replace it with --force or choose another with -o")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: no permission to write in the folder {folder}", "choose another with -o")
    if path.exists() and not os.access(path, os.W_OK):
        raise OutputError(f"{path} is write-protected", "choose another with -o")


@contextmanager
def write_beside(path: Path, *, replace: bool = True) -> Iterator[Path]:
    """Path to write to, in the folder of ``path``; renamed to ``path`` when all went well, removed otherwise.

    Without ``replace``, a file that appeared at ``path`` in the meantime is kept, and this one is an OutputError.
    """
    if path.exists() and not path.is_file():
        try:
            yield path
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror}", "choose another with -o") from error
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}", "choose another place with -o") from error
    os.close(handle)
    beside = Path(name)
    try:
        # mkstemp makes files that only their owner can read; a result has the user's usual permissions.
        umask = os.umask(0)
        os.umask(umask)
        beside.chmod(0o666 & ~umask)
        yield beside
        if replace:
            beside.replace(path)
        else:
            _put(beside, path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}", "choose another with -o") from error
    finally:
        beside.unlink(missing_ok=True)


def _put(beside: Path, path: Path) -> None:
    """Give a file its name, unless there is one of that name."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise OutputError(
            f"{path} was written by another program in the meantime", "run it again with another -o, or --force"
        ) from None
    except OSError:  # a file system without links
        beside.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with write_beside(path) as beside:
        # Names of files may hold bytes that are no text.
        beside.write_text(text, encoding="utf-8", errors="backslashreplace")
