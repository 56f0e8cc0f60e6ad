"""Windows: Hann's, and one that is flat but for its ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def periodic_hann(n: int) -> npt.NDArray[np.float64]:
    """Hann window (n,) whose period is its length."""
    return np.asarray(0.5 + 0.5 * np.cos(np.linspace(-np.pi, np.pi, n + 1)[:-1]))


def raised_cosine_edges(n: int, edge: float, outside: float = 0.0) -> npt.NDArray[np.float64]:
    """Window (n,) that rises from 0 to 1 over ``edge`` samples at its start, and falls as much at its end.

    The first and last ``outside`` samples are 0. ``edge`` and ``outside`` need not be whole.
    """
    distance = np.minimum(np.arange(n), np.arange(n)[::-1]) + 0.5
    return np.asarray(np.sin(np.pi / 2 * np.clip((distance - outside) / edge, 0, 1)) ** 2)
