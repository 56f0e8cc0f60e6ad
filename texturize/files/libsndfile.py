"""What keeps libsndfile, and soundfile around it, from reading too little, out of order, or aloud."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import soundfile


def sound_name(path: Path) -> str | bytes:
    """A path as soundfile takes it: as bytes where names are bytes, for it would take none that is not UTF-8."""
    return os.fsencode(path) if os.name == "posix" else str(path)


class SequentialFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A file that is read from its start to its end. soundfile seeks after each block where it can, which in MPEG is
    inexact and corrupts the sound; and some codecs cannot.
    """

    def seekable(self) -> bool:
        """It is not to be tried."""
        return False


class EndlessBytes(io.BytesIO):
    """Bytes whose end is told to be far off.

    Where no header counts the frames of MPEG audio, libmpg123 estimates how many there are from the size and the first
    of them, and libsndfile reads no further than that.
    """

    _FAR = 2**40
    _at_end = False

    @property
    def at(self) -> int:
        """How far it was read."""
        return super().tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; of the end, no more than that it is far."""
        self._at_end = whence == os.SEEK_END and offset == 0
        return self._FAR if self._at_end else super().seek(offset, whence)

    def tell(self) -> int:
        """Where it is, as far as is told."""
        return self._FAR if self._at_end else super().tell()


_STDERR = threading.Lock()


@contextmanager
def quiet_decoder() -> Iterator[None]:
    """Keep libmpg123, inside libsndfile, from writing its own warnings about damaged files to standard error."""
    with _STDERR:
        try:
            kept = os.dup(2)
        except OSError:  # there is no standard error
            yield
            return
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 2)
            os.close(null)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
