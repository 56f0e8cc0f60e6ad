"""Loop points in WAV files: the `smpl` chunk, which samplers and game engines read."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from texturize.errors import OutputError
from texturize.files.chunks import walk

MIDDLE_C = 60
"""MIDI note at which the sound has its own pitch."""
_SIZE_LIMIT = 2**32


def add_loop(file: BinaryIO) -> None:
    """Mark all of a WAV file as one forward loop without end.

    Parameters
    ----------
    file : binary file
        A complete WAV file, open for reading and writing.

    Raises
    ------
    OutputError
        If it is no RIFF WAV file (such as RF64 or W64), has a `smpl` chunk, or would exceed 4 GiB.

    References
    ----------
    Microsoft and IBM, "Multimedia programming interface and data specifications", 1991, and its update of 1994.
    """
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        kind = head[:4].decode("ascii", "replace")
        raise OutputError(f"a file of the kind {kind!r} cannot mark a loop", "write a .wav file of less than 4 GiB")
    chunks = {chunk.name: chunk for chunk in walk(file)}
    if b"smpl" in chunks:
        raise OutputError("the file has loop points", "write it anew")
    file.seek(chunks[b"fmt "].start)
    _, _, sample_rate, _, block_align = struct.unpack("<HHIIH", file.read(14))
    smpl = smpl_chunk(chunks[b"data"].size // block_align, sample_rate)
    end = file.seek(0, os.SEEK_END)
    if end % 2:
        smpl = b"\0" + smpl
    if end + len(smpl) - 8 >= _SIZE_LIMIT:
        raise OutputError("the file has no room for its loop points below 4 GiB", "make a shorter loop")
    file.write(smpl)
    file.seek(4)
    file.write(struct.pack("<I", end + len(smpl) - 8))


def smpl_chunk(n: int, sample_rate: int) -> bytes:
    """`smpl` chunk with one loop, from the first of ``n`` samples to the last, both played, for ever."""
    maker, product, fraction, smpte_format, smpte_offset, loops, extra = 0, 0, 0, 0, 0, 1, 0
    period = round(1e9 / sample_rate)
    head = (maker, product, period, MIDDLE_C, fraction, smpte_format, smpte_offset, loops, extra)
    name, forward, first, last, loop_fraction, for_ever = 0, 0, 0, n - 1, 0, 0
    content = struct.pack("<15I", *head, name, forward, first, last, loop_fraction, for_ever)
    return struct.pack("<4sI", b"smpl", len(content)) + content
