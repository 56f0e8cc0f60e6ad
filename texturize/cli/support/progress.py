"""Progress on standard error: stage, steps, loss, time left; nothing where standard error is no terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from texturize.synthesis.stages import Progress

TITLES = {"spectrogram": "Spectrogram", "phase": "Phase", "refine": "Waveform"}


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Callback that draws a bar for each stage, or None when nothing is to be drawn."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description:<12}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]:<16}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    tasks: dict[str, TaskID] = {}
    turn = threading.Lock()  # variations are made in threads of their own
    with bars:
        preparing: TaskID | None = bars.add_task("Preparing", total=None, loss="")

        def report(at: Progress) -> None:
            with turn:
                draw(at)

        def draw(at: Progress) -> None:
            nonlocal preparing
            if preparing is not None:
                bars.remove_task(preparing)
                preparing = None
            if at.stage not in tasks:
                tasks[at.stage] = bars.add_task(TITLES.get(at.stage, at.stage), total=at.total, loss="")
            loss = "" if at.loss is None else f"loss {at.loss:.4g}"
            title = TITLES.get(at.stage, at.stage) + (f" {at.part}/{at.parts}" if at.parts > 1 else "")
            bars.update(tasks[at.stage], description=title, completed=at.step, total=at.total, loss=loss)

        yield report
