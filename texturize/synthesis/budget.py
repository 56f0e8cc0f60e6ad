"""Filters and steps that fit into a given time."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import numpy as np

from texturize.config import Config

OVERHEAD = 6.0
"""Seconds for imports, compiled code from the cache, and writing."""
SHARE = 0.9
LEAST_STEPS = 60
COUNTS = (64, 32, 16)
SECONDS_PER_STEP = (0.24, 0.0005)
"""Of a million samples, without filters and for each filter, where REFERENCE_RATE is reached."""
REFERENCE_RATE = 2.5e11
"""Floating point operations a second in products of matrices."""


@functools.cache
def multiply_rate(size: int = 1024) -> float:
    """Floating point operations a second in products of float32 matrices on this machine."""
    a = np.ones((size, size), np.float32)
    a @ a
    start = time.perf_counter()
    for _ in range(3):
        a @ a
    return 3 * 2 * size**3 / (time.perf_counter() - start)


def step_seconds(count: int, values: float, rate: float) -> float:
    """Seconds that a step takes, for ``values`` samples in all channels and banks of ``count`` filters."""
    fixed, each = SECONDS_PER_STEP
    return (fixed + each * count) * values / 1e6 * REFERENCE_RATE / rate


def expected_seconds(config: Config, values: float, rate: float | None = None) -> tuple[float, float]:
    """Shortest and longest time in seconds that a run is likely to take, for as many samples as in `fit_budget`.

    From as few steps as easy textures need to as many as the config allows.
    """
    steps = config.refine.max_steps or config.spectrogram_steps
    each = step_seconds(max(r.filters.count for r in config.resolutions), values, rate or multiply_rate())
    most = OVERHEAD + steps * each
    budget = config.numerics.budget
    least = min(OVERHEAD + min(steps, LEAST_STEPS) * each, most)
    return (least, most) if budget is None else (min(least, budget), min(most, budget))


def fit_budget(config: Config, values: float, rate: float | None = None) -> tuple[Config, tuple[str, ...]]:
    """A config with so few filters that enough steps fit into the budget, and what was left out for that.

    Parameters
    ----------
    config : Config
    values : float
        Samples of all results, segments and channels together.
    rate : float, optional
        Floating point operations a second; measured if not given.
    """
    budget = config.numerics.budget
    if budget is None:
        return config, ()
    rate = rate or multiply_rate()
    most = max(r.filters.count for r in config.resolutions)
    counts = (most, *(count for count in COUNTS if count < most))
    left = SHARE * budget - OVERHEAD
    count = next((c for c in counts if LEAST_STEPS * step_seconds(c, values, rate) <= left), counts[-1])
    if count == most:
        return config, ()
    resolutions = tuple(
        r.model_copy(update={"filters": r.filters.model_copy(update={"count": min(count, r.filters.count)})})
        for r in config.resolutions
    )
    note = f"to fit into {budget:g} s, {count} filters of each width are used instead of {most}"
    return config.model_copy(update={"resolutions": resolutions}), (note,)


def ending(stopped: Callable[[], bool], allowed: Callable[[float], float]) -> Callable[[], bool]:
    """Whether work is to end: it was ``stopped``, or the seconds are over that are ``allowed`` it.

    Its time begins when this is first asked, after compiling; what is allowed follows from the moment.
    """
    deadline: list[float] = []

    def over() -> bool:
        now = time.perf_counter()
        if not deadline:
            deadline.append(now + allowed(now))
        return stopped() or now > deadline[0]

    return over
