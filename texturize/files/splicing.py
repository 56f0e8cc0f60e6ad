"""A sound file with new pieces in it: every sample outside them is the same, and so is what else the file says.

Where samples have places of their own in the file, and none of them moves, the file is copied byte by byte and the new
samples are written over the old. Elsewhere it is written anew, block by block, as whole numbers or floats that lose
nothing. Either way hours of sound take no more memory than minutes.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import soundfile

from texturize.errors import OutputError
from texturize.files.atomic import write_beside
from texturize.files.audio_writing import MARKED
from texturize.files.formats import format_of, subtype_for
from texturize.files.overwriting import overwrite, place_of
from texturize.files.pieces import WIDTHS, Form, Piece
from texturize.files.recording import Recording
from texturize.files.rewriting import WAV_KINDS, rewrite

ROOM = 2**20
"""Bytes that are to stay free on the disk."""


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
    same = not any(piece.added for piece in pieces) and not loop and form == (recording.format, recording.subtype)
    place = place_of(recording, pieces) if same else None
    with write_beside(path, replace=replace) as beside:
        recording.check_unchanged()
        try:
            if place is not None:
                overwrite(beside, recording, pieces, place, seed)
            else:
                rewrite(beside, recording, pieces, form, seed, loop)
        except soundfile.LibsndfileError as error:
            reason = error.error_string.strip()
            raise OutputError(f"{path} cannot be written: {reason}", "is the disk full?") from error
        recording.check_unchanged()


def carries_loops(form: Form) -> bool:
    """Whether a container carries loop marks."""
    return form.format in MARKED or form.format == "WAVEX"
