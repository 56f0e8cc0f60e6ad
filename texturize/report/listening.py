"""Copies of sounds for a page to play: compressed, in step to the sample, and equally loud."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile

from texturize.compare.excerpts import resample
from texturize.files.dither import quantize
from texturize.report.sounds import Sound
from texturize.signal.loudness import loudness

LOSSLESS_BYTES = 3_400_000
"""Most that the copies of a page take together as FLAC: in base64, with all else, the page stays below 5 MB."""

RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""Hz; those that MP3 has."""

LEAD = 4096
ANCHOR = 1024


@dataclass(frozen=True)
class Copy:
    """A sound as a page carries it.

    Attributes
    ----------
    audio : str
        The compressed file in base64.
    codec : str
        "FLAC" or "MP3".
    sample_rate, channels, samples : int
        Of the copy, without what leads in and out.
    lead : int
        Samples before the sound begins, and after it ends, apart from the codec's own delay.
    anchor : str
        A piece of the first channel, float32 little-endian in base64, to find the codec's delay by; empty for FLAC,
        which has none.
    anchor_at : int
        Sample number of that piece.
    plain, matched : float
        Gains to hear the sound at its own level, and as loud as the first one.
    """

    audio: str
    codec: str
    sample_rate: int
    channels: int
    samples: int
    lead: int
    anchor: str
    anchor_at: int
    plain: float
    matched: float


def copies(sounds: Sequence[Sound]) -> list[Copy]:
    """Copies of some sounds, the clip first: FLAC while that keeps the page small, else MP3.

    FLAC is what Chromium, Firefox and Safari all decode to the very samples, so that switching stays in step and a loop
    has no seam but its own. (Older Safari knows no Vorbis.) MP3 has a delay that some decoders take off and others do
    not; its copies are led in and out by the sound going round, and the page finds the beginning by a piece of it.
    """
    sr = rate_for([sound.sample_rate for sound in sounds])
    heard = [for_listening(np.atleast_2d(sound.samples), sound.sample_rate, sr) for sound in sounds]
    plain = [max(1.0, float(np.abs(y).max(initial=0.0))) for y in heard]
    fitted = [quantize((y / gain).astype(np.float32), "PCM_16", 0) for y, gain in zip(heard, plain, strict=True)]
    files = [encode(y, sr, "FLAC") for y in fitted]
    codec, lead = "FLAC", 0
    if sum(map(len, files)) > LOSSLESS_BYTES:
        codec, lead = "MP3", LEAD
        files = [encode(around(y, LEAD), sr, "MP3") for y in fitted]
    made = []
    for y, file, own, gain in zip(fitted, files, plain, matched_gains(fitted, sr), strict=True):
        at, anchor = loudest_piece(y[0], ANCHOR) if lead else (0, np.zeros(0, np.float32))
        audio, piece = (base64.b64encode(data).decode() for data in (file, anchor.astype("<f4").tobytes()))
        made.append(Copy(audio, codec, sr, len(y), y.shape[1], lead, piece, at, own, gain))
    return made


def rate_for(rates: Sequence[int]) -> int:
    """One rate for sounds of any, so that a browser plays them as they are: between rates it only interpolates."""
    return next((rate for rate in RATES if rate >= max(rates)), RATES[-1])


def for_listening(y: npt.NDArray[np.float32], sr: int, new_sr: int) -> npt.NDArray[np.float32]:
    """A sound (channels, n) at another rate; more than two channels become one, their mean."""
    if len(y) > 2:
        y = y.mean(0, keepdims=True)
    return np.asarray(resample(y.astype(np.float64), sr, new_sr), np.float32)


def encode(y: npt.NDArray[np.float32], sr: int, codec: str) -> bytes:
    """Bytes of a sound file of a sound (channels, n): FLAC of 16 bits, or MP3 at its best variable rate."""
    memory = io.BytesIO()
    options = {"bitrate_mode": "VARIABLE", "compression_level": 0.0} if codec == "MP3" else {"subtype": "PCM_16"}
    soundfile.write(memory, y.T, sr, format=codec, **options)
    return memory.getvalue()


def around(y: npt.NDArray[np.float32], lead: int) -> npt.NDArray[np.float32]:
    """A sound (channels, n) with its end before it and its start after it, ``lead`` samples of each."""
    return np.take(y, np.arange(-lead, y.shape[1] + lead), axis=1, mode="wrap")


def loudest_piece(y: npt.NDArray[np.float32], length: int) -> tuple[int, npt.NDArray[np.float32]]:
    """Where the loudest run of ``length`` samples of a channel (n,) begins, and its samples."""
    energy = np.cumsum(np.concatenate([[0.0], np.square(y, dtype=np.float64)]))
    at = int(np.argmax(energy[length:] - energy[:-length])) if len(y) > length else 0
    return at, y[at : at + length]


def matched_gains(sounds: Sequence[npt.NDArray[np.float32]], sr: int) -> list[float]:
    """Gains that make sounds (channels, n) as loud as the first (ITU-R BS.1770), all turned down if one would clip."""
    levels = [loudness(y, sr) for y in sounds]
    gains = [
        10 ** ((levels[0] - level) / 20) if math.isfinite(level) and math.isfinite(levels[0]) else 1.0
        for level in levels
    ]
    peak = max(gain * float(np.abs(y).max(initial=0.0)) for gain, y in zip(gains, sounds, strict=True))
    return [gain / max(peak, 1.0) for gain in gains]
