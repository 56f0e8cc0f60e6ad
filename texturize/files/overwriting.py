"""New samples written over the old ones in a copy of a file, where samples have places of their own in it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import soundfile

from texturize.files.pieces import WIDTHS, Piece, numbers
from texturize.files.recording import EXACT, Recording
from texturize.files.unfinished import sound_start

LOOKED_AT = 1 << 14
"""Frames that are compared to find out how samples are written."""


class Place(NamedTuple):
    """Where the samples of a file are, and how they are written."""

    start: int
    width: int
    """Bytes of a frame."""
    endian: str


def place_of(recording: Recording, pieces: Sequence[Piece]) -> Place | None:
    """Where the samples of a recording are in its file; None where they have no place of their own."""
    if recording.subtype not in WIDTHS or recording.held is not None:
        return None
    width = WIDTHS[recording.subtype] * recording.channels
    with recording.open_bytes() as file:
        size = file.seek(0, io.SEEK_END)
        start = sound_start(file, size)
        if start is None:
            return None
        # Around the new pieces there is sound, or else there were nothing to learn from.
        looked = [0, *(at for piece in pieces for at in (max(0, piece.start - LOOKED_AT), piece.stop))]
        for endian in ("LITTLE", "BIG"):
            place = Place(start, width, endian)
            if all(_agrees(file, recording, place, at) for at in looked):
                return place
    return None


def _agrees(file: BinaryIO, recording: Recording, place: Place, at: int) -> bool:
    """Whether the bytes at a place are the samples that libsndfile reads there."""
    stop = min(recording.frames, at + LOOKED_AT)
    dtype = EXACT[recording.subtype]
    file.seek(place.start + at * place.width)
    data = file.read((stop - at) * place.width)
    if len(data) < (stop - at) * place.width:
        return False
    found, _ = soundfile.read(
        io.BytesIO(data),
        dtype=dtype,
        always_2d=True,
        samplerate=recording.sample_rate,
        channels=recording.channels,
        subtype=recording.subtype,
        endian=place.endian,
        format="RAW",
    )
    return bytes(found.tobytes()) == recording.exactly(at, stop, dtype).tobytes()


def overwrite(target: Path, recording: Recording, pieces: Sequence[Piece], place: Place, seed: int | None) -> None:
    """Copy the file, and put new samples in the place of old ones."""
    if recording.data is None:
        shutil.copyfile(recording.path, target)  # which the system does by itself, in half the time
    else:
        target.write_bytes(recording.data)
    with target.open("r+b") as file:
        for index, piece in enumerate(pieces):
            memory = io.BytesIO()
            soundfile.write(
                memory,
                numbers(piece.samples, recording.subtype, seed, index),
                recording.sample_rate,
                recording.subtype,
                endian=place.endian,
                format="RAW",
            )
            file.seek(place.start + piece.start * place.width)
            file.write(memory.getvalue())
