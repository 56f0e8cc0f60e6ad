"""Fewer heaps of the C library: what one thread gives back, another can use."""

from __future__ import annotations

import ctypes
import os
import sys

M_ARENA_MAX = -8  # of mallopt(3)
ARENAS = 2


def limit_arenas() -> None:
    """Have glibc keep at most two heaps instead of eight for each processor.

    XLA compiles and computes in many threads; what each frees stays in the heap of its thread. It is a fifth of the
    peak where everything is compiled. A choice by the variable MALLOC_ARENA_MAX stands.
    """
    if not sys.platform.startswith("linux") or "MALLOC_ARENA_MAX" in os.environ:
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
