"""How XLA is asked to compile: what saves more time than it costs, where its version has it."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator
from typing import Any

import jax

SOON_COMPILED = {"xla_cpu_use_fusion_emitters": False}
"""XLA's older way to write loops: compiled in half the time, and a step of the synthesis takes 5 % longer."""


@functools.cache
def soon_compiled(wanted: tuple[tuple[str, Any], ...] = tuple(SOON_COMPILED.items())) -> dict[str, Any]:
    """Those of the options that this version of XLA has: it refuses to compile with another."""
    trial = jax.jit(lambda x: x).lower(0.0)
    known = {}
    for name, value in wanted:
        with contextlib.suppress(jax.errors.JaxRuntimeError), not_kept():
            trial.compile(compiler_options={name: value})
            known[name] = value
    return known


@contextlib.contextmanager
def not_kept() -> Iterator[None]:
    """Keep what is compiled out of JAX's cache."""
    name = "jax_persistent_cache_min_compile_time_secs"
    least = getattr(jax.config, name)
    jax.config.update(name, math.inf)
    try:
        yield
    finally:
        jax.config.update(name, least)
