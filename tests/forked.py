"""Commands in processes of their own that begin as copies of one: what all of them import is imported once.

A process that starts by itself spends seconds of processor time on that, before anything that a test is about. Copies
are killed, interrupted and terminated as others are; what happens while the interpreter ends is not the same.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

COMMON = [
    "texturize.batch.run",
    "texturize.cli.batch",
    "texturize.compare",
    "texturize.synthesis.sources",
    "scipy.signal",
]
"""Modules that are imported once. They import JAX, and ask for no device: its threads, which copies lack, begin then."""


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(COMMON)
    return context


def _command(steps: int, pause: float, arguments: list[str], folder: Path, streams: list[Connection]) -> None:
    """What a process does: `texturize` with the synthesis that `fake_synthesis` has in its place."""
    from fake_synthesis import install

    import texturize.cli

    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    os.chdir(folder)
    sys.argv = ["texturize", *arguments]
    install(steps, pause)
    texturize.cli.main()


class Forked:
    """A running command, as `subprocess.Popen` has it, with pipes for its three streams."""

    def __init__(self, folder: Path, steps: int, pause: float, *arguments: str) -> None:
        reading, writing = zip(*(os.pipe() for _ in range(3)), strict=True)
        theirs = [Connection(fd, writable=False) for fd in reading[:1]]
        theirs += [Connection(fd, readable=False) for fd in writing[1:]]
        self._process = _context().Process(target=_command, args=(steps, pause, list(arguments), folder, theirs))
        self._process.start()
        for stream in theirs:
            stream.close()
        self.stdin = os.fdopen(writing[0], "w")
        self.stdout, self.stderr = os.fdopen(reading[1]), os.fdopen(reading[2])

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it wrote that was not read yet, once it has ended; it is killed after a ``timeout`` in seconds."""
        hung = threading.Timer(timeout or 600, self.kill)
        hung.start()
        self.stdin.close()
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.append(self.stderr.read()))
        reader.start()
        out = self.stdout.read()
        reader.join()
        self._process.join()
        hung.cancel()
        hung.join()
        self.stdout.close()
        self.stderr.close()
        return out, errors[0]
