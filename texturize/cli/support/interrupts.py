"""Ctrl-C once ends the work early with what there is; twice, or a termination signal, ends the program at once.

Python runs signal handlers on the main thread only, between its own instructions. So the work, which spends seconds at
a time in compiled code, goes on in a thread of its own.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import click

T = TypeVar("T")

WORKER = "texturize-work"
"""Name of the thread the work runs in."""


class Interrupts:
    """Whether the user asked to stop, and a way to run work that can be stopped."""

    def __init__(self, on_stop: Callable[[], None]) -> None:
        self._event = threading.Event()
        self._on_stop = on_stop

    def stopped(self) -> bool:
        """Whether the user asked to stop."""
        return self._event.is_set()

    def interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        """Handle Ctrl-C: ask the work to stop, or leave if it was asked already."""
        if self._event.is_set():
            raise KeyboardInterrupt
        self._event.set()
        self._on_stop()

    def terminate(self, signal_: int, _frame: FrameType | None) -> None:
        """Handle a termination signal: leave, by way of every clean-up."""
        raise SystemExit(128 + signal_)

    def run(self, work: Callable[[], T], *, leave: bool = False) -> T:
        """Run ``work`` in a thread, so that signals are answered at once, and hand on what it returns or raises.

        With ``leave``, a stop is a KeyboardInterrupt at once: the work is left where it is.
        """
        results: list[T] = []
        errors: list[BaseException] = []

        def target() -> None:
            try:
                results.append(work())
            except BaseException as error:  # handed on to the thread that waits
                errors.append(error)

        thread = threading.Thread(target=target, name=WORKER, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(0.2)
            if leave and self.stopped():
                raise KeyboardInterrupt
        if errors:
            raise errors[0]
        return results[0]


def _say_stopping() -> None:
    click.echo("Stopping; press Ctrl-C once more to quit at once", err=True)


@contextmanager
def interrupts(on_stop: Callable[[], None] = _say_stopping) -> Iterator[Interrupts]:
    """Handle Ctrl-C and termination within a block, on the main thread; elsewhere signals stay as they are."""
    state = Interrupts(on_stop)
    if threading.current_thread() is not threading.main_thread():
        yield state
        return
    before: dict[int, Any] = {
        signal.SIGINT: signal.signal(signal.SIGINT, state.interrupt),
        signal.SIGTERM: signal.signal(signal.SIGTERM, state.terminate),
    }
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
