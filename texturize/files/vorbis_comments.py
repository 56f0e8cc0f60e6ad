"""Comments of FLAC, Vorbis and Opus files that libsndfile has no name for, such as loop points for games."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import BinaryIO

from texturize.files import ogg

_COMMENT_BLOCK, _LAST = 4, 0x80
_MOST_BLOCKS = 64
"""Before the comments; a damaged file may have millions of empty ones."""


def add_comments(file: BinaryIO, comments: Mapping[str, str]) -> None:
    """Add comments to a complete FLAC or Ogg file of one stream that has some, open for reading and writing.

    References
    ----------
    RFC 9639, section 8; Vorbis I, section 5; RFC 7845, section 5.2.
    """
    file.seek(0)
    if file.read(4) == b"fLaC":
        _add_to_flac(file, comments)
    else:
        ogg.replace_comments(file, lambda packet: _added(packet, _start(packet), comments))


def flac_comments(file: BinaryIO) -> dict[str, str]:
    """Comments of a FLAC file by their names in capitals; of other files, none."""
    file.seek(0)
    if file.read(4) != b"fLaC":
        return {}
    for _ in range(_MOST_BLOCKS):
        head = file.read(4)
        size = int.from_bytes(head[1:], "big")
        if head and head[0] & ~_LAST == _COMMENT_BLOCK:
            return _parsed(file.read(size))
        if not head or head[0] & _LAST:
            break
        file.seek(size, 1)
    return {}


def _parsed(block: bytes) -> dict[str, str]:
    found, at = {}, 0
    try:
        at = 4 + struct.unpack_from("<I", block)[0]
        count, at = struct.unpack_from("<I", block, at)[0], at + 4
        for _ in range(min(count, len(block) // 4)):
            size, at = struct.unpack_from("<I", block, at)[0], at + 4
            name, _, text = block[at : at + size].decode("utf-8", "replace").partition("=")
            found[name.upper()] = text
            at += size
    except struct.error:  # it is cut off
        pass
    return found


def _start(packet: bytes) -> int:
    """Offset of the comments in an Ogg packet."""
    return len(b"OpusTags") if packet.startswith(b"OpusTags") else len(b"\x03vorbis")


def _added(block: bytes, start: int, comments: Mapping[str, str]) -> bytes:
    """A block of comments, from ``start`` on, with others in front of its own."""
    at = start + 4 + struct.unpack_from("<I", block, start)[0]
    count = struct.unpack_from("<I", block, at)[0]
    texts = [f"{name}={text}".encode() for name, text in comments.items()]
    new = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    return block[:at] + struct.pack("<I", count + len(texts)) + new + block[at + 4 :]


def _add_to_flac(file: BinaryIO, comments: Mapping[str, str]) -> None:
    file.seek(0)
    data, at = file.read(), 4
    while data[at] & ~_LAST != _COMMENT_BLOCK:
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    end = at + 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    block = _added(data[at + 4 : end], 0, comments)
    file.seek(at)
    file.write(data[at : at + 1] + len(block).to_bytes(3, "big") + block + data[end:])
