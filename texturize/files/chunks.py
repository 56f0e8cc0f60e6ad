"""Chunks of RIFF (WAV) and FORM (AIFF) files."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple


class Chunk(NamedTuple):
    """A chunk of a file."""

    name: bytes
    start: int
    """Offset of its content."""
    size: int
    """Bytes of its content, without the byte that pads it to an even count."""


def walk(file: BinaryIO) -> Iterator[Chunk]:
    """Go through the chunks of a RIFF, RF64 or FORM file in their order, up to one of 4 GiB; other files have none."""
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    order = {b"RIFF": "<", b"RF64": "<", b"FORM": ">"}.get(file.read(4))
    at = 12
    while order is not None and at + 8 <= end:
        file.seek(at)
        name, size = struct.unpack(f"{order}4sI", file.read(8))
        yield Chunk(name, at + 8, size)
        at += 8 + size + size % 2


def clear_peak_time(file: BinaryIO) -> None:
    """Zero the time of day in the PEAK chunk of float files: the same sound is to be the same bytes."""
    for chunk in walk(file):
        if chunk.name == b"PEAK":
            file.seek(chunk.start + 4)  # its version comes first
            file.write(bytes(4))
