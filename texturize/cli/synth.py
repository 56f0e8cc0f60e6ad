"""`texturize synth`: from a clip to a new texture."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from texturize.cli.delivery_options import delivery_options
from texturize.cli.options import config_options, debug_option
from texturize.cli.synth_report import Page

if TYPE_CHECKING:
    from texturize.audio import Clip
    from texturize.cli.interrupts import Interrupts
    from texturize.config import Config
    from texturize.synthesis import Synthesis
    from texturize.trace_folder import TraceFolder


@dataclass(frozen=True)
class Targets:
    """Where results go; no output path is standard output."""

    output: Path | None
    picture: Path | None
    manifest: bool
    force: bool
    variations: int = 1
    report: Path | None = None
    trace: Path | None = None

    def of(self, index: int) -> tuple[Path | None, Path | None, Path | None]:
        """Sound, picture and manifest of one result."""
        from texturize.audio import variation_path
        from texturize.manifest import manifest_path

        output, picture = (
            path if path is None or self.variations == 1 else variation_path(path, index + 1)
            for path in (self.output, self.picture)
        )
        return output, picture, manifest_path(output) if self.manifest and output is not None else None

    def check(self, source: Path) -> None:
        """Refuse what could not be written."""
        from texturize.atomic import check_name, check_target
        from texturize.audio import format_of
        from texturize.errors import OutputError
        from texturize.paths import exists

        if self.output is not None:
            format_of(self.output)
        if self.picture is not None and self.picture.suffix.lower() != ".png":
            raise OutputError(f"{self.picture}: a picture is written as PNG", "use the ending .png")
        if self.report is not None:
            from texturize.cli.report import check_page

            check_page(self.report)
        for path in (self.report, *(path for index in range(self.variations) for path in self.of(index))):
            if path is None:
                continue
            check_name(path)
            if path.exists() and exists(source) and path.samefile(source):
                raise OutputError(f"{path} is the input itself", "choose another with -o")
            check_target(path, force=self.force)
            if self.trace is not None and self.trace.resolve() in path.resolve().parents:
                raise OutputError(f"{self.trace} is to hold {path} too", "name another folder for the trace")
        if self.trace is not None:
            from texturize.trace_folder import check_trace

            check_trace(self.trace, force=self.force)

    def with_subtype(self, config: Config, clip: Clip) -> Config:
        """Settle the sample format, and refuse one that the container cannot hold."""
        from texturize.delivery import settle_subtype

        path = self.output or Path("standard output.wav")
        return settle_subtype(config, path, clip.sample_rate, clip.channels, clip.subtype)


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


@click.command(short_help="Make a new texture from a clip.")
@click.argument("input", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="Result: .wav, .flac, .ogg, .opus, .mp3, .aiff; - is WAV on standard output. "
    "[default: INPUT.texture.wav here]",
)
@config_options
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of the noise it starts from. [default: 0]")
@delivery_options
@click.option("--picture", type=click.Path(path_type=Path), metavar="PNG", help="Draw both spectrograms too.")
@click.option("--manifest", is_flag=True, help="Write OUT.json too: config, seed, input hash, figures, losses.")
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="HTML", help="Write a page to hear, see and judge results by."
)
@click.option(
    "--trace",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a folder that shows how the texture grew: pictures, sounds, losses.",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.option(
    "--threads", type=click.IntRange(1), metavar="N", help="CPU threads; with 1 the same seed gives the same bytes."
)
@click.option("-q", "--quiet", is_flag=True, help="Print no progress and no result line.")
@debug_option
@click.pass_context
def synth(
    ctx: click.Context,
    input: Path,  # noqa: A002
    output: str | None,
    source: str | None,
    overrides: tuple[str, ...],
    seed: int | None,
    flags: Mapping[str, Any],
    picture: Path | None,
    manifest: bool,
    report: Path | None,
    trace: Path | None,
    force: bool,
    threads: int | None,
    quiet: bool,
) -> None:
    """Make a new texture from the clip INPUT: same rate, channels, loudness and length, unless told otherwise.

    Ctrl-C ends the work early and writes the best so far; a second Ctrl-C quits at once.

    \b
    Example:
      texturize synth rain.wav
      texturize synth rain.wav -o rain-long.flac -c best --duration 30 --seed 7
      texturize synth rain.wav --loop --variations 4 --duration 60
      texturize synth rain.wav --start 2 --end 8 --loudness -23 --true-peak -1 --sample-rate 48000 --subtype PCM_24
    """
    out = None if output == "-" else Path(output) if output else Path(f"{input.stem}.texture.wav")
    from texturize.cli.threads import limit_threads, settle_threads
    from texturize.presets import load_config

    config = load_config(source, overrides, {**flags, **({} if seed is None else {"seed": seed})})
    if (threads := settle_threads(config.numerics, threads)) is not None:
        limit_threads(threads)  # before NumPy and JAX are imported

    from texturize.audio import read_audio
    from texturize.cli.group import ORIGIN, WRITTEN
    from texturize.cli.interrupts import interrupts
    from texturize.manifest import sha256

    ctx.meta.setdefault(ORIGIN, (source, overrides))
    _check_combinations(config, out, manifest)
    targets = Targets(out, picture, manifest, force, config.output.variations, report, trace)
    targets.check(input)
    clip = read_audio(input)
    digest = sha256(input) if manifest else None
    warn = Warner()
    settled = targets.with_subtype(config, clip)
    _check(input, clip, settled, warn)
    page = None if report is None else Page(report, clip, config, force)
    if page is not None:
        page.check()
    results: list[Synthesis] = []
    with (
        _trace_folder(trace, force) as shown,
        interrupts(lambda: click.echo("Stopping; once more to quit at once", err=True)) as signals,
    ):
        for result in _synthesize(clip, settled, signals, quiet, shown):
            for text in result.warnings:
                warn(text)
            sound, picture_of, manifest_of = targets.of(len(results))
            _write_sound(ctx, sound, clip, settled, result, force)
            _write_picture(picture_of, clip, settled, result)
            _write_manifest(ctx, (sound, manifest_of), clip, config, result, threads, digest)
            results.append(result)
            ctx.meta[WRITTEN] = len(results)
            if not quiet:
                click.echo(_summary(sound, result, settled), err=out is None)
        if page is not None:
            names = [(targets.of(index)[0] or Path("standard output")).name for index in range(len(results))]
            page.write(ctx, names, results, threads)
        stopped = signals.stopped()

    last = results[-1]
    if len(results) > 1 and not quiet and not stopped:
        from texturize.cli.variations import print_variations

        print_variations(results, joinable=config.output.joinable)
    if last.status.name in ("NOT_FINITE", "OUT_OF_TIME"):
        warn(f"{last.status.sentence}; {last.status.remedy}")
    if stopped:
        if len(results) < config.output.variations:
            click.echo(f"{len(results)} of {config.output.variations} variations were written", err=True)
        click.echo(f"Interrupted: {last.status.sentence}; {last.status.remedy}", err=True)
        ctx.exit(130)


def _check_combinations(config: Config, out: Path | None, manifest: bool) -> None:
    """Refuse flags that do not go together."""
    output = config.output
    if manifest and out is None:
        raise click.UsageError("--manifest needs a file name for the result, not -o -.")
    if output.variations > 1 and out is None:
        raise click.UsageError(f"--variations {output.variations} needs a file name for the results, not -o -.")
    if output.joinable and output.variations == 1:
        raise click.UsageError("--joinable is about several results: add --variations 2 or more.")
    if output.joinable and (output.fade_in or output.fade_out):
        raise click.UsageError("--joinable results have no ends to fade: leave out the fades.")


def _check(path: Path, clip: Clip, config: Config, warn: Warner) -> None:
    """Refuse a clip that a synthesis would not work from, and warn of what will be heard."""
    from texturize import synthesis
    from texturize.audio import clipped_samples
    from texturize.errors import AudioError

    if clipped := clipped_samples(clip.samples):
        warn(f"{path} is clipped: {clipped} samples stand at full scale; the texture will have that distortion too")
    try:
        for text in synthesis.check(clip.samples, clip.sample_rate, config):
            warn(text)
    except AudioError as error:
        raise AudioError(f"{path}: {error.what}", error.remedy) from None


def _trace_folder(path: Path | None, force: bool) -> AbstractContextManager[TraceFolder | None]:
    """Folder for snapshots, written at the end of the block; nothing where none is asked for."""
    if path is None:
        return nullcontext()
    from texturize.trace_folder import TraceFolder

    return TraceFolder(path, force=force)


def _synthesize(
    clip: Clip, config: Config, signals: Interrupts, quiet: bool, trace: TraceFolder | None
) -> Iterator[Synthesis]:
    """Do the work, in a thread that signals can stop, with progress: results as they are made."""
    from texturize import synthesis
    from texturize.cache import use_compilation_cache
    from texturize.cli.progress import progress_bars

    use_compilation_cache()
    if not quiet and sys.stderr.isatty():
        expected = synthesis.estimate(clip.samples, clip.sample_rate, config)
        least, most = expected.seconds
        click.echo(f"About {expected.bytes / 1e9:.1f} GB of memory, and {least:.0f} to {most:.0f} s", err=True)
    with progress_bars(quiet) as progress:
        results = synthesis.variations(
            clip.samples, clip.sample_rate, config=config, progress=progress, stop=signals.stopped, trace=trace
        )
        while (result := signals.run(lambda: next(results, None))) is not None:
            yield result


def _write_sound(
    ctx: click.Context, out: Path | None, clip: Clip, config: Config, result: Synthesis, force: bool
) -> None:
    from texturize.cli.group import ORIGIN
    from texturize.delivery import write_result

    assert clip.path is not None
    target = sys.stdout.buffer if out is None else out
    write_result(target, result, config.output, clip.path.name, ctx.meta[ORIGIN], replace=force)
    if out is None:
        sys.stdout.buffer.flush()


def _write_picture(path: Path | None, clip: Clip, config: Config, result: Synthesis) -> None:
    if path is None:
        return
    from texturize.clip import excerpt
    from texturize.picture import draw_spectrograms

    learnt = excerpt(clip.samples, clip.sample_rate, config.audio)
    draw_spectrograms(path, learnt, result.samples, clip.sample_rate, result.sample_rate)


def _write_manifest(
    ctx: click.Context,
    paths: tuple[Path | None, Path | None],
    clip: Clip,
    config: Config,
    result: Synthesis,
    threads: int | None,
    digest: str | None,
) -> None:
    """Write what the result came from, with the config as asked for: what follows from the clip follows again."""
    sound, path = paths
    if sound is None or path is None:
        return
    from texturize.atomic import write_text
    from texturize.cli.group import ARGUMENTS, ORIGIN
    from texturize.manifest import manifest_json, quality_figures, sha256

    if not config.output.joinable:  # a variation is what its seed alone gives
        output = config.output.model_copy(update={"variations": 1})
        config = config.model_copy(update={"seed": result.seed, "output": output})
    arguments, figures = ctx.meta.get(ARGUMENTS, []), quality_figures(clip, result, config.audio)
    text = manifest_json(
        clip,
        config,
        result,
        arguments,
        origin=ctx.meta[ORIGIN],
        threads=threads,
        figures=figures,
        input_sha256=digest,
        result_sha256=sha256(sound),
    )
    write_text(path, text)


def _summary(out: Path | None, result: Synthesis, config: Config) -> str:
    """One line: what was written, and how well the work ended."""
    from texturize.errors import printable

    channels, n = result.samples.shape if result.samples.ndim == 2 else (1, result.samples.shape[0])
    rate = result.sample_rate
    what = f"{n / rate:.2f} s, {rate} Hz, {channels} channel{'s' * (channels > 1)}, {config.output.subtype}"
    history = [losses for losses in result.losses.values() if len(losses)]
    loss = f"loss {history[-1][-1]:.3g} (from {history[-1][0]:.3g})" if history else "no loss"
    name = printable(str(out or "standard output"))
    return f"{name}: {what}; {loss}; {result.status.sentence}; {sum(result.times.values()):.1f} s"
