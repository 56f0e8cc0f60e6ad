"""What every command does that makes results: check, work, write; the work itself is the command's."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

import click

from texturize.cli.support.sounds import in_words
from texturize.cli.support.synth_report import Page
from texturize.cli.support.targets import Targets, check_combinations

if TYPE_CHECKING:
    from texturize.cli.support.interrupts import Interrupts
    from texturize.cli.support.run_options import Asked
    from texturize.config import Config
    from texturize.files.audio import Clip
    from texturize.synthesis.api import Estimate, Synthesis
    from texturize.synthesis.stages import Progress
    from texturize.synthesis.trace.folder import TraceFolder
    from texturize.synthesis.trace.snapshots import Snapshot


class Watched(TypedDict):
    """How the work is followed and ended: keyword arguments of `texturize.synthesize` and the like."""

    progress: Callable[[Progress], None] | None
    stop: Callable[[], bool]
    trace: Callable[[Snapshot], None] | None


class Work(Protocol):
    """What results are made from, and how."""

    @property
    def clips(self) -> tuple[Clip, ...]:
        """All that is read, in the order of the inputs."""

    @property
    def clip(self) -> Clip:
        """At the rate and with the channels and the sample format that a result has unless others are asked for."""

    @property
    def title(self) -> str:
        """What a result's tags name as what it was made from."""

    def check(self, config: Config, warn: Callable[[str], None]) -> None:
        """Refuse what would not work, and warn of what will be heard."""

    def estimate(self, config: Config) -> Estimate:
        """What it will take."""

    def results(self, config: Config, watched: Watched) -> Iterator[Synthesis]:
        """Do the work."""

    def draw(self, path: Path, config: Config, result: Synthesis) -> None:
        """Draw a result beside what it was made from."""

    def manifest(self, config: Config, result: Synthesis, digests: Sequence[str], **how: Any) -> str:
        """Manifest of a result, from the hashes of the inputs and the other arguments of `manifest_json`."""


@dataclass
class Warner:
    """Says each warning once."""

    said: list[str] = field(default_factory=list)

    def __call__(self, text: str) -> None:
        """Say a warning on standard error."""
        from texturize.errors import printable

        if text not in self.said:
            click.echo(f"Warning: {printable(text)}", err=True)
        self.said.append(text)


def make_results(
    ctx: click.Context,
    asked: Asked,
    inputs: Sequence[Path],
    usual: str,
    open_work: Callable[[], Work],
    report: Path | None = None,
) -> None:
    """Make what was asked for from the files ``inputs``, which ``open_work`` reads; ``usual`` is the result's name."""
    out, config = asked.path(usual), asked.config()
    asked = replace(asked, threads=hold_threads(config, asked.threads))

    from texturize.cli.group import ORIGIN, WRITTEN
    from texturize.cli.support.interrupts import interrupts
    from texturize.manifest import sha256_of

    ctx.meta.setdefault(ORIGIN, (asked.source, asked.overrides))
    check_combinations(config, out, asked.manifest)
    targets = Targets(out, asked.picture, asked.manifest, asked.force, config.output.variations, report, asked.trace)
    targets.check(inputs)
    work = open_work()
    digests = [sha256_of(clip) for clip in work.clips] if asked.manifest else []
    warn = Warner()
    settled, remarks = targets.with_subtype(config, work.clip)
    for text in remarks:
        warn(text)
    work.check(settled, warn)
    page = None if report is None else Page(report, work.clip, config, asked.force)
    if page is not None:
        page.check()
    results: list[Synthesis] = []
    with (
        _trace_folder(asked.trace, asked.force) as shown,
        interrupts() as signals,
    ):
        for made in _made(work, settled, signals, asked.quiet, shown):
            result = replace(made, warnings=(*remarks, *made.warnings))
            for text in result.warnings:
                warn(text)
            _write(ctx, work, targets.of(len(results)), (config, settled), result, asked, digests)
            results.append(result)
            ctx.meta[WRITTEN] = len(results)
            if not asked.quiet:
                click.echo(_summary(targets.of(len(results) - 1)[0], result, settled), err=out is None)
        if page is not None:
            names = [(targets.of(index)[0] or Path("standard output")).name for index in range(len(results))]
            page.write(ctx, names, results, asked.threads)
        stopped = signals.stopped()
    _conclude(ctx, results, config, warn, stopped, asked.quiet)


def hold_threads(config: Config, threads: int | None) -> int | None:
    """Hold the process to the threads asked for, and to what the config needs, before NumPy and JAX are imported."""
    from texturize.cli.support.threads import limit_threads, settle_threads
    from texturize.runtime import environment

    if (threads := settle_threads(config.numerics, threads)) is not None:
        limit_threads(threads)
    if config.numerics.deterministic:
        environment.set_aside()
    return threads


def _trace_folder(path: Path | None, force: bool) -> AbstractContextManager[TraceFolder | None]:
    """Folder for snapshots, written at the end of the block; nothing where none is asked for."""
    if path is None:
        return nullcontext()
    from texturize.synthesis.trace.folder import TraceFolder

    return TraceFolder(path, force=force)


def _made(
    work: Work, config: Config, signals: Interrupts, quiet: bool, trace: TraceFolder | None
) -> Iterator[Synthesis]:
    """Do the work, in a thread that signals can stop, with progress: results as they are made."""
    from texturize.cli.support.progress import progress_bars
    from texturize.runtime.cache import distrust, use_compilation_cache

    use_compilation_cache()
    if why := distrust():
        Warner()(why)
    if not quiet and sys.stderr.isatty():
        expected = work.estimate(config)
        least, most = expected.seconds
        click.echo(f"About {expected.bytes / 1e9:.1f} GB of memory, and {least:.0f} to {most:.0f} s", err=True)
    with progress_bars(quiet) as progress:
        results = work.results(config, {"progress": progress, "stop": signals.stopped, "trace": trace})
        while (result := signals.run(lambda: next(results, None))) is not None:
            yield result


def _write(
    ctx: click.Context,
    work: Work,
    paths: tuple[Path | None, Path | None, Path | None],
    configs: tuple[Config, Config],
    result: Synthesis,
    asked: Asked,
    digests: Sequence[str],
) -> None:
    """Write a result, its picture, and its manifest, with the config as asked for: what follows from the clip follows
    again.
    """
    from texturize.cli.group import ARGUMENTS, ORIGIN
    from texturize.delivery.writing import write_result
    from texturize.errors import FULL, OutputError
    from texturize.files.atomic import write_text
    from texturize.manifest import sha256

    (out, picture, manifest), (config, settled) = paths, configs
    origin = ctx.meta[ORIGIN]
    target = sys.stdout.buffer if out is None else out
    try:
        write_result(target, result, settled.output, work.title, origin, layout=work.clip.layout, replace=asked.force)
        if out is None:
            sys.stdout.buffer.flush()
    except OSError as error:  # of standard output: there is no more to be done about a file
        if error.errno in (errno.EPIPE, *FULL):
            raise
        raise OutputError(f"standard output cannot be written to: {error.strerror}", "name a file with -o") from error
    if picture is not None:
        work.draw(picture, settled, result)
    if out is None or manifest is None:
        return
    if not config.output.joinable:  # a variation is what its seed alone gives
        config = config.of_seed(result.seed)
    arguments = ctx.meta.get(ARGUMENTS, [])
    how = {"arguments": arguments, "origin": origin, "threads": asked.threads, "result_sha256": sha256(out)}
    write_text(manifest, work.manifest(config, result, digests, **how))


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


def warn_of_clip(clip: Clip, warn: Callable[[str], None]) -> None:
    """Warn of what was done to a clip, and of its distortion, which will be in the result."""
    for note in clip.notes:
        warn(f"{clip.path}: {note}")
    if clip.clipped:
        told = f"{clip.path} is clipped: {clip.clipped} samples stand at full scale"
        warn(f"{told}; the texture will have that distortion too")


def _summary(out: Path | None, result: Synthesis, config: Config) -> str:
    """One line: what was written, and how well the work ended."""
    from texturize.errors import printable

    channels, n = result.samples.shape if result.samples.ndim == 2 else (1, result.samples.shape[0])
    what = in_words(n, result.sample_rate, channels, config.output.subtype)
    history = [losses for losses in result.losses.values() if len(losses)]
    loss = f"loss {history[-1][-1]:.3g} (from {history[-1][0]:.3g})" if history else "no loss"
    name = printable(str(out or "standard output"))
    return f"{name}: {what}; {loss}; {result.status.sentence}; {sum(result.times.values()):.1f} s"
