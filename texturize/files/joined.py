"""Files that were joined end to end, as streams are when the programme changes: one sound after another."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_FLAC = b"fLaC\0\0\0\x22"
"""What a FLAC file begins with: the name, and the head of its first block."""
_OGG_FLAC = b"\x7fFLAC"
_OGG_FLAC_HEAD = 9
_PAGE_HEAD = 27
_FIRST = 2
"""Flag of a page that begins a stream."""


def split(file: BinaryIO, size: int) -> list[bytes] | None:
    """The sounds of a file that libsndfile would not read, or the first of them alone; None where it reads it all.

    Parameters
    ----------
    file : file
        Any; Ogg, FLAC and WAV are looked into.
    size : int
        Its bytes.
    """
    file.seek(0)
    head = file.read(len(_FLAC))
    if head.startswith(b"OggS"):
        data = head + file.read()
        parts = [unwrap_flac(link) for link in links(data)]
        return None if parts in ([], [data]) else parts
    if head == _FLAC:
        data = head + file.read()
        starts = [match.start() for match in re.finditer(re.escape(_FLAC), data)]
        return _cut(data, starts) if len(starts) > 1 else None
    starts = list(_riff_starts(file, size))
    if len(starts) < 2:
        return None
    file.seek(0)
    return _cut(file.read(), starts)


def _cut(data: bytes, starts: list[int]) -> list[bytes]:
    return [data[start:end] for start, end in itertools.pairwise([*starts, len(data)])]


def _riff_starts(file: BinaryIO, size: int) -> Iterator[int]:
    """Where WAV files begin, each behind the size that the one before says it has."""
    at = 0
    while at + 12 <= size:
        file.seek(at)
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return
        yield at
        whole = 8 + int.from_bytes(head[4:8], "little")
        if whole < 12:
            return
        at += whole + whole % 2


@dataclass(frozen=True)
class Page:
    """A page of an Ogg stream (RFC 3533): where it is, its flags and serial number, and the sizes of its segments."""

    at: int
    end: int
    flags: int
    serial: bytes
    lacing: bytes


def pages(data: bytes) -> Iterator[Page]:
    """The pages of an Ogg file; what is between them is passed over."""
    at = 0
    while (at := data.find(b"OggS", at)) >= 0 and at + _PAGE_HEAD <= len(data):
        segments = at + _PAGE_HEAD + data[at + _PAGE_HEAD - 1]
        lacing = data[at + _PAGE_HEAD : segments]
        end = segments + sum(lacing)
        yield Page(at, end, data[at + 5], data[at + 14 : at + 18], lacing)
        at = end


def links(data: bytes) -> list[bytes]:
    """The links of a chain of Ogg streams: each begins with first pages, and those behind others begin the next."""
    starts, last = [], 0
    for page in pages(data):
        first = page.flags & _FIRST
        if first and not last:
            starts.append(page.at)
        last = first
    return _cut(data, starts)


def unwrap_flac(link: bytes) -> bytes:
    """FLAC in Ogg as FLAC: its packets without the pages; what else is in Ogg as it is.

    libsndfile refuses it. The first packet has nine bytes before the head of a FLAC file; each other is a block of
    metadata or a frame (https://xiph.org/flac/ogg_mapping.html).
    """
    serial, out = None, bytearray()
    for page in pages(link):
        body = page.end - sum(page.lacing)
        if serial is None and link.startswith(_OGG_FLAC, body):
            serial = page.serial
            out += link[body + _OGG_FLAC_HEAD : page.end]
        elif page.serial == serial:
            out += link[body : page.end]
    return bytes(out) if out.startswith(_FLAC) else link
