"""The number of threads XLA computes with, which must be said before JAX is imported."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from texturize.config import Config, NumericsConfig


def settle_threads(numerics: NumericsConfig, threads: int | None) -> int | None:
    """Number of threads to be held to: one where the config is deterministic; None for as many as there are."""
    from texturize.errors import ConfigError
    from texturize.runtime.determinism import check_deterministic

    try:
        check_deterministic(numerics, threads)
    except ConfigError as error:
        raise click.UsageError(f"{error}.") from None
    return 1 if numerics.deterministic else threads


def limit_threads(count: int) -> None:
    """Have XLA's CPU client, and NumPy's linear algebra, use ``count`` threads.

    XLA sizes its pool by the variable NPROC; neither ``xla_cpu_multi_thread_eigen`` nor
    ``intra_op_parallelism_threads`` in XLA_FLAGS limits it (measured with JAX 0.10). Pinning to processors would, but
    then several programs started side by side would all share the same one.
    """
    if "jax" in sys.modules:
        import warnings

        warnings.warn("JAX was imported before the number of threads was set, and keeps its own", stacklevel=2)
    for name in ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(count)


def hold_threads(config: Config, threads: int | None) -> int | None:
    """Hold the process to the threads asked for, and to what the config needs, before NumPy and JAX are imported."""
    from texturize.runtime import environment

    if (threads := settle_threads(config.numerics, threads)) is not None:
        limit_threads(threads)
    if config.numerics.deterministic:
        environment.set_aside()
    return threads
