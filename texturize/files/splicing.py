"""A sound file with new pieces in it: every sample outside them is the same, and so is what else the file says.

Where samples have places of their own in the file, and none of them moves, the file is copied byte by byte and the new
samples are written over the old. Elsewhere it is written anew, block by block, as whole numbers or floats that lose
nothing. Either way hours of sound take no more memory than minutes.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile

from texturize.errors import OutputError
from texturize.files import aiff_loop, carried, layouts, wav_loop
from texturize.files.atomic import write_beside
from texturize.files.audio_writing import MARKED
from texturize.files.dither import quantize
from texturize.files.formats import format_of, subtype_for
from texturize.files.recording import BLOCK, EXACT, Recording
from texturize.files.unfinished import sound_start
from texturize.files.vorbis_comments import add_comments

BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "ALAC_16": 16, "ALAC_20": 20}
BITS |= {"ALAC_24": 24, "ALAC_32": 32}
WIDTHS = {
    "PCM_S8": 1,
    "PCM_U8": 1,
    "PCM_16": 2,
    "PCM_24": 3,
    "PCM_32": 4,
    "FLOAT": 4,
    "DOUBLE": 8,
    "ULAW": 1,
    "ALAW": 1,
}
"""Bytes of a sample."""
WAV_KINDS = ("WAV", "WAVEX", "RF64")
MOST_WAV = 2**32 - 2**24
"""Bytes of sound in a WAV file; more of it is RF64, whose sizes have 64 bits."""
LOOKED_AT = 1 << 14
"""Frames that are compared to find out how samples are written."""
ROOM = 2**20
"""Bytes that are to stay free on the disk."""


class Piece(NamedTuple):
    """New samples (channels, n) in the place of those from ``start`` to before ``stop``."""

    start: int
    stop: int
    samples: npt.NDArray[np.float32]


class Form(NamedTuple):
    """Container and sample format of a result, by libsndfile's names."""

    format: str
    subtype: str


def form_of(recording: Recording, path: Path, subtype: str | None = None) -> Form:
    """Container and sample format of a result at a path: those of the recording where the path's ending has them.

    Raises
    ------
    OutputError
        There is no such ending.
    """
    container = format_of(path)
    own = "WAV" if recording.format in WAV_KINDS else recording.format
    if container == own and subtype in (None, recording.subtype) and recording.lossless:
        return Form(recording.format, recording.subtype)
    like = recording.subtype if recording.lossless else "FLOAT"
    return Form(container, subtype or subtype_for(container, like, path.suffix.lower()))


def usual_path(recording: Recording, ending: str) -> Path:
    """Name of a result: that of the recording and a word; one of a lossy file is a WAV file, which loses nothing."""
    path = recording.path
    if not recording.lossless or path.suffix.lower() == ".raw" or not _has_ending(path):
        return Path(f"{path.stem}.{ending}.wav")
    return Path(f"{path.stem}.{ending}{path.suffix}")


def _has_ending(path: Path) -> bool:
    try:
        format_of(path)
    except OutputError:
        return False
    return True


def check_room(recording: Recording, path: Path, form: Form, added: int) -> None:
    """Refuse a disk that has no room for a result with so many frames more, before any work is done for it.

    Raises
    ------
    OutputError
    """
    if path.exists() and not path.is_file():
        return  # a pipe or a device
    if recording.data is None and form == (recording.format, recording.subtype):
        needed = recording.path.stat().st_size * (1 + max(added, 0) / recording.frames)
    else:
        needed = (recording.frames + added) * recording.channels * WIDTHS.get(form.subtype, 1)
    free = shutil.disk_usage(path.resolve().parent).free
    if needed + ROOM > free:
        what = f"{path}: the result takes {needed / 1e6:.0f} MB, and the disk has {free / 1e6:.0f} MB left"
        raise OutputError(what, "make room, or choose another place with -o")


def write_spliced(
    path: Path,
    recording: Recording,
    pieces: Sequence[Piece],
    form: Form,
    *,
    seed: int | None = None,
    loop: bool = False,
    replace: bool = True,
) -> None:
    """Write a recording with new pieces, whole or not at all.

    Parameters
    ----------
    path : Path
    recording : Recording
    pieces : sequence of Piece
        In their order, none overlapping another.
    form : Form
        Of `form_of`.
    seed : int, optional
        Of the dither of new samples where they are cut to 16 bits or fewer; without it they are rounded.
    loop : bool
        Mark the whole as a loop, in containers that carry such marks.
    replace : bool
        Replace a file of that name, though it was not there before the work.

    Raises
    ------
    OutputError
        If it cannot be written.
    AudioError
        If the recording was changed meanwhile; then nothing is written.
    """
    stays = all(piece.stop - piece.start == piece.samples.shape[-1] for piece in pieces)
    same = stays and not loop and form == (recording.format, recording.subtype)
    place = _place(recording, pieces) if same else None
    with write_beside(path, replace=replace) as beside:
        recording.check_unchanged()
        try:
            if place is not None:
                _overwrite(beside, recording, pieces, place, seed)
            else:
                _rewrite(beside, recording, pieces, form, seed, loop)
        except soundfile.LibsndfileError as error:
            reason = error.error_string.strip()
            raise OutputError(f"{path} cannot be written: {reason}", "is the disk full?") from error
        recording.check_unchanged()


class _Place(NamedTuple):
    """Where the samples of a file are, and how they are written."""

    start: int
    width: int
    """Bytes of a frame."""
    endian: str


def _place(recording: Recording, pieces: Sequence[Piece]) -> _Place | None:
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
            place = _Place(start, width, endian)
            if all(_agrees(file, recording, place, at) for at in looked):
                return place
    return None


def _agrees(file: BinaryIO, recording: Recording, place: _Place, at: int) -> bool:
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


def _overwrite(target: Path, recording: Recording, pieces: Sequence[Piece], place: _Place, seed: int | None) -> None:
    """Copy the file, and put new samples in the place of old ones."""
    with recording.open_bytes() as source, target.open("r+b") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        for index, piece in enumerate(pieces):
            memory = io.BytesIO()
            soundfile.write(
                memory,
                _numbers(piece.samples, recording.subtype, seed, index),
                recording.sample_rate,
                recording.subtype,
                endian=place.endian,
                format="RAW",
            )
            file.seek(place.start + piece.start * place.width)
            file.write(memory.getvalue())


def _rewrite(
    target: Path, recording: Recording, pieces: Sequence[Piece], form: Form, seed: int | None, loop: bool
) -> None:
    """Write the sound block by block, and carry over what else the file says."""
    dtype = _numbers_between(recording, form)
    frames = recording.frames + sum(piece.samples.shape[-1] - (piece.stop - piece.start) for piece in pieces)
    container = _container(recording, form, frames)
    with soundfile.SoundFile(
        str(target), "w", recording.sample_rate, recording.channels, form.subtype, format=container
    ) as file:
        if container not in WAV_KINDS or recording.format not in WAV_KINDS:
            _copy_tags(recording, file)
        for block in _blocks(recording, pieces, form, dtype, seed):
            file.write(block)
    with target.open("r+b") as file:
        if container == "WAVEX" and recording.layout is not None:
            layouts.set_wav_layout(file, recording.layout)
        moves = [(piece.start, piece.samples.shape[-1] - (piece.stop - piece.start)) for piece in pieces]
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
        new = _numbers(piece.samples, form.subtype, seed, index).astype(dtype, copy=False)
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


def _numbers(samples: npt.NDArray[np.float32], subtype: str, seed: int | None, index: int) -> npt.NDArray[np.generic]:
    """New samples as the numbers of a format, (n, channels)."""
    kind = EXACT.get(subtype, "float32")
    if subtype in ("PCM_S8", "PCM_U8", "PCM_16"):
        samples = quantize(samples, subtype, None if seed is None else (seed + index) % 2**32)
    if kind == "int32":
        full = 2.0 ** (BITS[subtype] - 1)
        steps = np.clip(np.round(samples.T.astype(np.float64) * full), -full, full - 1)
        return np.asarray(steps * 2 ** (32 - BITS[subtype]), np.int32)
    if kind == "int16":
        return np.asarray(np.clip(np.round(samples.T * 2.0**15), -(2**15), 2**15 - 1), np.int16)
    return np.asarray(np.clip(samples.T, -1, 1) if kind == "float32" and subtype not in EXACT else samples.T, kind)


def carries_loops(form: Form) -> bool:
    """Whether a container carries loop marks."""
    return form.format in MARKED or form.format == "WAVEX"
