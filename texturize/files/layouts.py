"""Which loudspeaker each channel is for: channel masks of WAV files, and the orders that other containers have."""

from __future__ import annotations

import re
import struct
from itertools import islice
from typing import BinaryIO

from texturize.files.chunks import walk
from texturize.files.vorbis_comments import flac_comments

LOW_FREQUENCY = 3
"""Bit of the low-frequency channel."""
SURROUNDS = (4, 5, 8, 9, 10)
"""Bits of the channels behind the listener, and at the side."""

USUAL_LAYOUTS = {1: 0x4, 2: 0x3, 3: 0x7, 4: 0x33, 5: 0x37, 6: 0x3F, 7: 0x70F, 8: 0x63F}
"""Channel mask by number of channels where nothing else is said: RFC 9639, section 9.1.3.

From the lowest bit on, these are front left, right and centre, low frequency, back left and right, left and right of
centre, back centre, side left and right. Channels are in the order of their bits.
"""

_VORBIS_ORDERS = {
    3: (0, 2, 1),
    5: (0, 2, 1, 3, 4),
    6: (0, 2, 1, 4, 5, 3),
    7: (0, 2, 1, 5, 6, 4, 3),
    8: (0, 2, 1, 6, 7, 4, 5, 3),
}
"""Where each channel of Vorbis and Opus is in the usual order: Vorbis I, section 4.3.9; RFC 7845, section 5.1.1.2."""

_EXTENSIBLE = b"\xfe\xff"
_MOST_CHUNKS = 64
"""Before the format; a damaged file may have millions of empty ones."""
_MASK = 20
"""Offset of the mask in the content of a `fmt ` chunk."""
FLAC_TAG = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK"
"""Comment of FLAC files with a mask in hexadecimal: RFC 9639, section 8.6.2."""


def speakers(layout: int) -> list[int]:
    """Bits of a channel mask, in the order of their channels."""
    return [bit for bit in range(layout.bit_length()) if layout >> bit & 1]


def vorbis_order(channels: int) -> list[int]:
    """Channels in the order of Vorbis and Opus, as places in the usual order."""
    return list(_VORBIS_ORDERS.get(channels, range(channels)))


def file_layout(file: BinaryIO) -> int | None:
    """Channel mask of a WAV, RF64, W64 or FLAC file; None where it has none.

    A mask of 0 says that the channels are for no loudspeakers, as those of a field recording in Ambisonics are.
    """
    file.seek(0)
    kind = file.read(4)
    if kind == b"fLaC":
        text = flac_comments(file).get(FLAC_TAG, "")
        return int(text, 16) if re.fullmatch("0[xX][0-9a-fA-F]{1,8}", text) else None
    start = _w64_format(file) if kind == b"riff" else _wav_format(file)
    if start is None:
        return None
    file.seek(start)
    content = file.read(_MASK + 4)
    if len(content) < _MASK + 4 or content[:2] != _EXTENSIBLE:
        return None
    return int(struct.unpack_from("<I", content, _MASK)[0])


def _wav_format(file: BinaryIO) -> int | None:
    """Offset of the content of the format chunk of a RIFF file."""
    return next((chunk.start for chunk in islice(walk(file), _MOST_CHUNKS) if chunk.name == b"fmt "), None)


def _w64_format(file: BinaryIO) -> int | None:
    """Offset of the content of the format chunk of a W64 file, whose chunks have names of 16 bytes and sizes of 8."""
    at = 40
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(24)
        if len(head) < 24:
            return None
        if head.startswith(b"fmt "):
            return at + 24
        at += max(24, -(-int.from_bytes(head[16:], "little") // 8) * 8)
    return None


def set_wav_layout(file: BinaryIO, layout: int) -> None:
    """Give a WAV file of the extensible kind a channel mask."""
    chunk = next(chunk for chunk in walk(file) if chunk.name == b"fmt ")
    file.seek(chunk.start + _MASK)
    file.write(struct.pack("<I", layout))
