"""Loop points in AIFF files: markers, and the instrument whose sustained part lies between them."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from texturize.files.wav_loop import MIDDLE_C


def add_loop(file: BinaryIO, n: int) -> None:
    """Mark the first ``n`` samples of an AIFF file, which are all that were written, as one forward loop.

    Parameters
    ----------
    file : binary file
        A complete AIFF or AIFF-C file without markers, open for reading and writing.
    n : int
        Not as the file has it: libsndfile counts the byte that pads an odd number of 8-bit samples.

    References
    ----------
    Apple, "Audio interchange file format: AIFF", version 1.3, 1989: markers and instrument.
    """
    end = file.seek(0, os.SEEK_END)
    file.write(bytes(end % 2) + loop_chunks(n))
    end = file.tell()
    file.seek(4)
    file.write(struct.pack(">I", end - 8))


def loop_chunks(n: int) -> bytes:
    """`MARK` and `INST` chunks with one loop over ``n`` samples; markers stand between samples."""
    first, last = 1, 2
    markers = struct.pack(">H", 2)
    markers += struct.pack(">hI6p", first, 0, b"start") + struct.pack(">hI4p", last, n, b"end")
    detune, lowest, highest, softest, hardest, gain = 0, 0, 127, 1, 127, 0
    forward, none = 1, 0
    instrument = struct.pack(">bbbbbbh", MIDDLE_C, detune, lowest, highest, softest, hardest, gain)
    instrument += struct.pack(">hhh", forward, first, last) + struct.pack(">hhh", none, 0, 0)
    return b"".join(
        struct.pack(">4sI", name, len(content)) + content
        for name, content in ((b"MARK", markers), (b"INST", instrument))
    )
