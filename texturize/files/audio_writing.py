"""Write sound files: float32, channels by samples, to whatever libsndfile knows."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from texturize.errors import OutputError
from texturize.files import aiff_loop, chunks, layouts, ogg, wav_loop
from texturize.files.atomic import write_beside
from texturize.files.dither import quantize
from texturize.files.formats import format_of, subtype_for
from texturize.files.vorbis_comments import add_comments

MARKED = ("WAV", "AIFF", "FLAC", "OGG")
"""Containers that carry loop marks which samplers and game engines read."""
OPUS_RATE = 48_000
"""Hz, of what an Opus decoder gives, and of its loop marks."""
_WITH_TAGS = ("WAV", "AIFF", "CAF", "FLAC", "OGG", "MP3")

_BLOCK = 1 << 16
"""Frames written at once. libsndfile's Vorbis encoder overflows its stack on long writes."""


def write_audio(
    target: str | Path | BinaryIO,
    samples: np.ndarray,
    sample_rate: int,
    subtype: str | None = None,
    format: str | None = None,  # noqa: A002
    *,
    dither: int | None = None,
    tags: Mapping[str, str] | None = None,
    loop: bool = False,
    layout: int | None = None,
    replace: bool = True,
) -> None:
    """Write a sound file, whole or not at all; the same sound is the same bytes.

    Parameters
    ----------
    target : str, Path or binary stream
        A path's ending picks the format; a stream gets WAV unless ``format`` says otherwise.
    samples : array
        (channels, n) or (n,), full scale at 1.
    sample_rate : int
        In Hz.
    subtype : str, optional
        libsndfile's name of the sample format, such as ``PCM_24``; the container's usual one if not given.
    format : str, optional
        libsndfile's name of the container.
    dither : int, optional
        Seed of the dither that is added where samples are cut to 16 bits or fewer; without it they are rounded.
    tags : mapping, optional
        Text by libsndfile's names, such as ``comment``, for the containers that carry any.
    loop : bool
        Mark the whole as a loop, in containers that carry such marks (`MARKED`); others have none.
    layout : int, optional
        Channel mask, as in WAV files, of more than two channels, which are in the order of its bits; the usual one for
        as many if not given. WAV and FLAC files carry it, Vorbis and Opus files have an order of their own for the
        usual one, others none.
    replace : bool
        Replace a file of that name, though it was not there before the work.

    Raises
    ------
    OutputError
        If it cannot be written, or samples beyond full scale would be cut off.
    """
    samples = np.atleast_2d(np.asarray(samples, np.float32))
    if not np.isfinite(samples).all():
        raise OutputError("the result has samples that are NaN or infinite", "nothing was written")
    ending = target.suffix.lower() if isinstance(target, Path) else ""
    if isinstance(target, str | Path):
        format = format or format_of(Path(target))  # noqa: A001
        ending = Path(target).suffix.lower()
    else:
        format = format or "WAV"  # noqa: A001
    subtype = subtype or subtype_for(format, ending=ending)
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > 1.0 and subtype not in ("FLOAT", "DOUBLE"):
        raise OutputError(
            f"the result reaches {peak:.3f} of full scale and {subtype} would cut it off", "scale it down"
        )
    samples = quantize(samples, subtype, dither)
    # In memory: libsndfile goes back to the header at the end, which a pipe cannot; and of a Vorbis file that a full
    # disk cuts off when it is closed, it says nothing.
    memory = io.BytesIO()
    if layout is None:
        layout = layouts.USUAL_LAYOUTS.get(len(samples), 0)
    if format == "OGG":
        samples = samples[layouts.vorbis_order(len(samples))]
    _encode(memory, samples, sample_rate, subtype, format, tags or {})
    surround = layout if len(samples) > 2 else None
    length = samples.shape[1] * OPUS_RATE // sample_rate if subtype == "OPUS" else samples.shape[1]
    _finish(memory, format, surround, length if loop else None)
    # getvalue() shares the bytes. A view of them in a traceback is what Python 3.13 complains of at its end.
    if not isinstance(target, str | Path):
        target.write(memory.getvalue())
        return
    with write_beside(Path(target), replace=replace) as beside:
        beside.write_bytes(memory.getvalue())


def _encode(
    target: io.BytesIO,
    samples: np.ndarray,
    sample_rate: int,
    subtype: str,
    format: str,  # noqa: A002
    tags: Mapping[str, str],
) -> None:
    container = "WAVEX" if format == "WAV" and len(samples) > 2 else format
    try:
        with soundfile.SoundFile(target, "w", sample_rate, len(samples), subtype, format=container) as file:
            for name, text in tags.items() if format in _WITH_TAGS else ():
                setattr(file, name, text)
            for start in range(0, samples.shape[1], _BLOCK):
                file.write(samples[:, start : start + _BLOCK].T)
    except soundfile.LibsndfileError as error:
        raise OutputError(f"the result cannot be written: {error.error_string.strip()}", "is the disk full?") from error


def _finish(file: BinaryIO, format: str, layout: int | None, loop: int | None) -> None:  # noqa: A002
    """Put right what libsndfile leaves to chance or out: the channel mask, and a loop of so many samples."""
    comments = {} if loop is None else {"LOOPSTART": "0", "LOOPLENGTH": str(loop)}
    if format in ("WAV", "AIFF"):
        chunks.clear_peak_time(file)
    if format == "WAV" and layout is not None:
        layouts.set_wav_layout(file, layout)
    if format == "FLAC" and layout is not None:
        comments[layouts.FLAC_TAG] = f"0x{layout:04X}"
    if format in ("FLAC", "OGG") and comments:
        add_comments(file, comments)
    if format == "OGG":
        ogg.set_serial(file)
    if loop is not None and format == "WAV":
        wav_loop.add_loop(file)
    if loop is not None and format == "AIFF":
        aiff_loop.add_loop(file, loop)
