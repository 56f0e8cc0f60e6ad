"""A sound file of any length, of which pieces are read: hours of it stay on the disk."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile

from texturize.errors import AudioError
from texturize.files.audio import check_file
from texturize.files.decoding import READABLE, UNCOUNTED, check_header, decode, patched
from texturize.files.joined import split
from texturize.files.layouts import file_layout, vorbis_order
from texturize.files.libsndfile import sound_name
from texturize.files.streams import MOST_BYTES
from texturize.files.unfinished import finish

Samples = np.ndarray

BLOCK = 1 << 16
"""Frames that are read at once."""
EXACT = {
    **dict.fromkeys(("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32"), "int32"),
    **dict.fromkeys(("ALAC_16", "ALAC_20", "ALAC_24", "ALAC_32"), "int32"),
    **dict.fromkeys(("ULAW", "ALAW"), "int16"),
    "FLOAT": "float32",
    "DOUBLE": "float64",
}
"""The numbers that samples of a format are read as without loss; all other formats are lossy."""
_UNFINISHED_BYTES = 2**30
"""Larger files are taken at their header's word."""


@dataclass
class Recording:
    """A sound file that is read piece by piece.

    Attributes
    ----------
    path : Path
    sample_rate, channels, frames : int
    format, subtype : str
        By libsndfile's names.
    layout : int or None
        Channel mask, as in WAV files, of more than two channels.
    data : bytes or None
        Its bytes, where they are not those on the disk: what can be read but once, a header that was never finished.
    held : (n, channels) or None
        Its samples, where they cannot be had piece by piece.
    notes : tuple of str
        What was done to the sound that somebody who gave it should know of.
    """

    path: Path
    sample_rate: int
    channels: int
    frames: int
    format: str
    subtype: str
    layout: int | None = None
    data: bytes | None = None
    held: Samples | None = None
    notes: tuple[str, ...] = ()
    _state: tuple[int, int] | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _file: Any = None

    @property
    def lossless(self) -> bool:
        """Whether its samples are written as they are read."""
        return self.subtype in EXACT

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate

    def read(self, start: int, stop: int) -> Samples:
        """Samples from ``start`` to before ``stop``: (channels, n) float32, full scale at 1."""
        return np.ascontiguousarray(self.exactly(start, stop, "float32").T)

    def exactly(self, start: int, stop: int, dtype: str) -> Samples:
        """The same as (n, channels) numbers of a type of `EXACT`."""
        if self.held is not None:
            return self.held[start:stop].astype(dtype)
        with self._turn:
            if self._file is None:
                self._file = soundfile.SoundFile(self.source())
            self._file.seek(start)
            found: Samples = self._file.read(stop - start, dtype=dtype, always_2d=True)
        if len(found) < stop - start:
            raise AudioError(f"{self.path} is cut off: it holds {start + len(found)} of {self.frames} samples")
        return found

    def blocks(self, start: int, stop: int, dtype: str) -> Iterator[Samples]:
        """The same block by block."""
        for at in range(start, stop, BLOCK):
            yield self.exactly(at, min(stop, at + BLOCK), dtype)

    def source(self) -> str | bytes | BinaryIO:
        """What soundfile opens."""
        return sound_name(self.path) if self.data is None else io.BytesIO(self.data)

    def open_bytes(self) -> BinaryIO:
        """Its bytes, open for reading."""
        return self.path.open("rb") if self.data is None else io.BytesIO(self.data)

    def sha256(self) -> str:
        """Hash of its bytes, in hexadecimal."""
        digest = hashlib.sha256()
        with self.open_bytes() as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def check_unchanged(self) -> None:
        """Refuse a file that is another than it was.

        Raises
        ------
        AudioError
            If it was changed since it was opened.
        """
        if self._state is not None and (not self.path.is_file() or _state(self.path) != self._state):
            raise AudioError(f"{self.path} was changed meanwhile", "run it again; nothing was written")


def open_recording(path: Path) -> Recording:
    """Open a sound file, or a stream to its end.

    Raises
    ------
    AudioError
        If it is missing, no sound, empty, or has a rate or channels beyond bounds.
    """
    try:
        data = check_file(path)
        return _open(path, data)
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}", "check its permissions") from error
    except soundfile.LibsndfileError as error:
        reason = error.error_string.strip().rstrip(".")
        raise AudioError(f"{path} is not a sound file that can be read: {reason}", READABLE) from error


def _open(path: Path, data: bytes | None) -> Recording:
    size = path.stat().st_size if data is None else len(data)
    state = _state(path) if data is None else None
    with path.open("rb") if data is None else io.BytesIO(data) as file:
        joined = split(file, size) if size <= MOST_BYTES else None
        patches = finish(file, size)[0] if size <= _UNFINISHED_BYTES and joined is None else []
        if patches:
            data = patched(file, patches)
        layout = file_layout(file)
    if joined is None:
        with soundfile.SoundFile(sound_name(path) if data is None else io.BytesIO(data)) as sound:
            check_header(path, sound)
            form = (sound.samplerate, sound.channels, sound.frames, sound.format, sound.subtype)
        if form[4] in EXACT and 0 < form[2] < UNCOUNTED:
            return Recording(path, *form, layout if form[1] > 2 else None, data, _state=state)
    found = decode(path, data)
    samples = found.samples
    if found.format == "OGG" and len(samples) > 2:
        samples = samples[np.argsort(vorbis_order(len(samples)))]
    if not samples.shape[1]:
        raise AudioError(f"{path} holds no samples", "give a sound of a few seconds")
    form = (found.sample_rate, len(samples), samples.shape[1], found.format, found.subtype)
    held = np.ascontiguousarray(samples.T)
    return Recording(path, *form, layout if form[1] > 2 else None, data, held, found.notes, _state=state)


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
