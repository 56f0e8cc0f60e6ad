"""`texturize synth`: from a clip to a new texture."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.options import config_options, debug_option

if TYPE_CHECKING:
    from texturize.audio import Clip
    from texturize.config import Config
    from texturize.synthesis import Synthesis


def _finite(_ctx: click.Context, _param: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a length in seconds.")
    return value


@dataclass(frozen=True)
class Targets:
    """Where results go; no output path is standard output."""

    output: Path | None
    picture: Path | None
    manifest: Path | None
    force: bool

    def check(self, source: Path) -> None:
        """Refuse what could not be written."""
        from texturize.atomic import check_target
        from texturize.audio import format_of
        from texturize.errors import OutputError

        if self.output is not None:
            format_of(self.output)
        if self.picture is not None and self.picture.suffix.lower() != ".png":
            raise OutputError(f"{self.picture}: a picture is written as PNG", "use the ending .png")
        for path in (self.output, self.picture, self.manifest):
            if path is None:
                continue
            if path.exists() and source.exists() and path.samefile(source):
                raise OutputError(f"{path} is the input itself", "choose another with -o")
            check_target(path, force=self.force)


@click.command(short_help="Make a new texture from a clip.")
@click.argument("input", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="Result: .wav, .flac, .ogg, .mp3, .aiff; - is WAV on standard output. [default: INPUT.texture.wav here]",
)
@config_options
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of the noise it starts from. [default: 0]")
@click.option(
    "--duration",
    type=click.FloatRange(0, min_open=True),
    callback=_finite,
    metavar="SECONDS",
    help="Length of the result. [default: that of INPUT]",
)
@click.option("--picture", type=click.Path(path_type=Path), metavar="PNG", help="Draw both spectrograms too.")
@click.option("--manifest", is_flag=True, help="Write OUT.json too: config, seed, input hash, figures, losses.")
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
    duration: float | None,
    picture: Path | None,
    manifest: bool,
    force: bool,
    threads: int | None,
    quiet: bool,
) -> None:
    """Make a new texture from the clip INPUT: same sample rate, channels and, unless told otherwise, length.

    Ctrl-C ends the work early and writes the best so far; a second Ctrl-C quits at once.

    \b
    Example:
      texturize synth rain.wav
      texturize synth rain.wav -o rain-long.flac -c best --duration 30 --seed 7
    """
    out = None if output == "-" else Path(output) if output else Path(f"{input.stem}.texture.wav")
    if manifest and out is None:
        raise click.UsageError("--manifest needs a file name for the result, not -o -.")
    if threads is not None:
        from texturize.cli.threads import limit_threads

        limit_threads(threads)

    from texturize.audio import check_format, clipped_samples, format_of, read_audio, subtype_for
    from texturize.cli.group import ORIGIN
    from texturize.cli.interrupts import interrupts
    from texturize.cli.progress import progress_bars
    from texturize.errors import AudioError
    from texturize.presets import load_config

    config = load_config(source, overrides, {} if seed is None else {"seed": seed})
    ctx.meta.setdefault(ORIGIN, (source, overrides))
    targets = Targets(out, picture, Path(f"{out}.json") if manifest else None, force)
    targets.check(input)
    clip = read_audio(input)
    ending = out.suffix.lower() if out is not None else ".wav"
    subtype = subtype_for("WAV" if out is None else format_of(out), clip.subtype, ending)
    if out is not None:
        check_format(out, clip.sample_rate, clip.channels, subtype)

    from texturize import synthesis
    from texturize.cache import use_compilation_cache

    use_compilation_cache()
    warned: list[str] = []

    def warn(text: str) -> None:
        if text not in warned:
            click.echo(f"Warning: {text}", err=True)
        warned.append(text)

    if clipped := clipped_samples(clip.samples):
        warn(f"{input} is clipped: {clipped} samples stand at full scale; the texture will have that distortion too")
    try:
        for text in synthesis.check(clip.samples, clip.sample_rate, config):
            warn(text)
    except AudioError as error:
        raise AudioError(f"{input}: {error.what}", error.remedy) from None

    with interrupts(lambda: click.echo("Stopping; once more to quit at once", err=True)) as signals:
        with progress_bars(quiet) as progress:
            result = signals.run(
                lambda: synthesis.synthesize(
                    clip.samples,
                    clip.sample_rate,
                    config=config,
                    duration=duration,
                    progress=progress,
                    stop=signals.stopped,
                )
            )
        for text in result.warnings:
            warn(text)
        _write(ctx, targets, clip, config, result, subtype, threads)
        stopped = signals.stopped()

    if not quiet:
        click.echo(_summary(out, result, subtype), err=out is None)
    if result.status.name == "NOT_FINITE":
        warn(f"{result.status.sentence}; {result.status.remedy}")
    if stopped:
        click.echo(f"Interrupted: {result.status.sentence}; {result.status.remedy}", err=True)
        ctx.exit(130)


def _write(
    ctx: click.Context,
    targets: Targets,
    clip: Clip,
    config: Config,
    result: Synthesis,
    subtype: str,
    threads: int | None,
) -> None:
    """Write the sound, and what else was asked for."""
    from texturize.audio import write_audio

    if targets.output is None:
        write_audio(sys.stdout.buffer, result.samples, result.sample_rate, subtype)
        sys.stdout.buffer.flush()
    else:
        write_audio(targets.output, result.samples, result.sample_rate, subtype)
    if targets.picture is not None:
        from texturize.picture import draw_spectrograms

        draw_spectrograms(targets.picture, clip.samples, result.samples, clip.sample_rate)
    if targets.manifest is not None:
        from texturize.atomic import write_text
        from texturize.cli.group import ARGUMENTS, ORIGIN
        from texturize.manifest import manifest_json, quality_figures

        arguments, figures = ctx.meta.get(ARGUMENTS, []), quality_figures(clip, result)
        text = manifest_json(clip, config, result, arguments, origin=ctx.meta[ORIGIN], threads=threads, figures=figures)
        write_text(targets.manifest, text)


def _summary(out: Path | None, result: Synthesis, subtype: str) -> str:
    """One line: what was written, and how well the work ended."""
    channels, n = result.samples.shape if result.samples.ndim == 2 else (1, result.samples.shape[0])
    what = (
        f"{n / result.sample_rate:.2f} s, {result.sample_rate} Hz, {channels} channel{'s' * (channels > 1)}, {subtype}"
    )
    history = [losses for losses in result.losses.values() if len(losses)]
    loss = f"loss {history[-1][-1]:.3g} (from {history[-1][0]:.3g})" if history else "no loss"
    return f"{out or 'standard output'}: {what}; {loss}; {result.status.sentence}; {sum(result.times.values()):.1f} s"
