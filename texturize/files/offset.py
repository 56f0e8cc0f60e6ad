"""What lies below the range of hearing: an offset, its drift, the swaying of a bad contact. It is no sound.

Learnt with the rest, it would come back as rumble: windows spread a constant over the lowest bins, where a result of
random phases then has a noise as strong.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from texturize.files.zero_phase import filtered, taps_of

Real = TypeVar("Real", bound=np.floating[Any])

LOWEST_HZ = 10.0
"""Half of what is heard as a tone; a Butterworth filter of this order, run both ways, takes 0.03 dB at 20 Hz."""
_ORDER = 4
_SECONDS = 1.0
"""Half the length of the filter, which has decayed to 1e-9 there, and of the sound that is turned round at each end."""
_BLOCK = 2**20
LARGE_DB = -20.0
"""Level against the rest of a channel from which on it is taken out. Below, it adds less than 0.1 dB to a result; and
taking the mean from whatever has one would put a hum into the silence between clicks.
"""


def without_offset(y: NDArray[Real], sr: float) -> tuple[NDArray[Real], str | None]:
    """A sound without what lies below 10 Hz, the mean first of all, in those of its channels that have much of it.

    Parameters
    ----------
    y : (channels, n)
        Finite numbers.
    sr : float
        Its sample rate in Hz.

    Returns
    -------
    tuple of ((channels, n), str or None)
        The sound itself where there is nothing to take out; a remark on what was, if anything was.
    """
    out = y
    found: list[tuple[float, float]] = []
    for i, channel in enumerate(y):
        mean = float(channel.mean(dtype=float))
        sound = channel - y.dtype.type(mean)
        sound -= y.dtype.type(sound.mean(dtype=float))  # what rounding left of a large one
        _high_pass(sound, sr)
        left, lost = _power(sound), _power(channel - sound)
        if lost > 10 ** (LARGE_DB / 10) * left:
            found.append((10 * np.log10(lost / left) if left else np.inf, mean))
            out = y.copy() if out is y else out
            out[i] = sound
    if not found:
        return y, None
    level, mean = max(found)
    against = f"{abs(level):.0f} dB {'above' if level > 0 else 'below'} the sound" if np.isfinite(level) else "no sound"
    return out, f"an offset or swaying below {LOWEST_HZ:g} Hz was taken out (mean {mean:+.3g}, {against})"


def _power(x: NDArray[Real]) -> float:
    return float(sum(np.square(x[at : at + _BLOCK], dtype=float).sum() for at in range(0, x.size, _BLOCK)))


def _high_pass(x: NDArray[Real], sr: float) -> None:
    """Filter a sound (n,) in place, in blocks: an hour of it as float64 would take gigabytes."""
    low = taps_of(lambda f: 1 / (1 + (f / LOWEST_HZ) ** (2 * _ORDER)), sr, _SECONDS)
    at = 0
    for block in filtered(np.pad(x, low.size // 2, "symmetric"), low):
        x[at : at + block.size] -= block
        at += block.size
