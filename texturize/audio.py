"""Read sound files: whatever libsndfile knows, as float32, channels by samples."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from texturize.errors import AudioError
from texturize.layouts import file_layout, vorbis_order

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


@dataclass(frozen=True)
class Clip:
    """A sound as read: samples are (channels, n) float32, full scale at 1."""

    samples: np.ndarray
    sample_rate: int
    subtype: str = "PCM_16"
    format: str = "WAV"
    path: Path | None = None
    layout: int | None = None
    """Channel mask, as in WAV files; None where the file has none."""

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
            clip = _with_layout(Clip(samples, file.samplerate, file.subtype, file.format, path))
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


def _with_layout(clip: Clip) -> Clip:
    """Say which loudspeakers more than two channels are for, and put them into the order of a WAV file."""
    if clip.channels <= 2 or clip.path is None:
        return clip
    if clip.format == "OGG" and clip.subtype in ("VORBIS", "OPUS"):
        order = np.argsort(vorbis_order(clip.channels))
        return replace(clip, samples=np.ascontiguousarray(clip.samples[order]))
    if not clip.path.is_file():
        return clip
    with clip.path.open("rb") as file:
        return replace(clip, layout=file_layout(file))


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
