"""Read and write sound files: whatever libsndfile knows, as float32, channels by samples."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO, TypeVar

import numpy as np
import soundfile

from texturize import chunks, ogg
from texturize.atomic import write_beside
from texturize.dither import quantize
from texturize.errors import AudioError, OutputError
from texturize.wav_loop import add_loop

AnyPath = TypeVar("AnyPath", bound=PurePath)

MIN_RATE, MAX_RATE = 8000, 192_000
MAX_CHANNELS = 8
MAX_LEVEL = 1e10
"""Largest sample, of full scale 1: whole numbers of 32 bits pass, and what overflows when squared does not."""
MAX_VALUES = 2**28
"""Most samples times channels that are read: 1 GiB as float32."""
MANY_VALUES = 2**24
MAX_EXPANSION = 1000
"""Most bytes as float32 for each byte of a file with many values. Speech as Opus at 6 kbit/s has 256; more has nothing
in it but silence.
"""

FORMATS = {
    ".wav": "WAV",
    ".flac": "FLAC",
    ".ogg": "OGG",
    ".oga": "OGG",
    ".opus": "OGG",
    ".mp3": "MP3",
    ".aiff": "AIFF",
    ".aif": "AIFF",
    ".caf": "CAF",
    ".w64": "W64",
    ".au": "AU",
}
"""Container by file ending."""

_SUBTYPES_IN_PLACE = {
    "PCM_U8": ("PCM_S8", "PCM_16"),
    "PCM_S8": ("PCM_U8", "PCM_16"),
    "PCM_16": (),
    "PCM_24": (),
    "PCM_32": ("PCM_24",),
    "FLOAT": ("PCM_24",),
    "DOUBLE": ("FLOAT", "PCM_24"),
}
"""What comes nearest to a sample format where the container does not have it."""

_WITH_TAGS = ("WAV", "AIFF", "CAF", "FLAC", "OGG", "MP3")

_BLOCK = 1 << 16
"""Frames written at once. libsndfile's Vorbis encoder overflows its stack on long writes."""


@dataclass(frozen=True)
class Clip:
    """A sound as read: samples are (channels, n) float32, full scale at 1."""

    samples: np.ndarray
    sample_rate: int
    subtype: str = "PCM_16"
    format: str = "WAV"
    path: Path | None = None

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1]) / self.sample_rate


def read_audio(path: str | Path) -> Clip:
    """Read a sound file.

    Parameters
    ----------
    path : str or Path
        Any file libsndfile reads, 8 to 192 kHz, up to 8 channels.

    Returns
    -------
    Clip

    Raises
    ------
    AudioError
        If the file is missing, no sound, empty, cut off, or outside these bounds.
    """
    path = Path(path)
    _check_file(path)
    try:
        # As bytes where names are bytes: soundfile would take no name that is not UTF-8.
        name = os.fsencode(path) if os.name == "posix" else str(path)
        with _quiet_decoder(), soundfile.SoundFile(name) as file:
            _check_header(path, file)
            # All at once: between blocks soundfile seeks, which in an mp3 file is inexact and corrupts the sound.
            # What the header says is bounded, and memory that is not read into is never touched.
            samples = np.ascontiguousarray(file.read(dtype="float32", always_2d=True).T)
            promised, log = file.frames, file.extra_info
            clip = Clip(samples, file.samplerate, file.subtype, file.format, path)
    except soundfile.LibsndfileError as error:
        reason = error.error_string.strip().rstrip(".")
        if "lost sync" in reason:
            raise AudioError(f"{path} is cut off or damaged: {reason}", _CUT_OFF) from error
        raise AudioError(f"{path} is not a sound file that can be read: {reason}", _READABLE) from error
    n = samples.shape[1]
    if n < promised:
        raise AudioError(f"{path} is cut off: it holds {n} of {promised} samples", _CUT_OFF)
    # For uncompressed formats libsndfile corrects the count by itself and notes it in its log: "data : 80000 (should
    # be 47982)". Sizes of 0 and near 2^31 or 2^32 are what programs write that cannot seek back to the header.
    for line in log.splitlines():
        chunk, _, size = line.strip().partition(" : ")
        if chunk.strip() in ("data", "SSND") and "(should be" in size:
            said, actual = (int("".join(filter(str.isdigit, part)) or 0) for part in size.split("(should be"))
            if actual < said < 2**31 - 2**16:
                raise AudioError(f"{path} is cut off: it holds {actual} of {said} bytes of sound", _CUT_OFF)
    if n == 0:
        raise AudioError(f"{path} holds no samples", "give a clip of a few seconds")
    bad = int(samples.size - np.count_nonzero(np.isfinite(samples)))
    if bad:
        raise AudioError(f"{path} has {bad} samples that are NaN or infinite", "repair or export the clip again")
    peak = float(max(samples.max(), -samples.min()))
    if peak > MAX_LEVEL:
        raise AudioError(f"{path} reaches {peak:.3g} of full scale", "repair or export the clip again")
    return clip


_CUT_OFF = "copy or download it again"
_READABLE = "give a wav, flac, ogg, mp3 or aiff file"


_STDERR = threading.Lock()


@contextmanager
def _quiet_decoder() -> Iterator[None]:
    """Keep libmpg123, inside libsndfile, from writing its own warnings about damaged files to standard error."""
    with _STDERR:
        try:
            kept = os.dup(2)
        except OSError:  # there is no standard error
            yield
            return
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 2)
            os.close(null)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _check_file(path: Path) -> None:
    try:
        if not path.exists():
            raise AudioError(f"{path}: no such file", "check the name")
        if path.is_dir():
            raise AudioError(f"{path} is a folder", "give a sound file")
        if path.suffix.lower() == ".raw":
            raise AudioError(f"{path} is raw sound, which says nothing of its rate and channels", _READABLE)
        with path.open("rb") as file:
            if path.is_file() and not file.read(1):
                raise AudioError(f"{path} is an empty file", _READABLE)
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}", "check its permissions") from error


def _check_header(path: Path, file: soundfile.SoundFile) -> None:
    if not MIN_RATE <= file.samplerate <= MAX_RATE:
        raise AudioError(
            f"{path} has a sample rate of {file.samplerate} Hz", f"convert it to between {MIN_RATE} and {MAX_RATE} Hz"
        )
    if file.channels > MAX_CHANNELS:
        raise AudioError(f"{path} has {file.channels} channels", f"at most {MAX_CHANNELS} can be worked on")
    if file.frames * file.channels > MAX_VALUES:
        most = MAX_VALUES // file.channels // file.samplerate // 60
        raise AudioError(
            f"{path} says it holds {file.frames} samples in {file.channels} channels",
            f"cut it to at most {most} minutes; ten seconds are enough",
        )
    size = path.stat().st_size if path.is_file() else MAX_VALUES
    if MANY_VALUES < file.frames * file.channels > MAX_EXPANSION // 4 * size:
        raise AudioError(
            f"{path} says it holds {file.frames} samples in {file.channels} channels, in {size} bytes",
            "cut the sound out of the silence; ten seconds are enough",
        )


def clipped_samples(samples: np.ndarray) -> int:
    """Count samples in runs of three or more at the same full-scale value: the flat tops of a clipped sound."""
    flat = np.atleast_2d(samples)
    if flat.shape[1] < 3 or np.abs(flat).max() < 0.98:
        return 0
    top = (np.abs(flat) >= 0.98).astype(bool)
    same = (np.diff(flat, axis=1) == 0) & top[:, 1:]
    run = same[:, 1:] & same[:, :-1]
    inside = np.zeros(flat.shape, bool)
    for offset in range(3):
        inside[:, offset : offset + run.shape[1]] |= run
    return int(inside.sum())


def format_of(path: Path) -> str:
    """Container that a file name's ending stands for."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        what = f"{path}: unknown ending {ending!r}" if ending else f"{path} has no ending"
        raise OutputError(what, f"use one of {', '.join(FORMATS)}")
    return FORMATS[ending]


def variation_path(path: AnyPath, number: int) -> AnyPath:
    """File of one of several results: rain.texture.2.wav is the second variation of rain.texture.wav."""
    return path.with_name(f"{path.stem}.{number}{path.suffix}")


def subtype_for(format: str, like: str | None = None, ending: str = "") -> str:  # noqa: A002
    """Sample format for a container: that of the input where it has it, else the nearest that loses nothing heard."""
    if ending == ".opus":
        return "OPUS"
    if like is not None:
        for candidate in (like, *_SUBTYPES_IN_PLACE.get(like, ())):
            if candidate in _SUBTYPES_IN_PLACE and soundfile.check_format(format, candidate):
                return candidate
        if soundfile.check_format(format, like) and format in ("OGG", "MP3"):
            return like
    return str(soundfile.default_subtype(format))


def check_subtype(path: Path, subtype: str) -> None:
    """Refuse a sample format that the container of a file name does not have."""
    format = format_of(path)  # noqa: A001
    known = ("OPUS",) if path.suffix.lower() == ".opus" else tuple(soundfile.available_subtypes(format))
    if subtype not in known:
        kind = f"{path.suffix} has no sample format {subtype}"
        raise OutputError(f"{path}: {kind}", f"use {'one of ' if len(known) > 1 else ''}{', '.join(known)}")


def check_format(path: Path, sample_rate: int, channels: int, subtype: str) -> None:
    """Refuse a container that cannot hold the result, by writing a moment of silence to memory."""
    format = format_of(path)  # noqa: A001
    if _holds(format, sample_rate, channels, subtype):
        return
    rate = "--sample-rate 48000, " if _holds(format, 48_000, channels, subtype) else ""
    raise OutputError(
        f"{path}: {format} as {subtype} cannot hold {channels} channels at {sample_rate} Hz", f"use {rate}.wav or .flac"
    )


def _holds(format: str, sample_rate: int, channels: int, subtype: str) -> bool:  # noqa: A002
    try:
        soundfile.write(io.BytesIO(), np.zeros((64, channels), np.float32), sample_rate, subtype, format=format)
    except (soundfile.LibsndfileError, ValueError):
        return False
    return True


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
        Mark the whole of a WAV file as a loop; other containers carry no such mark.
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
    _encode(memory, samples, sample_rate, subtype, format, tags or {})
    _finish(memory, format, loop)
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
    try:
        with soundfile.SoundFile(target, "w", sample_rate, len(samples), subtype, format=format) as file:
            for name, text in tags.items() if format in _WITH_TAGS else ():
                setattr(file, name, text)
            for start in range(0, samples.shape[1], _BLOCK):
                file.write(samples[:, start : start + _BLOCK].T)
    except soundfile.LibsndfileError as error:
        raise OutputError(f"the result cannot be written: {error.error_string.strip()}", "is the disk full?") from error


def _finish(file: BinaryIO, format: str, loop: bool) -> None:  # noqa: A002
    """Put right what libsndfile leaves to chance or out."""
    if format in ("WAV", "AIFF"):
        chunks.clear_peak_time(file)
    if format == "OGG":
        ogg.set_serial(file)
    if format == "WAV" and loop:
        add_loop(file)
