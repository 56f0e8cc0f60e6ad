"""What a sample format makes of a sound: out of a lossy codec noise comes louder than it went in, and peaks higher; a
sound as faint as the steps of few bits is as loud as their dither.
"""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import soundfile

from texturize.files.dither import DITHERED_BITS, in_steps, quantize
from texturize.files.layouts import vorbis_order

CONTAINERS = {"VORBIS": "OGG", "OPUS": "OGG", "MPEG_LAYER_III": "MP3"}
"""Container of each lossy sample format whose loudness and peaks are measured as decoded."""

TOLD_STEPS = 10.0
"""Root mean square in steps of a format below which its dither is told by a meter: at 10, it adds 0.01 dB."""

_BLOCK = 1 << 16


def as_decoded(
    y: npt.NDArray[np.float32], sr: int, subtype: str | None, *, dither: bool = True
) -> npt.NDArray[np.float32]:
    """``y`` (channels, n) at ``sr`` Hz as a file of this format gives it back; itself where no meter would tell."""
    if subtype in DITHERED_BITS:
        return quantize(y, subtype, 0 if dither else None) if in_steps(y, subtype) < TOLD_STEPS else y
    if subtype not in CONTAINERS:
        return y
    order = vorbis_order(len(y))
    memory = io.BytesIO()
    with soundfile.SoundFile(memory, "w", sr, len(y), subtype, format=CONTAINERS[subtype]) as file:
        for start in range(0, y.shape[-1], _BLOCK):
            file.write(y[order, start : start + _BLOCK].T)
    memory.seek(0)
    decoded, _ = soundfile.read(memory, dtype="float32", always_2d=True)
    return np.ascontiguousarray(decoded.T[np.argsort(order)])
