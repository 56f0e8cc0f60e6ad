"""What can be read once and only forwards: standard input, named pipes, devices. Its bytes, as far as is sensible."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from texturize.errors import AudioError
from texturize.files.paths import exists, is_file, is_folder

STANDARD_INPUT = Path("/dev/stdin")
"""What the commands make of ``-``; on every system, though not all have a file of this name."""
MOST_BYTES = 2**28
"""Of a stream: 50 minutes of two channels at 44.1 kHz in 16 bits."""
_BLOCK = 2**20
_ENOUGH = "give the first seconds of it; ten are enough"


def is_stream(path: Path) -> bool:
    """Whether what is there can be read but once: it is no file and no folder."""
    return path == STANDARD_INPUT or (exists(path) and not is_file(path) and not is_folder(path))


def read_stream(path: Path) -> bytes:
    """All bytes of a stream, which ends here.

    Raises
    ------
    AudioError
        It is closed, a terminal, empty, or goes on beyond ``MOST_BYTES``.
    """
    if path != STANDARD_INPUT:
        with path.open("rb", buffering=0) as file:
            return _read(path, file)
    if sys.stdin is None:
        raise AudioError("standard input is closed", "pipe a sound into it, or name a file")
    if sys.stdin.isatty():
        raise AudioError("standard input is a terminal", "pipe a sound into it, or name a file")
    return _read("standard input", sys.stdin.buffer)


def _read(name: object, file: BinaryIO) -> bytes:
    data = bytearray()
    while block := file.read(_BLOCK):
        data += block
        if len(data) > MOST_BYTES:
            raise AudioError(f"{name} is longer than {MOST_BYTES >> 20} MiB", _ENOUGH)
    if not data:
        raise AudioError(f"{name} is empty, or has been read already", "pipe a sound into it, and read it once")
    return bytes(data)
