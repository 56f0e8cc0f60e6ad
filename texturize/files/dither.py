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


def in_steps(y: npt.NDArray[np.float32], subtype: str) -> float:
    """Root mean square of the loudest channel of ``y`` (channels, n) in steps of a format that is dithered.

    The dither's own, with the rounding's, is half a step.
    """
    power = np.max(np.mean(np.square(y, dtype=np.float64), axis=-1), initial=0.0)
    return float(np.sqrt(power) * 2 ** (DITHERED_BITS[subtype] - 1))


def quantize(y: npt.NDArray[np.float32], subtype: str, seed: int | None) -> npt.NDArray[np.float32]:
    """Round samples to the steps of a format; libsndfile by itself would cut them down to the step below.

    Parameters
    ----------
    y : (channels, n)
        Full scale at 1.
    subtype : str
        libsndfile's name of the sample format; one of more than 16 bits is left as it is.
    seed : int or None
        Of the dither; None rounds without it. Each channel has its own, but one that is another's copy gets the same,
        and one that is another turned upside down the same upside down: what cancels goes on to cancel.

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
    steps = np.empty(y.shape, np.float64)
    for index, channel in enumerate(y):
        scaled = channel.astype(np.float64) * full
        twins = (
            (other, sign) for other in range(index) for sign in (1, -1) if np.array_equal(channel, sign * y[other])
        )
        if (twin := next(twins, None)) is not None:
            steps[index] = twin[1] * steps[twin[0]]
            continue
        if seed is not None and np.any(scaled != np.round(scaled)):
            scaled += rng.random(len(scaled)) - rng.random(len(scaled))
        steps[index] = np.round(scaled)
    return np.asarray(np.clip(steps, -full, full - 1) / full, np.float32)
