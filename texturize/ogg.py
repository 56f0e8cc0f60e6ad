"""Ogg pages: their serial number, which encoders draw at random, made the same for the same sound."""

from __future__ import annotations

import struct
from typing import BinaryIO

_HEAD = 27
_SERIAL, _CRC = 14, 22


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
        table.append(crc)
    return tuple(table)


_TABLE = _crc_table()


def page_checksum(page: bytes) -> int:
    """CRC-32 of a page whose own field is zero (RFC 3533, section 6)."""
    crc = 0
    for byte in page:
        crc = ((crc << 8) & 0xFFFFFFFF) ^ _TABLE[(crc >> 24) ^ byte]
    return crc


def set_serial(file: BinaryIO, serial: int = 1) -> None:
    """Give every page of an Ogg file of one stream this serial number."""
    file.seek(0)
    data = bytearray(file.read())
    at = 0
    while data[at : at + 4] == b"OggS":
        segments = data[at + _HEAD - 1]
        end = at + _HEAD + segments + sum(data[at + _HEAD : at + _HEAD + segments])
        struct.pack_into("<I", data, at + _SERIAL, serial)
        struct.pack_into("<I", data, at + _CRC, 0)
        struct.pack_into("<I", data, at + _CRC, page_checksum(bytes(data[at:end])))
        at = end
    file.seek(0)
    file.write(data)
