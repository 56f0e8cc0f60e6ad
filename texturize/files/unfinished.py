"""Headers that were never finished: sizes that a recorder writes at the end, or, into a pipe, not at all.

Their place holds 0, the largest number, or what was true of the first buffer. The sound goes on to the end of the file.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import BinaryIO

UNKNOWN = 2**31 - 2**16
"""Sizes from here on that are more than there is stand for one that was not known."""
_MOST_CHUNKS = 1000
_AU = {b".snd": ">", b"dns.": "<"}
_BEFORE_SOUND = {b"FORM": 8, b"caff": 4}
"""Bytes in the chunk with the sound that come before it."""
_CHUNK_NAME = re.compile(rb"[\w ]{4}")
_TAGS = (b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN", b"LIST", b"id3 ", b"bext", b"iXML", b"_PMX", b"cue ", b"smpl")
"""What programs put behind the sound; cut off, these are no sound either."""

Patch = tuple[int, bytes]
"""Where bytes of a file belong that are other than it has."""


@dataclass(frozen=True)
class Layout:
    """How a container is made of chunks, each a name, a size, and so many bytes."""

    first: int
    """Where the first chunk begins."""
    name: int
    """Bytes of a name."""
    size: str
    """Format of a size, for `struct`."""
    counted: int
    """Bytes of a chunk's head that its size counts too."""
    align: int
    sound: bytes
    """Name of the chunk with the sound."""
    whole: tuple[int, int] | None
    """Where the size of the whole file is, and how many bytes of it that leaves out."""

    @property
    def head(self) -> int:
        """Bytes of a chunk's head."""
        return self.name + struct.calcsize(self.size)


_RIFF = Layout(12, 4, "<I", 0, 2, b"data", (4, 8))
_W64_NAME = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_LAYOUTS = {
    b"RIFF": _RIFF,
    b"RF64": _RIFF,
    b"RIFX": Layout(12, 4, ">I", 0, 2, b"data", (4, 8)),
    b"FORM": Layout(12, 4, ">I", 0, 2, b"SSND", (4, 8)),
    b"riff": Layout(40, 16, "<Q", 24, 8, b"data" + _W64_NAME, (16, 0)),
    b"caff": Layout(8, 4, ">q", 0, 1, b"data", None),
}


@dataclass(frozen=True)
class ClaimedChunk:
    """A chunk of a file: its name, where its head is, where its bytes are, and how many it says there are."""

    name: bytes
    at: int
    start: int
    size: int


def finish(file: BinaryIO, size: int) -> tuple[list[Patch], bool]:
    """What a header would say that was finished.

    Parameters
    ----------
    file : file
        WAV (RIFF, RIFX, RF64), W64, AIFF, CAF or AU.
    size : int
        Its bytes, fewer than 2^31.

    Returns
    -------
    tuple of (list of (int, bytes), bool)
        Changes, none where it was finished, or where that is not to be told; whether it says something else, and not
        merely nothing.
    """
    magic = _read(file, 0, 4)
    if magic in _AU:
        return _finish_au(file, size, _AU[magic]), False
    layout = _LAYOUTS.get(magic)
    if layout is None:
        return [], False
    chunks = {chunk.name: chunk for chunk in _chunks(file, layout, layout.first, size)}
    if layout.sound not in chunks:
        return [], False
    sound = chunks[layout.sound]
    told = _long_size(file, chunks, sound.size) if magic == b"RF64" else sound.size
    rest = size - sound.start
    known = told >= 0 and not _is_unknown(told, rest)
    if known and not _is_sound(file, layout, sound.start + told, size):
        return [], False
    patches = [(sound.at + layout.name, struct.pack(layout.size, rest + layout.counted))]
    if layout.whole is not None:
        place, left_out = layout.whole
        patches.append((place, struct.pack(layout.size, size - left_out)))
    if magic == b"RF64":  # its sizes of 64 bits are not needed, and are not finished either
        patches.append((0, b"RIFF"))
    if magic == b"FORM":
        patches += _frames(file, chunks, rest)
    return patches, known and told > 0


def sound_start(file: BinaryIO, size: int) -> int | None:
    """Offset of the first sample of a WAV, W64, AIFF, CAF or AU file of ``size`` bytes; None of any other."""
    magic = _read(file, 0, 4)
    if magic in _AU:
        return int(struct.unpack(f"{_AU[magic]}I", _read(file, 4, 4))[0])
    layout = _LAYOUTS.get(magic)
    if layout is None:
        return None
    found = next((c for c in _chunks(file, layout, layout.first, size) if c.name == layout.sound), None)
    return None if found is None else found.start + _BEFORE_SOUND.get(magic, 0)


def _is_unknown(told: int, rest: int) -> bool:
    return told > rest and told >= UNKNOWN


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)


def _chunks(file: BinaryIO, layout: Layout, at: int, size: int) -> list[ClaimedChunk]:
    """Chunks from a place on, up to the one with the sound, or to the end."""
    found: list[ClaimedChunk] = []
    while at + layout.head <= size and len(found) < _MOST_CHUNKS:
        head = _read(file, at, layout.head)
        said = struct.unpack(layout.size, head[layout.name :])[0] - layout.counted
        found.append(ClaimedChunk(head[: layout.name], at, at + layout.head, said))
        if found[-1].name == layout.sound:
            break
        end = at + layout.head + max(0, said)
        at = end + -end % layout.align
    return found


def _long_size(file: BinaryIO, chunks: dict[bytes, ClaimedChunk], told: int) -> int:
    """Size of the sound in RF64, which has it in a chunk of its own."""
    if told != 2**32 - 1 or b"ds64" not in chunks:
        return told
    data = _read(file, chunks[b"ds64"].start + 8, 8)
    return int.from_bytes(data, "little") if len(data) == 8 else told


def _is_sound(file: BinaryIO, layout: Layout, at: int, size: int) -> bool:
    """Whether what is behind the chunk of the sound is more of it: no chunks, no tag, no other file, and not zeros."""
    if at >= size:
        return False
    head = _read(file, at + -at % layout.align, 12)
    if head.startswith(_TAGS) or head[:4] in _LAYOUTS:
        return False
    behind = _chunks(file, layout, at + -at % layout.align, size)
    if behind and all(_CHUNK_NAME.fullmatch(chunk.name[:4]) for chunk in behind):
        end = behind[-1].start + behind[-1].size
        if end in (size, size - 1):
            return False
    file.seek(at)
    return any(any(block) for block in iter(lambda: file.read(2**16), b""))


def _frames(file: BinaryIO, chunks: dict[bytes, ClaimedChunk], rest: int) -> list[Patch]:
    """The count of AIFF, which libsndfile goes by, from the bytes of its sound."""
    if b"COMM" not in chunks:
        return []
    at = chunks[b"COMM"].start
    channels, _, bits = struct.unpack(">hIh", _read(file, at, 8).ljust(8, b"\0"))
    block = channels * -(-bits // 8)
    return [(at + 2, struct.pack(">I", (rest - 8) // block))] if block > 0 and rest > 8 else []


def _finish_au(file: BinaryIO, size: int, order: str) -> list[Patch]:
    start, told = struct.unpack(f"{order}II", _read(file, 4, 8).ljust(8, b"\0"))
    rest = size - start
    if rest <= 0 or (told and not _is_unknown(told, rest)):
        return []
    return [(8, struct.pack(f"{order}I", rest))]
