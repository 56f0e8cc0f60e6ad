"""Ogg pages: their comments, and their serial number, which encoders draw at random, the same for the same sound."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import BinaryIO

_HEAD = 27
_SERIAL, _CRC = 14, 22
_CONTINUED = 1
_NO_PACKET_ENDS = b"\xff" * 8


_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits in the other order."""


def page_checksum(page: bytes) -> int:
    """CRC-32 of a page whose own field is zero (RFC 3533, section 6)."""
    # zlib's has the same polynomial, but takes the lowest bit of a byte first, and begins and ends inverted.
    crc = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2)


def _page_end(data: bytes | bytearray, at: int) -> int:
    """Offset behind the page that starts at ``at``."""
    sizes = at + _HEAD
    return sizes + data[sizes - 1] + sum(data[sizes : sizes + data[sizes - 1]])


def set_serial(file: BinaryIO, serial: int = 1) -> None:
    """Give every page of an Ogg file of one stream this serial number, its place in the stream, and its checksum."""
    file.seek(0)
    data = bytearray(file.read())
    at = number = 0
    while data[at : at + 4] == b"OggS":
        end = _page_end(data, at)
        struct.pack_into("<II", data, at + _SERIAL, serial, number)
        struct.pack_into("<I", data, at + _CRC, 0)
        struct.pack_into("<I", data, at + _CRC, page_checksum(bytes(data[at:end])))
        at, number = end, number + 1
    file.seek(0)
    file.write(data)


def replace_comments(file: BinaryIO, change: Callable[[bytes], bytes]) -> None:
    """Replace the second packet of a Vorbis or Opus file, which has its comments; `set_serial` is to follow.

    The headers come after the page of the first, and end with a page of their own.
    """
    file.seek(0)
    data = file.read()
    first = at = _page_end(data, 0)
    packets = [b""]
    wanted = 1 if data[:first].find(b"OpusHead") >= 0 else 2  # Vorbis has its codebooks besides
    while len(packets) <= wanted:
        start = at + _HEAD + data[at + _HEAD - 1]
        for size in data[at + _HEAD : start]:
            packets[-1] += data[start : start + size]
            start += size
            if size < 255:
                packets.append(b"")
        at = _page_end(data, at)
    packets = [change(packets[0]), *packets[1:wanted]]
    pages = b"".join(_header_pages(packets))
    file.seek(0)
    file.write(data[:first] + pages + data[at:])


def _header_pages(packets: list[bytes]) -> list[bytes]:
    """Pages of packets that hold no sound; their serial, place and checksum are left open."""
    sizes = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    content = b"".join(packets)
    pages, at = [], 0
    for start in range(0, len(sizes), 255):
        page_sizes = sizes[start : start + 255]
        continued = _CONTINUED if start and sizes[start - 1] == 255 else 0
        position = bytes(8) if min(page_sizes) < 255 else _NO_PACKET_ENDS
        head = b"OggS\0" + bytes([continued]) + position + bytes(12) + bytes([len(page_sizes)])
        pages.append(head + page_sizes + content[at : at + sum(page_sizes)])
        at += sum(page_sizes)
    return pages
