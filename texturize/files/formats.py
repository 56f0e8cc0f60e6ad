"""Containers and sample formats of sound files, by libsndfile's names: what a file's ending stands for, what fits."""

from __future__ import annotations

import io
from pathlib import Path, PurePath
from typing import TypeVar

import numpy as np
import soundfile

from texturize.errors import OutputError

AnyPath = TypeVar("AnyPath", bound=PurePath)

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

FINER = {"PCM_S8": "PCM_16", "PCM_U8": "PCM_16", "PCM_16": "PCM_24"}
"""The sample format with the next more bits; every container that has the one has the other."""


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
