"""Windows that are flat but for their ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def raised_cosine_edges(n: int, edge: float, outside: float = 0.0) -> npt.NDArray[np.float64]:
    """Window (n,) that rises from 0 to 1 over ``edge`` samples at its start, and falls as much at its end.

    The first and last ``outside`` samples are 0. ``edge`` and ``outside`` need not be whole.
    """
    distance = np.minimum(np.arange(n), np.arange(n)[::-1]) + 0.5
    return np.asarray(np.sin(np.pi / 2 * np.clip((distance - outside) / edge, 0, 1)) ** 2)
