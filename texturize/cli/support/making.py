"""What every command does that makes results: check, work, write, conclude."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.support.result_page import ResultPage
from texturize.cli.support.result_paths import ResultPaths, check_combinations
from texturize.cli.support.sounds import in_words
from texturize.cli.support.threads import hold_threads
from texturize.cli.support.warner import Warner

if TYPE_CHECKING:
    from texturize.cli.support.inputs import RunInputs
    from texturize.cli.support.interrupts import Interrupts
    from texturize.cli.support.order import Order
    from texturize.config import Config
    from texturize.synthesis.recipe import Recipe
    from texturize.synthesis.result import Synthesis
    from texturize.synthesis.trace.folder import TraceFolder


def make_results(
    ctx: click.Context,
    order: Order,
    paths: Sequence[Path],
    usual: str,
    read_inputs: Callable[[], RunInputs],
    report: Path | None = None,
) -> None:
    """Make what was ordered from files at ``paths``, which ``read_inputs`` reads; ``usual`` is the result's name."""
    out, config = order.path(usual), order.config
    order = replace(order, threads=hold_threads(config, order.threads))

    from texturize.cli.group import WRITTEN
    from texturize.cli.support.interrupts import interrupts

    check_combinations(config, out, order.manifest)
    targets = ResultPaths(
        out, order.picture, order.manifest, order.force, config.output.variations, report, order.trace
    )
    targets.check(paths)
    inputs = read_inputs()
    digests = inputs.digests() if order.manifest else []
    warn = Warner()
    settled, remarks = targets.with_subtype(config, inputs.clip)
    for text in remarks:
        warn(text)

    from texturize.synthesis.recipe import Recipe  # once it is known that a result can be written: JAX takes a second

    recipe = Recipe(inputs.sources, settled)
    inputs.check(recipe, warn)
    page = None if report is None else ResultPage(report, inputs.clip, order)
    if page is not None:
        page.check()
    results: list[Synthesis] = []
    with (
        _trace_folder(order.trace, order.force) as shown,
        interrupts() as signals,
    ):
        for made in _made(recipe, signals, order.quiet, shown):
            result = replace(made, warnings=(*remarks, *made.warnings))
            for text in result.warnings:
                warn(text)
            _write(ctx, inputs, targets.of(len(results)), settled, result, order, digests)
            results.append(result)
            ctx.meta[WRITTEN] = len(results)
            if not order.quiet:
                click.echo(_summary(targets.of(len(results) - 1)[0], result, settled), err=out is None)
        if page is not None:
            names = [(targets.of(index)[0] or Path("standard output")).name for index in range(len(results))]
            page.write(ctx, names, results)
        stopped = signals.stopped()
    _conclude(ctx, results, config, warn, stopped, order.quiet)


def _trace_folder(path: Path | None, force: bool) -> AbstractContextManager[TraceFolder | None]:
    """Folder for snapshots, written at the end of the block; nothing where none is asked for."""
    if path is None:
        return nullcontext()
    from texturize.synthesis.trace.folder import TraceFolder

    return TraceFolder(path, force=force)


def _made(recipe: Recipe, signals: Interrupts, quiet: bool, trace: TraceFolder | None) -> Iterator[Synthesis]:
    """Do the work, in a thread that signals can stop, with progress: results as they are made."""
    from texturize.cli.support.progress import progress_bars
    from texturize.runtime.cache import distrust, use_compilation_cache

    use_compilation_cache()
    if why := distrust():
        Warner()(why)
    if not quiet and sys.stderr.isatty():
        expected = recipe.estimate()
        least, most = expected.seconds
        click.echo(f"About {expected.bytes / 1e9:.1f} GB of memory, and {least:.0f} to {most:.0f} s", err=True)
    with progress_bars(quiet) as progress:
        results = recipe.results(progress, signals.stopped, trace)
        while (result := signals.run(lambda: next(results, None))) is not None:
            yield result


def _write(
    ctx: click.Context,
    inputs: RunInputs,
    paths: tuple[Path | None, Path | None, Path | None],
    settled: Config,
    result: Synthesis,
    order: Order,
    digests: Sequence[str],
) -> None:
    """Write a result, its picture, and its manifest, with the config as asked for: what follows from the clip follows
    again.
    """
    from texturize.cli.group import ARGUMENTS
    from texturize.delivery.writing import write_result
    from texturize.errors import FULL, OutputError
    from texturize.files.atomic import write_text

    out, picture, manifest = paths
    target, layout = sys.stdout.buffer if out is None else out, inputs.clip.layout
    try:
        write_result(target, result, settled.output, inputs.title, order.origin, layout=layout, replace=order.force)
        if out is None:
            sys.stdout.buffer.flush()
    except OSError as error:  # of standard output: there is no more to be done about a file
        if error.errno in (errno.EPIPE, *FULL):
            raise
        raise OutputError(f"standard output cannot be written to: {error.strerror}", "name a file with -o") from error
    if picture is not None:
        inputs.draw(picture, settled, result)
    if out is None or manifest is None:
        return
    config = order.config
    if not config.output.joinable:  # a variation is what its seed alone gives
        config = config.of_seed(result.seed)
    arguments = ctx.meta.get(ARGUMENTS, [])
    write_text(manifest, inputs.manifest(config, result, digests, arguments, order, out))


def _conclude(
    ctx: click.Context, results: Sequence[Synthesis], config: Config, warn: Warner, stopped: bool, quiet: bool
) -> None:
    """Say what results have in common, and how it ended."""
    last = results[-1]
    if len(results) > 1 and not quiet and not stopped:
        from texturize.cli.support.variations import print_variations

        print_variations(results, joinable=config.output.joinable)
    if last.status.name in ("NOT_FINITE", "OUT_OF_TIME"):
        warn(f"{last.status.sentence}; {last.status.remedy}")
    if stopped:
        if len(results) < config.output.variations:
            click.echo(f"{len(results)} of {config.output.variations} variations were written", err=True)
        click.echo(f"Interrupted: {last.status.sentence}; {last.status.remedy}", err=True)
        ctx.exit(130)


def _summary(out: Path | None, result: Synthesis, config: Config) -> str:
    """One line: what was written, and how well the work ended."""
    from texturize.errors import printable

    channels, n = result.samples.shape if result.samples.ndim == 2 else (1, result.samples.shape[0])
    what = in_words(n, result.sample_rate, channels, config.output.subtype)
    history = [losses for losses in result.losses.values() if len(losses)]
    loss = f"loss {history[-1][-1]:.3g} (from {history[-1][0]:.3g})" if history else "no loss"
    name = printable(str(out or "standard output"))
    return f"{name}: {what}; {loss}; {result.status.sentence}; {sum(result.times.values()):.1f} s"
