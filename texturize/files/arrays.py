"""Read arrays: NumPy's .npy files, and .npz archives of them."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

from texturize.errors import SpectrogramError
from texturize.files.paths import exists, is_folder
from texturize.files.streams import is_stream, read_stream

_DAMAGED = (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, MemoryError)
"""What NumPy raises for files that are damaged, too large, or no arrays."""


def read_array(path: Path, name: str | None = None) -> np.ndarray:
    """Read an array with a time and a frequency axis.

    Parameters
    ----------
    path : Path
        A .npy file, a .npz archive, or a stream of either.
    name : str, optional
        Of the array, in an archive of several.

    Returns
    -------
    array
        Of at least two dimensions, where no name was given.

    Raises
    ------
    SpectrogramError
        If there is no such file or array, or it cannot be read.
    """
    if not exists(path) and not is_stream(path):
        raise SpectrogramError(f"{path} does not exist", "correct the path")
    if is_folder(path):
        raise SpectrogramError(f"{path} is a folder", "name a .npy or .npz file")
    stream = io.BytesIO(read_stream(path)) if is_stream(path) else None
    try:
        with stream or path.open("rb") as source:  # opened here: NumPy leaves a damaged archive open
            found = np.load(source, allow_pickle=False)
            array = found if isinstance(found, np.ndarray) else _of_archive(path, found, name)
    except SpectrogramError:
        raise
    except _DAMAGED as error:
        if isinstance(error, PermissionError):
            raise SpectrogramError(f"{path} cannot be read: {error.strerror}", "change its permissions") from error
        raise SpectrogramError(
            f"{path} cannot be read as an array: {str(error) or type(error).__name__}",
            "save it with numpy.save or numpy.savez, as plain numbers",
        ) from error
    if isinstance(found, np.ndarray) and name is not None:
        raise SpectrogramError(f"{path} is one array, so there is none named {name!r}", "leave out the name")
    return array


def _of_archive(path: Path, archive: np.lib.npyio.NpzFile, name: str | None) -> np.ndarray:
    """The array of a name; without one, the only one with two axes."""
    if name is not None:
        if name not in archive.files:
            raise SpectrogramError(f"{path} has no array {name!r}", f"it has {', '.join(archive.files) or 'none'}")
        return np.asarray(archive[name])
    arrays = {each: shape for each in archive.files if len(shape := _shape(archive, each)) >= 2}
    if len(arrays) != 1:
        told = ", ".join(f"{each} {shape}" for each, shape in arrays.items())
        raise SpectrogramError(
            f"{path} has {len(arrays) or 'no'} arrays with two axes or more" + (f": {told}" if told else ""),
            "name one of them with --array" if arrays else "give a spectrogram",
        )
    return np.asarray(archive[next(iter(arrays))])


def _shape(archive: np.lib.npyio.NpzFile, name: str) -> tuple[int, ...]:
    """Shape of an array, from its header alone: others of the archive need not be read."""
    assert archive.zip is not None
    members = archive.zip.namelist()
    with archive.zip.open(name if name in members else f"{name}.npy") as file:
        major, _ = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        return tuple(read(file)[0])
