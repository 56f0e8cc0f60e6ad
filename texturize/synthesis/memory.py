"""How much memory a run takes, from its shapes; and how long its segments may be to fit."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import psutil

from texturize.config import Config
from texturize.errors import ConfigError
from texturize.losses.narrow_patches import responses_per_second
from texturize.losses.patches import SCALES
from texturize.runtime.processors import cpu_threads

GB = 1e9
BASE = 1.1 * GB
"""Interpreter, libraries, compiler."""
WORKING = 90
"""Copies of a signal beside the optimizer's memory: transforms, envelopes, gradients."""
MEMORIES = 2
"""Of the optimizer: while curvature is measured, gradients come with one of their own."""
MAPS = 6
"""Copies of the feature maps."""
RESULT = 10
"""Copies of the whole result while it changes its rate and gets its levels."""
SHARE = 0.8
MOST_CONCURRENT = 4
SHORTER_SEGMENTS = (16.0, 12.0, 8.0, 4.0)
"""Longest segments, in seconds, to choose from where the best do not fit."""


class Shape(NamedTuple):
    """What the memory that a run takes depends on, apart from its config."""

    hops: tuple[int, ...]
    """Of the resolutions, in samples."""
    channels: int
    rate: float
    """Working samples a second."""
    seconds: float
    """Length of the result."""
    kept: int = 1
    """Results that are in memory at the end."""


def segment_bytes(config: Config, shape: Shape, longest: float) -> float:
    """Bytes for a segment of at most ``longest`` seconds."""
    maps = sum(
        len(r.filters.widths) * r.filters.count * MAPS / hop
        for r, hop in zip(config.resolutions, shape.hops, strict=True)
    )
    if config.loss.patches.weight and config.refine.max_steps:
        per_second = sum(scale.rate * len(scale.seconds) * scale.share for scale in SCALES)
        maps += per_second * config.loss.patches.count * MAPS / shape.rate
    if config.loss.tones.weight and config.refine.max_steps:
        maps += responses_per_second(shape.rate, config.loss.tones.count) * MAPS / shape.rate
    pairs = max(config.refine.memory, config.optimize.memory)
    n = min(longest, shape.seconds) * shape.rate
    return 4 * shape.channels * n * (2 * pairs * MEMORIES + WORKING + maps)


def needed_bytes(config: Config, shape: Shape, longest: float) -> float:
    """Bytes for a run in segments of at most ``longest`` seconds."""
    result = 4 * shape.channels * shape.seconds * shape.rate * RESULT * shape.kept
    return BASE + segment_bytes(config, shape, longest) + result


def available_bytes() -> float:
    """Memory that is free, or that this process's control group may still use."""
    free = float(psutil.virtual_memory().available)
    group = Path("/sys/fs/cgroup")
    try:
        most = (group / "memory.max").read_text(encoding="ascii").strip()
        used = float((group / "memory.current").read_text(encoding="ascii"))
        stat = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return free
    # Files that were read are given up when memory is needed.
    return free if most == "max" else min(free, float(most) - used + float(stat.get("inactive_file", 0)))


def limit_bytes(config: Config) -> float:
    """Most memory that a run may take."""
    most = config.numerics.max_memory
    return SHARE * available_bytes() if most is None else most * GB


def concurrent(config: Config, shape: Shape, longest: float) -> int:
    """Results in segments of at most ``longest`` seconds that can be made at a time.

    What one leaves idle of two processors, another uses.
    """
    # With one thread, nothing is done at the same time.
    one = needed_bytes(config, shape, longest) - BASE
    return max(1, min(cpu_threads(), MOST_CONCURRENT, int((limit_bytes(config) - BASE) / one)))


def segment_seconds(config: Config, shape: Shape, best: float) -> float:
    """Longest segments that fit into the memory there is, of ``best`` seconds at most.

    A deterministic run takes the longest, or what ``max_memory`` says: what happens to be free decides nothing.

    Raises
    ------
    ConfigError
        If none does.
    """
    most, numerics = limit_bytes(config), config.numerics
    fixed = numerics.deterministic and numerics.max_memory is None
    for longest in (best, *(shorter for shorter in SHORTER_SEGMENTS if shorter < best and not fixed)):
        needed = needed_bytes(config, shape, longest)
        if needed <= most:
            return longest
    limit, channels = numerics.max_memory, shape.channels
    raise ConfigError(
        f"{shape.seconds:g} s in {channels} channel{'s' * (channels > 1)} need about {needed / GB:.1f} GB of memory, "
        f"and {most / GB:.1f} GB {'may be used' if limit is not None else 'are free'}",
        "ask for fewer seconds, fewer filters.count, a lower audio.sample_rate"
        + (" or a larger --max-memory" if limit is not None else "")
        + (", or shorter segments by --max-memory" if fixed else ""),
    )
