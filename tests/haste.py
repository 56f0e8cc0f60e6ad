"""Compiling in haste, for tests: with little care, in a quarter of the time."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import jax
import jaxlib
import pytest
from jaxlib.xla_client import CompileOptions

FLAGS = "XLA_FLAGS"
WANTED = {"xla_cpu_use_fusion_emitters": "false", "xla_cpu_parallel_codegen_split_count": "1"}
"""XLA's older way to write loops, and a program in one piece: half the time to compile it, and a slower program."""


def compile_in_haste() -> None:
    """Have this process do so; the processes that it starts go on as users have them.

    XLA reads its variable once, when it is first asked for its options.
    """
    jax.config.update("jax_disable_most_optimizations", True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FLAGS, in_haste()[FLAGS])
        CompileOptions()


def in_haste() -> dict[str, str]:
    """Variables with which a process that is started does so."""
    flags = [f"--{name}={value}" for name, value in WANTED.items() if _xla_knows(name)]
    return {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1", FLAGS: " ".join([*flags, os.environ.get(FLAGS, "")]).strip()}


def _xla_knows(flag: str) -> bool:
    """Whether XLA has a flag of that name: it ends the process that names another."""
    library = Path(jaxlib.__file__).with_name("libjax_common.so")
    if not library.exists():
        return False
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(flag.encode() + b"\0") >= 0
