"""What a lossy codec makes of a sound: noise, above all, comes out louder than it went in, and peaks higher."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import soundfile

CONTAINERS = {"VORBIS": "OGG", "OPUS": "OGG", "MPEG_LAYER_III": "MP3"}
"""Container of each lossy sample format whose loudness and peaks are measured as decoded."""

_BLOCK = 1 << 16


def as_decoded(y: npt.NDArray[np.float32], sr: int, subtype: str | None) -> npt.NDArray[np.float32]:
    """``y`` (channels, n) at ``sr`` Hz as a file of this format gives it back; itself where nothing is lost."""
    if subtype not in CONTAINERS:
        return y
    memory = io.BytesIO()
    with soundfile.SoundFile(memory, "w", sr, len(y), subtype, format=CONTAINERS[subtype]) as file:
        for start in range(0, y.shape[-1], _BLOCK):
            file.write(y[:, start : start + _BLOCK].T)
    memory.seek(0)
    decoded, _ = soundfile.read(memory, dtype="float32", always_2d=True)
    return np.ascontiguousarray(decoded.T)
