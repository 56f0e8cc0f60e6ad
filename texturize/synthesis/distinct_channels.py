"""Channels of a sound that are worked on: of those that are alike one, and no silent one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from texturize.synthesis.clip import SILENCE

ALIKE = 1e-6  # of full scale: channels that differ by no more are one


class DistinctChannels(NamedTuple):
    """Which channels of a sound stand for which."""

    source: tuple[int | None, ...]
    """For each channel the first one like it, itself as a rule; None for a silent one."""

    @property
    def worked(self) -> list[int]:
        """Those that are worked on."""
        return sorted({i for i in self.source if i is not None})

    def of(self, y: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """What is worked on of a sound (channels, n): (distinct channels, n)."""
        return y[self.worked]

    def all_of(self, y: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A sound (distinct channels, n) with all its channels: (channels, n)."""
        worked, silence = self.worked, np.zeros(y.shape[-1], np.float32)
        return np.stack([silence if i is None else y[worked.index(i)] for i in self.source])


def distinct_channels(y: npt.NDArray[np.float32]) -> DistinctChannels:
    """Which channels of a sound (channels, n) are to be worked on."""
    source: list[int | None] = []
    for i, channel in enumerate(y):
        alike = (j for j in range(i + 1) if np.max(np.abs(y[j] - channel)) <= ALIKE)
        source.append(None if np.ptp(channel) < SILENCE else next(alike))
    return DistinctChannels(tuple(source))
