"""Progress of a batch on standard error: results done, how fast, and the time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from texturize.batch import Entry

SECONDS_REMEMBERED = 24 * 3600  # the time left is judged by the rate of the last results


@contextmanager
def batch_progress(total: int, before: int, quiet: bool) -> Iterator[Callable[[Entry], None]]:
    """Callback for each result that ends; it says what failed even where there is no bar to draw.

    Parameters
    ----------
    total : int
        Results of the batch.
    before : int
        Of these, those that were settled before it started.
    quiet : bool
        Draw no bar; there is none either where standard error is no terminal.
    """
    if quiet or not sys.stderr.isatty():
        yield _say_failure
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Results a minute."""

        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{60 * task.speed:.3g}/min")

    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        speed_estimate_period=SECONDS_REMEMBERED,
    )
    with bars:
        task = bars.add_task("Batch", total=total, completed=before)
        failed = 0

        def report(entry: Entry) -> None:
            nonlocal failed
            if entry.status == "failed":
                failed += 1
                console.print(_failure(entry), markup=False, highlight=False)
            bars.update(task, advance=1, description=f"Batch, {failed} failed" if failed else "Batch")

        yield report


def _failure(entry: Entry) -> str:
    from texturize.errors import printable

    return printable(f"Failed: {entry.output}: {entry.why}")


def _say_failure(entry: Entry) -> None:
    if entry.status == "failed":
        click.echo(_failure(entry), err=True)
