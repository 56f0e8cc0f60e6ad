"""`texturize batch`: new textures from many clips, which goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from texturize.cli.support.delivery_options import delivery_options
from texturize.cli.support.options import config_options, debug_option, quiet_option

if TYPE_CHECKING:
    from texturize.batch import BatchPlan, Entry, Job, Summary
    from texturize.batch.run import Outcome
    from texturize.cli.support.interrupts import Interrupts

FORMATS = ("wav", "flac", "ogg", "opus", "mp3", "aiff", "caf", "w64", "au")


@click.command(short_help="Make new textures from many clips.")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER", required=True, help="Folder of the results."
)
@config_options
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of every row's first variation. [default: 0]")
@delivery_options
@click.option("--format", "ending", type=click.Choice(FORMATS), default="wav", help="Of results without a name.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes, through dask (extra [cluster]).")
@click.option("--scheduler", metavar="ADDRESS", help="A dask scheduler that runs already, such as tcp://host:8786.")
@click.option("--threads", type=click.IntRange(1), metavar="N", help="CPU threads of each process.")
@click.option("--retry-failed", is_flag=True, help="Try again what failed before, though nothing has changed.")
@click.option("--force", is_flag=True, help="Replace files that no batch has written.")
@quiet_option
@debug_option
@click.pass_context
def batch(
    ctx: click.Context,
    sources: tuple[str, ...],
    output: Path,
    source: str | None,
    overrides: tuple[str, ...],
    seed: int | None,
    flags: Mapping[str, Any],
    ending: str,
    workers: int | None,
    scheduler: str | None,
    threads: int | None,
    retry_failed: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Make new textures from many clips: each SOURCE is a folder, a pattern, a sound file, or a list.

    A list is CSV with the columns input, output, preset or config, seed, duration and any config key, or JSON lines
    with the same keys. A row with stretches in a column at is mended as by `texturize fill`. Results, their manifests
    and summary.csv appear in FOLDER; the same command again goes on where it stopped, and makes anew what has changed.
    Exit code 1 if any failed.

    \b
    Example:
      texturize batch clips/ -o textures/ --variations 4
      texturize batch 'clips/**/*.flac' -o textures/ -c best --loudness -23
      texturize batch list.csv -o textures/ --workers 8
    """
    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers starts processes here, --scheduler uses others: give one or the other.")
    if threads is not None and scheduler is not None:
        raise click.UsageError("--threads has no effect on workers that are already running: start them with NPROC=N.")
    common = {**flags, **({} if seed is None else {"seed": seed})}
    threads = _hold(source, overrides, common, threads)
    if threads is not None and workers is None and scheduler is None:
        from texturize.cli.support.threads import limit_threads

        limit_threads(threads)  # before NumPy and JAX are imported

    from texturize.batch import Summary, locked, plan_jobs, read_sources, remove_partial, sort_out
    from texturize.cli.support.interrupts import interrupts
    from texturize.cli.support.warner import Warner
    from texturize.runtime.cache import distrust

    warn = Warner()
    rows = read_sources(sources, output, warn)
    jobs = plan_jobs(rows, source=source, overrides=overrides, flags=common, ending=f".{ending}")
    _check_deterministic(jobs, threads)
    _make_folder(output)
    if why := distrust():
        warn(why)
    with locked(output), interrupts(lambda: click.echo("Stopping", err=True)) as signals:
        summary = Summary(output)
        remove_partial([summary.path, *(output / job.name for job in jobs)])
        plan = sort_out(jobs, output, summary.failures(), retry=retry_failed, force=force)
        try:
            entries = _run(ctx, plan, output, summary, signals, (workers, scheduler, threads), quiet)
        except KeyboardInterrupt:
            click.echo("Interrupted; what is done is kept, and the same command goes on from there", err=True)
            ctx.exit(130)
    _conclude(ctx, entries, output, quiet)


def _hold(source: str | None, overrides: tuple[str, ...], flags: Mapping[str, Any], threads: int | None) -> int | None:
    """Threads of each process, by what all rows have in common; what else that needs is seen to, for all of them."""
    from texturize.cli.support.threads import settle_threads
    from texturize.config.presets import load_config
    from texturize.errors import ConfigError
    from texturize.runtime import environment

    try:
        config = load_config(source, overrides, flags)
    except ConfigError:
        return threads  # the plan says so, and which row has it
    threads = settle_threads(config.numerics, threads)
    if config.numerics.deterministic:
        environment.set_aside()  # before NumPy and JAX are imported
    return threads


def _check_deterministic(jobs: list[Job], threads: int | None) -> None:
    """Refuse rows that are to be deterministic in processes that are not held to one thread."""
    from texturize.cli.support.threads import settle_threads

    for job in jobs:
        try:
            held = settle_threads(job.config.numerics, threads)
        except click.UsageError as error:
            raise click.UsageError(f"{job.where}: {error.message}") from None
        if held != threads:
            raise click.UsageError(
                f"{job.where}: numerics.deterministic needs one thread for all of a batch: add --deterministic."
            )


def _make_folder(path: Path) -> None:
    from texturize.errors import OutputError

    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be made: {error.strerror}", "choose another folder with -o") from error


def _run(
    ctx: click.Context,
    plan: BatchPlan,
    output: Path,
    summary: Summary,
    signals: Interrupts,
    place: tuple[int | None, str | None, int | None],
    quiet: bool,
) -> list[Entry]:
    """Do what is left, and put the summary in order, however it ends."""
    from texturize.batch.run import write_outcomes
    from texturize.cli.support.batch_progress import batch_progress

    entries = list(plan.entries)
    summary.write(entries)
    try:
        with (
            batch_progress(len(plan.jobs) + len(entries), len(entries), quiet) as report,
            ExitStack() as resources,
        ):
            for entry in write_outcomes(_outcomes(ctx, plan.jobs, signals, place, resources), output, summary):
                entries.append(entry)
                report(entry)
    finally:
        if output.is_dir():
            summary.write(entries)
    return entries


def _outcomes(
    ctx: click.Context,
    jobs: list[Job],
    signals: Interrupts,
    place: tuple[int | None, str | None, int | None],
    resources: ExitStack,
) -> Iterator[tuple[Job, str, Outcome]]:
    """What comes of the jobs: in this process, on its own workers, or on a running cluster."""
    from texturize.batch import attempt
    from texturize.batch.run import in_this_process
    from texturize.cli.group import ARGUMENTS

    workers, scheduler, threads = place
    command = tuple(ctx.meta.get(ARGUMENTS, ()))
    if not jobs:
        return iter(())
    if workers is None and scheduler is None:
        return in_this_process(
            jobs,
            lambda job, data: signals.run(lambda: attempt(job, data, command, threads, signals.stopped), leave=True),
        )
    from texturize.batch.cluster import local_cluster, on_cluster, running_cluster, share_of_threads

    if scheduler is not None:
        client = resources.enter_context(running_cluster(scheduler))
    else:
        assert workers is not None
        threads = threads or share_of_threads(workers)
        client = resources.enter_context(local_cluster(workers, threads))
    return on_cluster(jobs, client, command, threads, signals.stopped)


def _conclude(ctx: click.Context, entries: list[Entry], output: Path, quiet: bool) -> None:
    """Say how it went; failures of before are said again."""
    from texturize.batch import SUMMARY
    from texturize.errors import printable

    counts = {status: sum(entry.status == status for entry in entries) for status in ("done", "skipped", "failed")}
    if not quiet:
        said = f"{counts['done']} done, {counts['skipped']} done before, {counts['failed']} failed"
        click.echo(printable(f"{output}: {said}; {output / SUMMARY} says which"))
    if counts["failed"]:
        click.echo(f"{counts['failed']} failed; --retry-failed tries them again", err=True)
        ctx.exit(1)
