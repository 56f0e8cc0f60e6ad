"""What the environment says to JAX, XLA and NumPy beside the config: which variables are set, and what they decide."""

from __future__ import annotations

import os
from types import MappingProxyType

CHOICES = ("JAX_", "XLA_", "NPY_", "OPENBLAS_CORETYPE", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "NVIDIA_TF32_OVERRIDE")
"""How the names begin of variables that choose devices, types, generators, code paths or optimizations."""
HARMLESS = ("XLA_PYTHON_CLIENT_", "JAX_COMPILATION_CACHE_", "JAX_PERSISTENT_CACHE_", "JAX_LOG", "JAX_TRACEBACK_")
"""Of these, those that are about memory, caches and messages alone."""
UNSUSPECTED = {"JAX_PLATFORMS": "cpu"}
"""What is there everywhere, and fails nothing that does not ask for another device."""
SETTINGS = MappingProxyType(
    {
        "jax_enable_x64": False,
        "jax_default_matmul_precision": None,
        "jax_default_prng_impl": "threefry2x32",
        "jax_threefry_partitionable": True,
        "jax_random_seed_offset": 0,
        "jax_numpy_dtype_promotion": "standard",
        "jax_numpy_rank_promotion": "allow",
        "jax_disable_jit": False,
        "jax_disable_most_optimizations": False,
        "jax_exec_time_optimization_effort": 0.0,
        "jax_debug_nans": False,
        "jax_debug_infs": False,
    }
)
"""Settings of JAX that decide numbers, or whether there are any, and their values where nobody has changed them."""


def chosen() -> dict[str, str]:
    """Variables that are set and may change a result."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith(CHOICES) and not name.startswith(HARMLESS)
    }


def named(*beginnings: str) -> str:
    """Those that are set, for a message: of names that begin so, or all that may fail a run."""
    found = chosen()
    if not beginnings:
        found = {name: value for name, value in found.items() if UNSUSPECTED.get(name) != value}
    return ", ".join(f"{name}={value}" for name, value in found.items() if name.startswith(beginnings or CHOICES))


def set_aside() -> None:
    """Take them out of the environment, and choose the processor, before NumPy and JAX are imported.

    The processes that this one starts have them no more either.
    """
    for name in chosen():
        del os.environ[name]
    os.environ["JAX_PLATFORMS"] = "cpu"
