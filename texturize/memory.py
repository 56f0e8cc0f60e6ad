"""How much memory a run takes, from its shapes; and how long its segments may be to fit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import psutil

from texturize.config import Config
from texturize.errors import ConfigError

GB = 1e9
BASE = 1.1 * GB
"""Interpreter, libraries, compiler."""
WORKING = 90
"""Copies of a signal beside the optimizer's memory: transforms, envelopes, gradients."""
MAPS = 6
"""Copies of the feature maps."""
RESULT = 10
"""Copies of the whole result while it changes its rate and gets its levels."""
SHARE = 0.8
MOST_CONCURRENT = 4
SEGMENT_SECONDS = (24.0, 16.0, 12.0, 8.0)
"""Longest segments, the best first: the longer, the fewer joints, and the better its statistics."""


def segment_bytes(config: Config, hops: Sequence[int], channels: int, n: float) -> float:
    """Bytes for a segment of ``n`` samples and the clip it is compared with; ``hops`` are those of the resolutions."""
    maps = sum(
        len(r.filters.widths) * r.filters.count * MAPS / hop for r, hop in zip(config.resolutions, hops, strict=True)
    )
    pairs = max(config.refine.memory, config.optimize.memory)
    return BASE + 4 * channels * n * (2 * pairs + WORKING + maps)


def result_bytes(channels: int, n: float) -> float:
    """Bytes for the whole of a result of ``n`` samples."""
    return 4 * channels * n * RESULT


def available_bytes() -> float:
    """Memory that is free, or that this process's control group may still use."""
    free = float(psutil.virtual_memory().available)
    try:
        most = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")
        used = Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii")
        return min(free, float(most) - float(used)) if most.strip() != "max" else free
    except (OSError, ValueError):
        return free


def concurrent(config: Config, hops: Sequence[int], channels: int, n: float) -> int:
    """Results of ``n`` samples that can be made at a time: what one leaves idle of two processors, another uses."""
    # XLA's pool has as many threads as this variable says; with one thread, nothing is done at the same time.
    processors = int(os.environ.get("NPROC") or os.cpu_count() or 1)
    one = segment_bytes(config, hops, channels, min(n, SEGMENT_SECONDS[0] * 192_000)) - BASE + result_bytes(channels, n)
    most = SHARE * available_bytes() if config.numerics.max_memory is None else config.numerics.max_memory * GB
    return max(1, min(processors, MOST_CONCURRENT, int((most - BASE) / one)))


def segment_seconds(config: Config, hops: Sequence[int], channels: int, rate: float, seconds: float) -> float:
    """Longest segments of a result of ``seconds`` that fit into the memory there is.

    Raises
    ------
    ConfigError
        If none does.
    """
    limit = config.numerics.max_memory
    most = SHARE * available_bytes() if limit is None else limit * GB
    needed = 0.0
    for longest in SEGMENT_SECONDS:
        needed = segment_bytes(config, hops, channels, min(longest, seconds) * rate)
        needed += result_bytes(channels, seconds * rate)
        if needed <= most:
            return longest
    raise ConfigError(
        f"{seconds:g} s in {channels} channel{'s' * (channels > 1)} need about {needed / GB:.1f} GB of memory, "
        f"and {most / GB:.1f} GB {'may be used' if limit is not None else 'are free'}",
        "use a shorter --duration, fewer filters.count, a lower audio.sample_rate"
        + (" or a larger --max-memory" if limit is not None else ""),
    )
