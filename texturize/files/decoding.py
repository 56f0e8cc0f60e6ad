"""From the bytes of a file to its samples, by libsndfile: to the end, whatever the header says of where that is."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from texturize.errors import AudioError
from texturize.files.joined import split
from texturize.files.libsndfile import EndlessBytes, SequentialFile, quiet_decoder, sound_name
from texturize.files.streams import MOST_BYTES
from texturize.files.unfinished import UNKNOWN, Patch, finish

MIN_RATE, MAX_RATE = 8000, 192_000
MAX_CHANNELS = 8
MAX_VALUES = 2**28
"""Most samples times channels that are read: 1 GiB as float32."""
MANY_VALUES = 2**24
MAX_EXPANSION = 1000
"""Most bytes as float32 for each byte of a file with many values. Speech as Opus at 6 kbit/s has 256; more has nothing
in it but silence.
"""
READABLE = "give a wav, flac, ogg, mp3 or aiff file"
CUT_OFF = "copy or download it again"
UNCOUNTED = 2**37
"""Counts of samples from here on are libsndfile's for "not known", or come of `EndlessBytes`: FLAC has at most 2^36."""
_BLOCK = 1152
"""Samples of a frame of MPEG audio, or of several: an error costs no more than the frame it is in."""
_MOST_SOUNDS = 1000
_DAMAGE = 0.05
"""Share of a file that the decoder did not come to, from which on that is no mere tag behind the sound."""


@dataclass(frozen=True)
class Decoded:
    """Samples (channels, n) as float32, what the file says of them, and what there is to say of the file."""

    samples: np.ndarray
    sample_rate: int
    subtype: str
    format: str
    notes: tuple[str, ...] = ()


def decode(path: Path, data: bytes | None = None) -> Decoded:
    """Read the sound at ``path``, or what came of it as ``data``.

    Raises
    ------
    AudioError
        It is no sound, cut off, or has a rate, channels or samples beyond bounds.
    """
    size = path.stat().st_size if data is None else len(data)
    with path.open("rb") if data is None else io.BytesIO(data) as file:
        parts = split(file, size) if size <= MOST_BYTES else None
        if parts is not None:
            return _join(path, (decode(path, part) for part in parts[:_MOST_SOUNDS]), len(parts))
        patches, contradicted = finish(file, size) if size <= 4 * MAX_VALUES else ([], False)
        if patches:
            data = patched(file, patches)
    try:
        decoded = _decode(path, data, size)
    except soundfile.LibsndfileError as error:
        reason = error.error_string.strip().rstrip(".")
        if "lost sync" in reason:
            raise AudioError(f"{path} is cut off or damaged: {reason}", CUT_OFF) from error
        raise AudioError(f"{path} is not a sound file that can be read: {reason}", READABLE) from error
    said = "it holds more sound than its header says, and is read to the end"
    return replace(decoded, notes=(*decoded.notes, said)) if contradicted else decoded


def patched(file: BinaryIO, patches: list[Patch]) -> bytes:
    """Bytes of a file with changes."""
    file.seek(0)
    data = bytearray(file.read())
    for at, new in patches:
        data[at : at + len(new)] = new
    return bytes(data)


def _join(path: Path, sounds: Iterable[Decoded], count: int) -> Decoded:
    """The sounds of a file, one after another: those that are like the first."""
    each = iter(sounds)
    first = next(each)
    rate, channels, values = first.sample_rate, len(first.samples), first.samples.size
    joined = [first.samples]
    for sound in each:
        if (sound.sample_rate, len(sound.samples)) == (rate, channels):
            joined.append(sound.samples)
            values += sound.samples.size
        if values > MAX_VALUES:
            raise _too_long(f"{path} is longer than {values // channels} samples", rate, channels)
    notes = first.notes
    if left := count - len(joined):
        notes += (f"it is {count} sounds in a row: left out {left} with another rate or other channels",)
    samples = joined[0] if len(joined) == 1 else np.concatenate(joined, axis=1)
    return replace(first, samples=samples, notes=notes)


def _decode(path: Path, data: bytes | None, size: int) -> Decoded:
    """One sound, from the file or from its bytes."""
    with quiet_decoder(), SequentialFile(sound_name(path) if data is None else io.BytesIO(data)) as file:
        check_header(path, file)
        if file.frames < UNCOUNTED and not file.subtype.startswith("MPEG"):
            return _read_counted(path, file, size)
    if size > MOST_BYTES:
        raise AudioError(
            f"{path} has {size >> 20} MiB, and nothing in it says for certain how long it is", "cut it to ten seconds"
        )
    return _decode_uncounted(path, path.read_bytes() if data is None else data)


def _decode_uncounted(path: Path, data: bytes) -> Decoded:
    """Sounds whose length no header says, or not for certain; MPEG audio may be several of them in a row."""
    sounds: list[Decoded] = []
    rest = data
    while len(sounds) < _MOST_SOUNDS:
        source = EndlessBytes(rest)
        with quiet_decoder(), SequentialFile(source) as file:
            sounds.append(_read_uncounted(path, file, source))
        rest = rest[source.at :]
        if not sounds[-1].subtype.startswith("MPEG") or len(rest.strip(b"\0")) <= _DAMAGE * len(data):
            break
    return _join(path, sounds, len(sounds))


def _read_counted(path: Path, file: soundfile.SoundFile, size: int) -> Decoded:
    """All samples at once: their count is bounded, and memory that is not read into is never touched."""
    _check_count(path, file, file.frames, size)
    samples = np.ascontiguousarray(file.read(file.frames, dtype="float32", always_2d=True).T)
    _check_end(path, samples.shape[1], file)
    return Decoded(samples, file.samplerate, file.subtype, file.format)


def _read_uncounted(path: Path, file: soundfile.SoundFile, source: EndlessBytes) -> Decoded:
    """Samples up to the end, or up to where nothing can be decoded any more, if that is hardly before the end."""
    blocks = [np.zeros((0, file.channels), np.float32)]
    n, size = 0, len(source.getbuffer())
    try:
        while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
            blocks.append(block)
            n += len(block)
            _check_count(path, file, n, size)
    except soundfile.LibsndfileError as error:
        if not n:
            raise
        left = len(source.getbuffer()[source.at :].tobytes().strip(b"\0"))
        if file.frames >= UNCOUNTED and left > _DAMAGE * size:
            where = f"nothing can be decoded after {n} samples, with {left} of {size} bytes left"
            raise AudioError(f"{path} is cut off or damaged: {where}", CUT_OFF) from error
    if file.frames < UNCOUNTED:
        _check_end(path, n, file)
    samples = np.ascontiguousarray(np.concatenate(blocks).T)
    return Decoded(samples, file.samplerate, file.subtype, file.format)


def _check_end(path: Path, n: int, file: soundfile.SoundFile) -> None:
    """Refuse a file that ends before it should."""
    if n < file.frames:
        raise AudioError(f"{path} is cut off: it holds {n} of {file.frames} samples", CUT_OFF)
    # For uncompressed formats libsndfile corrects the count by itself and notes it in its log: "data : 80000 (should
    # be 47982)".
    for line in file.extra_info.splitlines():
        chunk, _, size = line.strip().partition(" : ")
        if chunk.strip() in ("data", "SSND") and "(should be" in size:
            said, actual = (int("".join(filter(str.isdigit, part)) or 0) for part in size.split("(should be"))
            if actual < said < UNKNOWN:
                raise AudioError(f"{path} is cut off: it holds {actual} of {said} bytes of sound", CUT_OFF)


def check_header(path: Path, file: soundfile.SoundFile) -> None:
    """Refuse a rate or channels beyond bounds."""
    if not MIN_RATE <= file.samplerate <= MAX_RATE:
        raise AudioError(
            f"{path} has a sample rate of {file.samplerate} Hz", f"convert it to between {MIN_RATE} and {MAX_RATE} Hz"
        )
    if file.channels > MAX_CHANNELS:
        raise AudioError(f"{path} has {file.channels} channels", f"at most {MAX_CHANNELS} are supported")


def _check_count(path: Path, file: soundfile.SoundFile, n: int, size: int) -> None:
    """Refuse more samples than can be worked on, and than there can be sound in ``size`` bytes."""
    what = f"{path} says it holds {n} samples in {file.channels} channels"
    if n * file.channels > MAX_VALUES:
        raise _too_long(what, file.samplerate, file.channels)
    if MANY_VALUES < n * file.channels > MAX_EXPANSION // 4 * size:
        raise AudioError(f"{what}, in {size} bytes", "cut the sound out of the silence; ten seconds are enough")


def _too_long(what: str, rate: int, channels: int) -> AudioError:
    most = MAX_VALUES // channels // rate // 60
    return AudioError(what, f"cut it to at most {most} minutes; ten seconds are enough")
