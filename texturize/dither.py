"""From float samples to the steps of a sample format of few bits, with triangular (TPDF) dither.

The noise makes the error of the rounding independent of the sound, in its mean and its power: S. Lipshitz,
R. Wannamaker, J. Vanderkooy, "Quantization and dither: a theoretical survey", JAES 40, 1992.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

DITHERED_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16}
"""Formats that cut bits off 32-bit float samples, which have 24, at a level that can be heard."""

_STREAM = 0x64697468  # keeps the noise apart from others of the same seed


def headroom(subtype: str | None) -> float:
    """How far dither and rounding can reach beyond a sample of this format, as a share of full scale."""
    bits = DITHERED_BITS.get(subtype or "")
    return 0.0 if bits is None else 2.5 / 2 ** (bits - 1)


def quantize(y: npt.NDArray[np.float32], subtype: str, seed: int | None) -> npt.NDArray[np.float32]:
    """Round samples to the steps of a format; libsndfile by itself would cut them down to the step below.

    Parameters
    ----------
    y : (channels, n)
        Full scale at 1.
    subtype : str
        libsndfile's name of the sample format; one of more than 16 bits is left as it is.
    seed : int or None
        Of the dither, which is different for each channel; None rounds without it.

    Returns
    -------
    array
        (channels, n), at multiples of the format's step. Channels that lie there already are not changed.
    """
    bits = DITHERED_BITS.get(subtype)
    if bits is None:
        return y
    full = 2 ** (bits - 1)
    rng = np.random.default_rng((_STREAM, seed or 0))
    steps = np.empty_like(y)
    for channel, out in zip(y, steps, strict=True):
        scaled = channel.astype(np.float64) * full
        if seed is not None and np.any(scaled != np.round(scaled)):
            scaled += rng.random(len(scaled)) - rng.random(len(scaled))
        out[:] = np.clip(np.round(scaled), -full, full - 1) / full
    return steps
