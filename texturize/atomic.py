"""Files and folders that appear whole or not at all: written beside their place, then renamed."""

from __future__ import annotations

import os
import shutil
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


def check_folder(path: Path, *, force: bool = False) -> None:
    """Refuse a folder that could not be written at the end, before any work is done for it.

    Raises
    ------
    OutputError
        If the folder around it is missing or closed to writing, or there is a file of that name, or a folder that is
        not empty and ``force`` is not given.
    """
    around = path.resolve().parent
    if not around.exists():
        raise OutputError(f"{path}: there is no folder {path.parent}", "make it first or choose another")
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file, not a folder", "choose another name for the folder")
    if not around.is_dir():
        raise OutputError(f"{path}: {path.parent} is a file, not a folder", "choose another place")
    if not os.access(around, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: no permission to write in the folder {path.parent}", "choose another place")
    if path.is_dir() and any(path.iterdir()) and not force:
        raise OutputError(f"{path} is not empty", "replace it with --force or choose another folder")


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
        beside.chmod(0o666 & ~_umask())
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


@contextmanager
def write_folder(path: Path, *, replace: bool = True) -> Iterator[Path]:
    """Folder to write in, beside ``path``; renamed to ``path`` when all went well, removed otherwise.

    An empty folder at ``path`` is replaced, and with ``replace`` any.
    """
    place = path.resolve()  # of a link, the folder that it points to
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent))
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}", "choose another place") from error
    try:
        beside.chmod(0o777 & ~_umask())
        yield beside
        try:
            _put_folder(beside, place, replace=replace)
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror or error}", "choose another place") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put_folder(beside: Path, place: Path, *, replace: bool) -> None:
    """Give a folder its name, in the place of what is there."""
    if not place.exists() or not any(place.iterdir()):
        beside.replace(place)  # an empty folder gives way
        return
    if not replace:
        raise OutputError(f"{place} was filled by another program in the meantime", "choose another folder, or --force")
    old = beside.with_suffix(".old")
    place.replace(old)
    try:
        beside.replace(place)
    except OSError:
        old.replace(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with write_beside(path) as beside:
        # Names of files may hold bytes that are no text.
        beside.write_text(text, encoding="utf-8", errors="backslashreplace")
