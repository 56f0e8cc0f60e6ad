"""Rates, lengths, channels and segments of a run, settled before the work."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import numpy as np

from texturize.config import Config
from texturize.delivery.mastering import check_output
from texturize.errors import ConfigError
from texturize.runtime.determinism import check_process
from texturize.runtime.device import device_of
from texturize.signal.spectrogram import Stft, resolve
from texturize.synthesis.budget import fit_budget
from texturize.synthesis.clip import fit_config
from texturize.synthesis.distinct_channels import DistinctChannels, distinct_channels
from texturize.synthesis.memory import Shape, concurrent, needed_bytes, segment_seconds
from texturize.synthesis.segments import SegmentPlan, plan_segments
from texturize.synthesis.sources import Gathered

CONTEXT_SECONDS = 1.0
SEGMENT_SECONDS = (4.0, 24.0)
"""Shortest and longest segments of long results, where memory is not short; in between they are as long as the clip."""
GPU_RATE = 2e13  # floating point operations a second: what is left out on a GPU follows from no measurement
WHOLE_HOPS = 8  # least common multiples of the hops in a result: fewer would change the sample rate by too much
GRADUAL_SEGMENT = 4.0  # seconds
GRADUAL_STEPS = 12


@dataclass(frozen=True)
class RunPlan:
    """How results are made: every number that follows from the sources and the config, once and for all."""

    config: Config
    """As it was asked for, without what fits neither into the clips nor into the budget."""
    warnings: tuple[str, ...]
    """What was left out for that, or has to be done that one would not expect."""
    device: jax.Device
    sr: int
    """Rate of the clips in Hz."""
    rate: int
    """Rate of a result in Hz."""
    n: int
    """Samples of a result at its rate."""
    made: int
    """Those that are made of it: more where it is shorter than the filters, and is cut."""
    channels: DistinctChannels
    settings: tuple[Stft, ...]
    """Of the resolutions, in samples at the working rate."""
    segments: SegmentPlan
    """Lengths at the working rate."""
    workers: int
    """Results that are made at a time."""
    bytes: float
    """Memory it takes."""
    values: float
    """Samples of all results and channels at the working rate."""
    speed: float | None
    """Floating point operations a second; None is measured where it matters."""


def plan_run(sources: Gathered, config: Config) -> RunPlan:
    """Settle what a run needs to know.

    Raises
    ------
    AudioError
        The clips are too short.
    ConfigError
        The config cannot work with these clips, with a result of this length, or in this process.
    """
    check_process(config.numerics)
    output, sr = config.output, sources.sr
    config, warnings = fit_config(config, sources.samples, sr)
    rate = output.sample_rate or sr
    asked = output.duration or sources.samples / sr
    check_output(output, asked, loop=output.loop or output.joinable)
    _check_seeds(config)
    n = max(1, round(asked * rate))
    channels = distinct_channels(np.concatenate(sources.clips, axis=-1))
    count = len(channels.worked)
    device = device_of(config.numerics)
    work_rate = config.audio.sample_rate or sr
    settings = tuple(resolve(r.spectrogram, work_rate, circular=True) for r in config.resolutions)
    hops = tuple(s.hop_length for s in settings)
    seconds = _made_seconds(n / rate, config, hops, work_rate)
    made = max(n, round(seconds * rate))
    values = seconds * work_rate * count * output.variations
    speed = GPU_RATE if device.platform == "gpu" else None
    config, notes = fit_budget(config, values, speed)
    shape = Shape(hops, count, work_rate, seconds, output.variations if output.joinable else 1)
    best = _best_segments(sources, seconds)
    longest = segment_seconds(config, shape, best)
    if longest < min(seconds, best):
        notes += (f"made in segments of {longest:g} s to fit into the available memory",)
    return RunPlan(
        config=config,
        warnings=warnings + notes,
        device=device,
        sr=sr,
        rate=rate,
        n=n,
        made=made,
        channels=channels,
        settings=settings,
        segments=plan_segments(made / rate, work_rate, hops, longest, CONTEXT_SECONDS, closed=sources.closed),
        workers=min(output.variations, concurrent(config, shape, longest)),
        bytes=needed_bytes(config, shape, longest),
        values=values,
        speed=speed,
    )


def _check_seeds(config: Config) -> None:
    """Refuse variations that there are no seeds for."""
    count = config.output.variations
    if config.seed + count > 2**32:
        raise ConfigError(
            f"{count} variations from seed {config.seed} on go beyond the largest seed, {2**32 - 1}",
            "use a smaller --seed",
        )


def _made_seconds(asked: float, config: Config, hops: tuple[int, ...], rate: int) -> float:
    """Length that is made of a result of so many seconds; a loop cannot be cut from a longer one."""
    seconds = max(asked, shortest_seconds(config, hops, rate))
    if asked < seconds and (config.output.loop or config.output.joinable):
        raise ConfigError(
            f"a loop of {asked:.3g} s is shorter than the filters",
            f"use at least --duration {seconds:.2f}, or no --loop and no --joinable",
        )
    return seconds


def _best_segments(sources: Gathered, seconds: float) -> float:
    """Seconds of the longest segments of a result of so many, where memory is not short.

    Statistics are matched over a segment, and vary within it as they do in the clip. As long as the clip, they vary no
    more in a long result than in one of the clip's length; in longer ones its excerpts stray further.
    """
    best = min(max(sources.samples / sources.sr, SEGMENT_SECONDS[0]), SEGMENT_SECONDS[1])
    return min(best, gradual_seconds(seconds)) if sources.gradual else best


def shortest_seconds(config: Config, hops: tuple[int, ...], rate: int) -> float:
    """Length of the shortest result that all filters fit into; of shorter ones, this much is made and cut."""
    frames = (max(r.filters.widths) + 1 for r in config.resolutions)
    longest = max(count * hop for count, hop in zip(frames, hops, strict=True))
    return max(longest, WHOLE_HOPS * math.lcm(*hops)) / rate


def gradual_seconds(seconds: float) -> float:
    """Longest segments of a result whose mix changes on the way: as many steps as nobody hears as such, where each is
    long enough to be a texture.
    """
    return max(GRADUAL_SEGMENT, seconds / GRADUAL_STEPS)
