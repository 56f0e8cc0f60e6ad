"""New pieces of a recording, and their samples as the numbers of a sample format."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from texturize.files.dither import DITHERED_BITS, quantize
from texturize.files.recording import EXACT

BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "ALAC_16": 16, "ALAC_20": 20}
BITS |= {"ALAC_24": 24, "ALAC_32": 32}
WIDTHS = {
    "PCM_S8": 1,
    "PCM_U8": 1,
    "PCM_16": 2,
    "PCM_24": 3,
    "PCM_32": 4,
    "FLOAT": 4,
    "DOUBLE": 8,
    "ULAW": 1,
    "ALAW": 1,
}
"""Bytes of a sample."""


class Piece(NamedTuple):
    """New samples (channels, n) in the place of those from ``start`` to before ``stop``."""

    start: int
    stop: int
    samples: npt.NDArray[np.float32]

    @property
    def added(self) -> int:
        """How many more samples there are for it."""
        return int(self.samples.shape[-1]) - (self.stop - self.start)


class Form(NamedTuple):
    """Container and sample format of a result, by libsndfile's names."""

    format: str
    subtype: str


def numbers(samples: npt.NDArray[np.float32], subtype: str, seed: int | None, index: int) -> npt.NDArray[np.generic]:
    """New samples (channels, n) as the numbers of a format, (n, channels).

    Parameters
    ----------
    samples : (channels, n)
        Full scale at 1.
    subtype : str
        libsndfile's name of the sample format.
    seed : int or None
        Of the dither where samples are cut to 16 bits or fewer; None rounds without it.
    index : int
        Which piece it is: no two have the same dither.
    """
    kind = EXACT.get(subtype, "float32")
    if subtype in DITHERED_BITS:
        samples = quantize(samples, subtype, None if seed is None else (seed + index) % 2**32)
    if kind == "int32":
        full = 2.0 ** (BITS[subtype] - 1)
        steps = np.clip(np.round(samples.T.astype(np.float64) * full), -full, full - 1)
        return np.asarray(steps * 2 ** (32 - BITS[subtype]), np.int32)
    if kind == "int16":
        return np.asarray(np.clip(np.round(samples.T * 2.0**15), -(2**15), 2**15 - 1), np.int16)
    return np.asarray(np.clip(samples.T, -1, 1) if kind == "float32" and subtype not in EXACT else samples.T, kind)
