"""Processes that were forked after a run: JAX's threads did not come along, and it would wait for them for ever."""

from __future__ import annotations

import os

from texturize.errors import TexturizeError

_process: list[int] = []
"""Number of the process that JAX was first asked for a device in."""


class ForkError(TexturizeError):
    """A process that cannot compute, for how it was started."""


def check_fork() -> None:
    """Note that JAX computes in this process.

    Raises
    ------
    ForkError
        It has computed before in the process that this one was forked from.
    """
    if _process and _process[0] != os.getpid():
        raise ForkError(
            "this process was forked from one in which texturize has run, and JAX would wait in it for ever",
            "start processes by multiprocessing.get_context('spawn'), or fork before the first run",
        )
    _process[:] = [os.getpid()]
