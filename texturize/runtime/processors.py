"""The processors of this machine: what they can do, and how many this process computes with."""

from __future__ import annotations

import contextlib
import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
_USABLE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_THREADS = Path("/proc/self/task")


def cpu_threads() -> int:
    """CPU threads that XLA's pool has in this process: as many as NPROC says, else one a processor it may use."""
    return int(os.environ.get("NPROC") or _USABLE)


def abilities() -> str:
    """What the processors can do, in the words of the system; where it does not tell, which machine this is."""
    with contextlib.suppress(OSError):
        told = CPUINFO.read_text(encoding="utf-8", errors="replace")
        if found := re.search(r"^(?:flags|Features)\s*:.*$", told, re.MULTILINE):
            return found[0]
    return platform.node()


def has_amx() -> bool:
    """Whether they multiply bfloat16 matrices in hardware."""
    return "amx_bf16" in abilities().split()


@contextlib.contextmanager
def one_for_each_thread() -> Iterator[None]:
    """Keep each thread of this process to one processor for a while; without effect where the system cannot do that.

    For XLA, which has no option for it: it divides a program's operations among as many processors as the threads
    that compile it may use.
    """
    before = _by_thread()
    every: set[int] = set().union(*before.values())
    try:
        _keep_to({thread: {min(own)} for thread, own in before.items()})
        yield
    finally:  # threads that have started meanwhile, too
        _keep_to({thread: before.get(thread, every) for thread in _by_thread()})


def _by_thread() -> dict[int, set[int]]:
    """Processors that each thread of this process may use; empty where the system does not tell."""
    found = {}
    if hasattr(os, "sched_getaffinity") and _THREADS.is_dir():
        for entry in _THREADS.iterdir():
            with contextlib.suppress(OSError):  # it has ended
                found[int(entry.name)] = os.sched_getaffinity(int(entry.name))
    return found


def _keep_to(processors: dict[int, set[int]]) -> None:
    if not hasattr(os, "sched_setaffinity"):
        return
    for thread, own in processors.items():
        with contextlib.suppress(OSError):
            os.sched_setaffinity(thread, own)
