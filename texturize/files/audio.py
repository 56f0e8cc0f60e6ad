"""Read sound files: whatever libsndfile knows, as float32, channels by samples."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from texturize.errors import AudioError
from texturize.files.decoding import READABLE, decode
from texturize.files.layouts import file_layout, vorbis_order
from texturize.files.offset import without_offset
from texturize.files.streams import is_stream, read_stream

MAX_LEVEL = 1e10
"""Largest sample, of full scale 1: whole numbers of 32 bits pass, and what overflows when squared does not."""


@dataclass(frozen=True)
class Clip:
    """A sound as read: samples are (channels, n) float32, full scale at 1; no offset unless it was asked for."""

    samples: np.ndarray
    sample_rate: int
    subtype: str = "PCM_16"
    format: str = "WAV"
    path: Path | None = None
    layout: int | None = None
    """Channel mask, as in WAV files; None where the file has none."""
    clipped: int = 0
    """Samples on flat tops at full scale, as the file has them."""
    notes: tuple[str, ...] = ()
    """What was done to the sound that somebody who gave it should know of."""
    sha256: str | None = None
    """Hash of the bytes of what can be read but once, in hexadecimal."""

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1]) / self.sample_rate


def read_audio(path: str | Path, *, keep_offset: bool = False) -> Clip:
    """Read a sound file, or a stream to its end.

    Parameters
    ----------
    path : str or Path
        Any file libsndfile reads, 8 to 192 kHz, up to 8 channels; `streams.STANDARD_INPUT`; a pipe.
    keep_offset : bool
        Whether an offset, or what sways below the range of hearing, stays.

    Returns
    -------
    Clip

    Raises
    ------
    AudioError
        If the file is missing, no sound, empty, cut off, or outside these bounds.
    """
    path = Path(path)
    try:
        data = check_file(path)
        sound = decode(path, data)
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}", "check its permissions") from error
    samples = sound.samples
    if not samples.shape[1]:
        raise AudioError(f"{path} holds no samples", "give a clip of a few seconds")
    bad = int(samples.size - np.count_nonzero(np.isfinite(samples)))
    if bad:
        raise AudioError(f"{path} has {bad} samples that are NaN or infinite", "repair the clip, or export it again")
    peak = float(max(samples.max(), -samples.min()))
    if peak > MAX_LEVEL:
        raise AudioError(f"{path} reaches {peak:.3g} of full scale", "repair the clip, or export it again")
    without, said = (samples, None) if keep_offset else without_offset(samples, sound.sample_rate)
    clip = Clip(
        without,
        sound.sample_rate,
        sound.subtype,
        sound.format,
        path,
        clipped=clipped_samples(samples),
        notes=sound.notes if said is None else (*sound.notes, said),
        sha256=None if data is None else hashlib.sha256(data).hexdigest(),
    )
    return _with_layout(clip)


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


def check_file(path: Path) -> bytes | None:
    """Refuse what is no file with something in it; the bytes of what can be read but once."""
    if is_stream(path):
        return read_stream(path)
    if not path.exists():
        raise AudioError(f"{path}: no such file", "check the name")
    if path.is_dir():
        raise AudioError(f"{path} is a folder", "give a sound file")
    if path.suffix.lower() == ".raw":
        raise AudioError(f"{path} is raw sound, which does not say what its rate and channels are", READABLE)
    with path.open("rb") as file:
        if not file.read(1):
            raise AudioError(f"{path} is an empty file", READABLE)
    return None


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
