"""Rates, lengths and channels of a run, settled before the work."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from texturize.config import Config
from texturize.delivery.mastering import check_output
from texturize.errors import ConfigError
from texturize.runtime.determinism import check_process
from texturize.runtime.device import device_of
from texturize.signal.spectrogram import resolve
from texturize.synthesis.budget import fit_budget
from texturize.synthesis.clip import SILENCE, fit_config
from texturize.synthesis.memory import Shape, concurrent, needed_bytes, segment_seconds
from texturize.synthesis.segments import plan_segments
from texturize.synthesis.sources import Sources

CONTEXT_SECONDS = 1.0
SEGMENT_SECONDS = (4.0, 24.0)
"""Shortest and longest segments of long results, where memory is not short; in between they are as long as the clip."""
GPU_RATE = 2e13  # floating point operations a second: what is left out on a GPU follows from no measurement
WHOLE_HOPS = 8  # least common multiples of the hops in a result: fewer would change the sample rate by too much
GRADUAL_SEGMENT, LEAST_GRADUAL = 4.0, 8.0  # seconds
GRADUAL_STEPS = 12
ALIKE = 1e-6  # of full scale: channels that differ by no more are one


class Geometry:
    """Rates, lengths and channels of a run; refuses what cannot work, before the work."""

    def __init__(self, sources: Sources, config: Config) -> None:
        check_process(config.numerics)
        output, sr = config.output, sources.sr
        config, warnings = fit_config(config, sources.samples, sr)
        self.sr, self.rate = sr, output.sample_rate or sr
        seconds = output.duration or sources.samples / sr
        check_output(output, seconds, loop=output.loop or output.joinable)
        if config.seed + output.variations > 2**32:
            raise ConfigError(
                f"{output.variations} variations from seed {config.seed} on go beyond the largest seed, {2**32 - 1}",
                "use a smaller --seed",
            )
        self.n = max(1, round(seconds * self.rate))
        self.source = distinct_channels(np.concatenate(sources.clips, axis=-1))
        self.worked = sorted({i for i in self.source if i is not None})
        self.device = device_of(config.numerics)
        work_rate = config.audio.sample_rate or sr
        self.settings = tuple(resolve(r.spectrogram, work_rate, circular=True) for r in config.resolutions)
        hops = tuple(s.hop_length for s in self.settings)
        seconds = max(self.n / self.rate, shortest_seconds(config, hops, work_rate))
        if self.n / self.rate < seconds and (output.loop or output.joinable):
            raise ConfigError(
                f"a loop of {self.n / self.rate:.3g} s is shorter than the filters",
                f"use at least --duration {seconds:.2f}, or no --loop and no --joinable",
            )
        self.made = max(self.n, round(seconds * self.rate))
        self.values = seconds * work_rate * len(self.worked) * output.variations
        self.speed = GPU_RATE if self.device.platform == "gpu" else None  # None is measured where it matters
        config, notes = fit_budget(config, self.values, self.speed)
        self.config, self.warnings = config, warnings + notes
        shape = Shape(hops, len(self.worked), work_rate, seconds, output.variations if output.joinable else 1)
        # Statistics are matched over a segment, and vary within it as they do in the clip. As long as the clip, they
        # vary no more in a long result than in one of the clip's length; in longer ones its excerpts stray further.
        best = min(max(sources.samples / sr, SEGMENT_SECONDS[0]), SEGMENT_SECONDS[1])
        if sources.gradual:
            best = min(best, gradual_seconds(seconds))
        longest = segment_seconds(config, shape, best)
        self.workers = min(output.variations, concurrent(config, shape, longest))
        self.bytes = needed_bytes(config, shape, longest)
        if longest < min(seconds, best):
            self.warnings += (f"made in segments of {longest:g} s to fit into the available memory",)
        self.plan = plan_segments(
            self.made / self.rate, work_rate, hops, longest, CONTEXT_SECONDS, closed=sources.closed
        )


def shortest_seconds(config: Config, hops: tuple[int, ...], rate: int) -> float:
    """Length of the shortest result that all filters fit into; of shorter ones, this much is made and cut."""
    frames = (max(r.filters.widths) + 1 for r in config.resolutions)
    longest = max(count * hop for count, hop in zip(frames, hops, strict=True))
    return max(longest, WHOLE_HOPS * math.lcm(*hops)) / rate


def gradual_seconds(seconds: float) -> float:
    """Longest segments of a result whose mix changes on the way: as many steps as nobody hears as such, where each is
    long enough to be a texture.

    Raises
    ------
    ConfigError
        The result is too short for two steps between the ends.
    """
    if seconds < LEAST_GRADUAL:
        raise ConfigError(
            f"a gradual mix of {seconds:.3g} s is too short to change on the way",
            f"use at least --duration {LEAST_GRADUAL:g}, or one mix for all of it",
        )
    return max(GRADUAL_SEGMENT, seconds / GRADUAL_STEPS)


def distinct_channels(clip: npt.NDArray[np.float32]) -> tuple[int | None, ...]:
    """For each channel (channels, n) the first one like it, itself as a rule; None for a silent one."""
    source: list[int | None] = []
    for i, y in enumerate(clip):
        alike = (j for j in range(i + 1) if np.max(np.abs(clip[j] - y)) <= ALIKE)
        source.append(None if np.ptp(y) < SILENCE else next(alike))
    return tuple(source)
