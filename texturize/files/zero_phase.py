"""Long filters without phase, by transforms, block after block.

NumPy's alone: SciPy's module for signals takes longer to import than all else that reading and writing a sound need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCKS = 8
"""Size of a transform over the taps, at the most: longer ones spend little on what overlaps."""


def taps_of(gain: Callable[[NDArray[Any]], NDArray[Any]], sr: float, seconds: float) -> NDArray[np.float64]:
    """Symmetric taps (2 h + 1,), of ``seconds`` on either side, from the gain at frequencies in Hz."""
    half = round(seconds * sr)
    response = gain(np.fft.rfftfreq(2 * half + 1, 1 / sr))
    return np.asarray(np.fft.fftshift(np.fft.irfft(response, 2 * half + 1)), np.float64)


def filtered(x: NDArray[Any], taps: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Convolution of a signal (n,) with taps (k,), where they lie within it: (n - k + 1,) in all, in blocks.

    By overlap-save. A block is not looked at before it is asked for.
    """
    overlap = taps.size - 1
    n_fft = 1 << (min(_BLOCKS * taps.size, x.size) - 1).bit_length()
    response = np.fft.rfft(taps, n_fft)
    step = n_fft - overlap
    for at in range(0, x.size - overlap, step):
        block = x[at : at + n_fft]
        yield np.fft.irfft(np.fft.rfft(block, n_fft) * response, n_fft)[overlap : block.size]
