"""A recording with new pieces written anew, block by block, and what else its file says carried over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from texturize.files import aiff_loop, carried, layouts, wav_loop
from texturize.files.libsndfile import sound_name
from texturize.files.pieces import WIDTHS, Form, Piece, numbers
from texturize.files.recording import BLOCK, EXACT, Recording
from texturize.files.vorbis_comments import add_comments

WAV_KINDS = ("WAV", "WAVEX", "RF64")
MOST_WAV = 2**32 - 2**24
"""Bytes of sound in a WAV file; more of it is RF64, whose sizes have 64 bits."""


def rewrite(
    target: Path, recording: Recording, pieces: Sequence[Piece], form: Form, seed: int | None, loop: bool
) -> None:
    """Write the sound block by block, and carry over what else the file says."""
    dtype = _numbers_between(recording, form)
    frames = recording.frames + sum(piece.added for piece in pieces)
    container = _container(recording, form, frames)
    with soundfile.SoundFile(
        sound_name(target), "w", recording.sample_rate, recording.channels, form.subtype, format=container
    ) as file:
        if container not in WAV_KINDS or recording.format not in WAV_KINDS:
            _copy_tags(recording, file)
        # Vorbis and Opus have an order of channels of their own.
        order = layouts.vorbis_order(recording.channels) if form.format == "OGG" else list(range(recording.channels))
        for block in _blocks(recording, pieces, form, dtype, seed):
            file.write(block[:, order])
    with target.open("r+b") as file:
        if container == "WAVEX" and recording.layout is not None:
            layouts.set_wav_layout(file, recording.layout)
        moves = [(piece.start, piece.added) for piece in pieces]
        with recording.open_bytes() as old:
            carried.carry(old, file, moves, loop=loop)
        if loop and form.format in ("FLAC", "OGG"):
            add_comments(file, {"LOOPSTART": "0", "LOOPLENGTH": str(frames)})
        elif loop and container in ("WAV", "WAVEX"):
            wav_loop.add_loop(file)
        elif loop and form.format == "AIFF":
            aiff_loop.add_loop(file, frames)


def _container(recording: Recording, form: Form, frames: int) -> str:
    """What libsndfile is to write: WAV of more than 4 GiB is RF64, and that of many channels of the extensible kind."""
    if form.format not in WAV_KINDS:
        return form.format
    if frames * recording.channels * WIDTHS.get(form.subtype, 1) > MOST_WAV:
        return "RF64"
    return "WAVEX" if recording.channels > 2 and form.format == "WAV" else form.format


def _copy_tags(recording: Recording, file: soundfile.SoundFile) -> None:
    """Text that libsndfile has names for, where it can open the file."""
    with suppress(soundfile.LibsndfileError), soundfile.SoundFile(recording.source()) as old:
        for name, text in old.copy_metadata().items():
            if text:
                setattr(file, name, text)


def _blocks(
    recording: Recording, pieces: Sequence[Piece], form: Form, dtype: str, seed: int | None
) -> Iterator[npt.NDArray[np.generic]]:
    at = 0
    for index, piece in enumerate(pieces):
        yield from recording.blocks(at, piece.start, dtype)
        new = numbers(piece.samples, form.subtype, seed, index).astype(dtype, copy=False)
        for start in range(0, len(new), BLOCK):
            yield new[start : start + BLOCK]
        at = piece.stop
    yield from recording.blocks(at, recording.frames, dtype)


def _numbers_between(recording: Recording, form: Form) -> str:
    """Type of the numbers that samples are carried over as: one that loses nothing of either side."""
    kinds = {EXACT.get(subtype, "float32") for subtype in (recording.subtype, form.subtype)}
    if len(kinds) == 1:
        return kinds.pop()
    # Whole numbers of 32 bits do not fit into floats of 32.
    return "float64" if "float64" in kinds or kinds == {"int32", "float32"} else "int32"
