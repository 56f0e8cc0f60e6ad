"""What a file says beside its sound, carried over into one that was written anew: tags, pictures, markers, loops."""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
from collections.abc import Sequence
from typing import BinaryIO

from texturize.files.chunks import Chunk, walk

Moves = Sequence[tuple[int, int]]
"""Samples, and how many more or fewer there are from each of them on."""

_OWN = {b"RIFF": (b"fmt ", b"data", b"fact", b"PEAK", b"JUNK", b"ds64"), b"FORM": (b"COMM", b"SSND", b"FVER", b"PEAK")}
"""Chunks that speak of the sound itself, which the new file has of its own."""
_LOOPS = (b"smpl", b"cue ", b"MARK", b"INST")
_MOST_BYTES = 2**28
"""Of a chunk that is carried over."""
_STREAM_INFO, _PADDING, _SEEK_TABLE, _COMMENTS, _LAST = 0, 1, 3, 4, 0x80


def carry(old: BinaryIO, new: BinaryIO, moves: Moves, *, loop: bool = False) -> None:
    """Carry over what a file says beside its sound into another of the same container; others are left as they are.

    Parameters
    ----------
    old, new : binary file
        The latter complete, open for reading and writing.
    moves : sequence of (int, int)
        By how much samples have moved, for markers.
    loop : bool
        Leave out loops and markers: the new file will have its own.
    """
    heads = [_head(file) for file in (old, new)]
    if heads[0] == heads[1] == b"fLaC":
        _carry_blocks(old, new)
    kinds = [b"RIFF" if head == b"RF64" else head for head in heads]
    if kinds[0] == kinds[1] and kinds[0] in _OWN and heads[1] != b"RF64":
        _carry_chunks(old, new, kinds[0], moves, loop)


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(4)


def _carry_chunks(old: BinaryIO, new: BinaryIO, kind: bytes, moves: Moves, loop: bool) -> None:
    order = "<" if kind == b"RIFF" else ">"
    own = {chunk.name for chunk in walk(new)} if kind == b"FORM" else set()
    end = new.seek(0, os.SEEK_END)
    new.write(bytes(end % 2))
    for chunk in list(walk(old)):
        if chunk.name in _OWN[kind] or chunk.name in own or chunk.size > _MOST_BYTES or (loop and chunk.name in _LOOPS):
            continue
        content = _moved(old, chunk, moves)
        new.seek(0, os.SEEK_END)
        new.write(struct.pack(f"{order}4sI", chunk.name, len(content)) + content + bytes(len(content) % 2))
    end = new.seek(0, os.SEEK_END)
    new.seek(4)
    new.write(struct.pack(f"{order}I", end - 8))


def _moved(file: BinaryIO, chunk: Chunk, moves: Moves) -> bytes:
    """Content of a chunk, with the samples that it names where they are now."""
    file.seek(chunk.start)
    content = bytearray(file.read(chunk.size))
    for at, form in _places(chunk.name, content):
        sample = struct.unpack_from(form, content, at)[0]
        struct.pack_into(form, content, at, min(max(0, moved(sample, moves)), 2**32 - 1))
    return bytes(content)


def moved(sample: int, moves: Moves) -> int:
    """Where a sample is now."""
    return sample + sum(by for start, by in moves if start <= sample)


def _places(name: bytes, content: bytearray) -> list[tuple[int, str]]:
    """Offsets of numbers of samples in chunks of loops and markers, and their form."""
    n = len(content)
    if name == b"smpl" and n >= 36:
        loops = min(struct.unpack_from("<I", content, 28)[0], (n - 36) // 24)
        return [(36 + 24 * i + field, "<I") for i in range(loops) for field in (8, 12)]
    if name == b"cue " and n >= 4:
        points = min(struct.unpack_from("<I", content)[0], (n - 4) // 24)
        return [(4 + 24 * i + field, "<I") for i in range(points) for field in (4, 20)]
    if name == b"MARK" and n >= 2:
        found, at = [], 2
        for _ in range(struct.unpack_from(">H", content)[0]):
            if at + 7 > n:
                break
            found.append((at + 2, ">I"))
            length = content[at + 6]
            at += 7 + length + (length + 1) % 2
        return found
    return []


def _blocks(file: BinaryIO) -> tuple[list[tuple[int, int, int]], int]:
    """Blocks of metadata of a FLAC file: kind, offset and size of their content; and where its frames begin."""
    found: list[tuple[int, int, int]] = []
    at = 4
    while True:
        file.seek(at)
        head = file.read(4)
        if len(head) < 4:
            return found, at
        size = int.from_bytes(head[1:], "big")
        found.append((head[0] & ~_LAST, at + 4, size))
        at += 4 + size
        if head[0] & _LAST:
            return found, at


def _carry_blocks(old: BinaryIO, new: BinaryIO) -> None:
    """Put the metadata of a FLAC file into another, in the place of its own."""
    blocks, frames = _blocks(new)
    theirs = [block for block in _blocks(old)[0] if block[0] not in (_STREAM_INFO, _PADDING, _SEEK_TABLE)]
    own = (_STREAM_INFO,) if any(kind == _COMMENTS for kind, *_ in theirs) else (_STREAM_INFO, _COMMENTS)
    kept = [block for block in blocks if block[0] in own]
    contents = []
    for file, part in ((new, kept), (old, theirs)):
        for kind, at, size in part:
            file.seek(at)
            contents.append((kind, file.read(size)))
    heads = [
        bytes([kind | (_LAST if index == len(contents) - 1 else 0)]) + len(content).to_bytes(3, "big") + content
        for index, (kind, content) in enumerate(contents)
    ]
    with tempfile.TemporaryFile(dir=os.path.dirname(os.path.abspath(new.name))) as rest:  # noqa: PTH100, PTH120
        new.seek(frames)
        shutil.copyfileobj(new, rest, 1 << 20)
        rest.seek(0)
        new.seek(0)
        new.write(b"fLaC" + b"".join(heads))
        shutil.copyfileobj(rest, new, 1 << 20)
        new.truncate()
