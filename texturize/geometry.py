"""Rates, lengths and channels of a run, settled before the work."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from texturize.budget import fit_budget
from texturize.clip import SILENCE, fit_config
from texturize.config import Config
from texturize.delivery import check_output
from texturize.device import device_of
from texturize.memory import concurrent, result_bytes, segment_bytes, segment_seconds
from texturize.segments import plan_segments
from texturize.spectrogram import resolve

CONTEXT_SECONDS = 1.0
ALIKE = 1e-6  # of full scale: channels that differ by no more are one


class Geometry:
    """Rates, lengths and channels of a run; refuses what cannot work, before the work."""

    def __init__(self, clip: npt.NDArray[np.float32], sr: int, config: Config) -> None:
        output = config.output
        config, warnings = fit_config(config, clip.shape[-1], sr)
        self.sr, self.rate = sr, output.sample_rate or sr
        seconds = output.duration or clip.shape[-1] / sr
        check_output(output, seconds, loop=output.loop)
        self.n = max(1, round(seconds * self.rate))
        self.source = distinct_channels(clip)
        self.worked = sorted({i for i in self.source if i is not None})
        self.device = device_of(config.numerics)
        work_rate = config.audio.sample_rate or sr
        self.values = seconds * work_rate * len(self.worked) * output.variations
        config, notes = fit_budget(config, self.values)
        self.config, self.warnings = config, warnings + notes
        self.settings = tuple(resolve(r.spectrogram, work_rate, circular=True) for r in config.resolutions)
        hops = tuple(s.hop_length for s in self.settings)
        self.workers = min(output.variations, concurrent(config, hops, len(self.worked), seconds * work_rate))
        longest = segment_seconds(config, hops, len(self.worked), work_rate, seconds)
        self.bytes = segment_bytes(config, hops, len(self.worked), min(longest, seconds) * work_rate)
        self.bytes += result_bytes(len(self.worked), seconds * work_rate)
        self.plan = plan_segments(self.n / self.rate, work_rate, hops, longest, CONTEXT_SECONDS)


def distinct_channels(clip: npt.NDArray[np.float32]) -> tuple[int | None, ...]:
    """For each channel (channels, n) the first one like it, itself as a rule; None for a silent one."""
    source: list[int | None] = []
    for i, y in enumerate(clip):
        alike = (j for j in range(i + 1) if np.max(np.abs(clip[j] - y)) <= ALIKE)
        source.append(None if np.ptp(y) < SILENCE else next(alike))
    return tuple(source)
