"""Files and folders that appear whole or not at all: written beside their place, then renamed.

Links are followed, so that what they lead to is replaced, and not they; what replaces a file has its permissions.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from texturize.errors import OutputError
from texturize.files.paths import followed

_UNSYNCED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)
"""What file systems say that cannot be told to keep what they have."""


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
        reason = error.strerror if isinstance(error, OSError) else "not a name for a file"
        raise OutputError(f"{path} cannot be written: {reason}", "choose another with -o") from error


def check_target(path: Path, *, force: bool = False) -> None:
    """Refuse a file that could not be written at the end, before any work is done for it.

    Raises
    ------
    OutputError
        If the folder is missing or closed to writing, or the file exists and ``force`` is not given; of a link, what it
        leads to.
    """
    check_name(path)
    place = followed(path)
    check_name(place)
    if place.is_symlink():
        raise OutputError(f"{path} is a link that leads round in a circle", "choose another with -o")
    folder = place.parent
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
def write_beside(path: Path, *, replace: bool = True, lasting: bool = True) -> Iterator[Path]:
    """Path to write to, in the folder of ``path``; renamed to ``path`` when all went well, removed otherwise.

    Parameters
    ----------
    path : Path
        Of a link, what it leads to is written, and the link stays. A file that is replaced hands on its permissions.
    replace : bool
        Without it, a file that appeared at ``path`` in the meantime is kept, and this one is an OutputError.
    lasting : bool
        Wait until the disk has it, so that after a power cut, too, there is all of the file or what was there before.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    place = followed(path)
    if place.exists() and not place.is_file():
        try:
            yield place
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror}", "choose another with -o") from error
        return
    try:
        old = place.stat() if place.exists() else None
        # As the system makes files of this user, or no wider than the one to replace.
        mode = 0o666 if old is None else stat.S_IMODE(old.st_mode) & 0o666 | stat.S_IWUSR
        beside = _beside(place, lambda name: os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)))
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}", "choose another place with -o") from error
    try:
        yield beside
        if lasting:
            _sync(beside)
        if old is not None:
            _hand_on(old, beside)
        if replace:
            beside.replace(place)
        else:
            _put(beside, place)
        if lasting:
            _sync_folder(place.parent)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}", "choose another with -o") from error
    finally:
        beside.unlink(missing_ok=True)


def _beside(place: Path, make: Callable[[Path], None]) -> Path:
    """Make a file or folder beside ``place``, of a name that nothing has yet.

    The system's own calls give it the user's usual permissions; `tempfile` has those of a secret.
    """
    while True:
        beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
        with suppress(FileExistsError):
            make(beside)
            return beside


def _hand_on(old: os.stat_result, path: Path) -> None:
    """Give a file the permissions of the one that it replaces, and its owner where that is allowed."""
    new = path.stat()
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid) and hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(path, old.st_uid, old.st_gid)
    if old.st_mode != path.stat().st_mode:  # some file systems have one mode, and refuse any
        path.chmod(stat.S_IMODE(old.st_mode))


def _sync(path: Path) -> None:
    """Wait until the disk has a file."""
    handle = os.open(path, os.O_RDWR)  # Windows does it for what is open to writing
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _UNSYNCED:
            raise
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder, on systems where folders can be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        with suppress(OSError):  # the file has its name
            os.fsync(handle)
    finally:
        os.close(handle)


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

    An empty folder at ``path`` is replaced, and with ``replace`` any; it hands on its permissions.
    """
    place = path.resolve()  # of a link, the folder that it points to
    try:
        beside = _beside(place, Path.mkdir)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}", "choose another place") from error
    try:
        yield beside
        try:
            for file in beside.rglob("*"):
                (_sync if file.is_file() else _sync_folder)(file)
            _sync_folder(beside)
            if place.exists():
                _hand_on(place.stat(), beside)
            _put_folder(beside, place, replace=replace)
            _sync_folder(place.parent)
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


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with write_beside(path) as beside:
        # Names of files may hold bytes that are no text.
        beside.write_text(text, encoding="utf-8", errors="backslashreplace")
