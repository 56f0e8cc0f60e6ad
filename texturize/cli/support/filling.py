"""What `fill` and `extend` do: check, make what is new, and write the recording with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.support.fill_options import FillAsked
from texturize.cli.support.result_paths import ResultPaths
from texturize.cli.support.sounds import in_words
from texturize.cli.support.threads import hold_threads
from texturize.cli.support.warner import Warner

if TYPE_CHECKING:
    from texturize.cli.support.interrupts import Interrupts
    from texturize.config import Config
    from texturize.files.pieces import Form
    from texturize.files.recording import Recording
    from texturize.synthesis.fill.gaps import Gap
    from texturize.synthesis.fill.run import Filled, FillRun


@dataclass(frozen=True)
class FillJob:
    """A recording, what is to be made for it, and where that goes."""

    input: Path
    command: str
    """Its name."""
    recording: Recording
    run: FillRun
    config: Config
    targets: ResultPaths
    form: Form
    loop: bool
    asked: FillAsked


def fill_recording(
    ctx: click.Context,
    asked: FillAsked,
    config: Config,
    input_: Path,
    run: str,
    gaps: Callable[[Recording], list[Gap]],
) -> None:
    """Make what is new in the gaps of a recording, as a command of the name ``run``, and write it."""
    asked = replace(asked, threads=hold_threads(config, asked.threads))
    if asked.output == "-":
        raise click.UsageError("The result needs a file name, not -o -.")

    from texturize.cli.group import WRITTEN
    from texturize.cli.support.interrupts import interrupts
    from texturize.files.recording import open_recording

    warn = Warner()
    start = time.perf_counter()
    recording = open_recording(input_)
    for note in recording.notes:
        warn(f"{input_}: {note}")
    found = gaps(recording)
    if not found:
        click.echo(f"{input_}: nothing to mend was found")
        return
    job = _job(input_, recording, found, config, run, asked, warn)
    if asked.dry_run:
        for index in range(len(job.run.gaps)):
            click.echo(_plan_line(job, index))
        return
    with interrupts() as signals:
        for index in range(config.output.variations):
            fills = _made(job, config.seed + index, signals)
            _write(ctx, job, index, fills, warn)
            ctx.meta[WRITTEN] = index + 1
            if not asked.quiet:
                _tell(job, index, fills, time.perf_counter() - start)
            if signals.stopped():
                click.echo("Interrupted: what is new was stopped early, and is the best so far", err=True)
                ctx.exit(130)


def _job(
    input_: Path,
    recording: Recording,
    found: list[Gap],
    config: Config,
    command: str,
    asked: FillAsked,
    warn: Callable[[str], None],
) -> FillJob:
    """Everything that can be checked before the run."""
    from texturize.errors import AudioError, naming
    from texturize.files.formats import check_format, check_subtype
    from texturize.files.recording import EXACT
    from texturize.files.splicing import carries_loops, check_room, form_of, usual_path
    from texturize.synthesis.fill.gaps import Part, check_gaps
    from texturize.synthesis.fill.run import FillRun

    sr = recording.sample_rate
    out = Path(asked.output) if asked.output else usual_path(recording, f"{command}ed")
    targets = ResultPaths(out, asked.picture, asked.manifest, asked.force, config.output.variations, asked.report)
    if not asked.dry_run:
        targets.check([input_])
    form = form_of(recording, out, config.output.subtype)
    check_subtype(out, form.subtype)
    check_format(out, sr, recording.channels, form.subtype)
    with naming(str(input_), AudioError):
        ordered = check_gaps(found, recording.frames, sr)
        learn = tuple(Part(*part) for part in asked.learn)
        run = FillRun(recording, sr, ordered, learn, config)
        run.check()
    added = sum(gap.n - (gap.stop - gap.start) for gap in ordered)
    if not asked.dry_run:
        check_room(recording, out, form, added)
    if not recording.lossless and asked.output is None:
        warn(f"{input_} is {recording.subtype}, which would be encoded anew: the result is {out}, which loses nothing")
    elif form.subtype not in EXACT:
        warn(f"{out} is encoded anew: outside the stretches it is not the same bits; a .wav or .flac file is")
    loop = any(gap.closed for gap in ordered)
    if loop and not carries_loops(form):
        warn(f"{out.suffix} files carry no loop marks: the result loops as a whole")
    _warn_of_surroundings(run, warn)
    return FillJob(input_, command, recording, run, config, targets, form, loop, asked)


def _warn_of_surroundings(run: FillRun, warn: Callable[[str], None]) -> None:
    """Say of what is learnt from that it is no texture, if it is none."""
    from texturize.inspection.measures import harmonic_share
    from texturize.inspection.remarks import HARMONIC
    from texturize.synthesis.fill.gaps import named

    for index, gap in enumerate(run.gaps):
        if run.is_short(gap):
            continue
        clip = run.surroundings(index).clip
        if harmonic_share(clip.mean(axis=0, dtype=float), run.sr) >= HARMONIC:
            warn(
                f"around the stretch {named(gap, run.sr)} pitches change, as in speech and music: what is new will be "
                "babble of the right colour; name a stretch of room tone with --learn, or repair it in an editor"
            )


def _made(job: FillJob, seed: int, signals: Interrupts) -> list[Filled]:
    """Do the work, in a thread that signals can stop, with progress."""
    from texturize.cli.support.progress import progress_bars
    from texturize.runtime.cache import distrust, use_compilation_cache

    use_compilation_cache()
    if why := distrust():
        Warner()(why)
    with progress_bars(job.asked.quiet) as progress:
        return signals.run(lambda: list(job.run.fills(seed, progress, signals.stopped)))


def _write(ctx: click.Context, job: FillJob, index: int, fills: Sequence[Filled], warn: Warner) -> None:
    """Write the recording with what is new, and what goes with it."""
    from texturize.cli.group import ARGUMENTS
    from texturize.files.atomic import write_text
    from texturize.files.pieces import Piece
    from texturize.files.splicing import write_spliced

    for one in fills:
        for note in one.notes:
            warn(note)
    out, picture, manifest = job.targets.of(index)
    assert out is not None
    seed = job.config.seed + index
    pieces = [Piece(one.gap.start, one.gap.stop, one.samples) for one in fills]
    write_spliced(
        out,
        job.recording,
        pieces,
        job.form,
        seed=seed if job.config.output.dither else None,
        loop=job.loop,
        replace=job.asked.force,
    )
    if picture is not None:
        from texturize.cli.support.fill_views import draw

        draw(picture, job.recording, fills)
    if manifest is not None:
        from texturize.manifest.filling import fill_manifest_of

        told = fill_manifest_of(
            job.input,
            job.recording,
            fills,
            job.config.of_seed(seed),
            ctx.meta.get(ARGUMENTS, []),
            run=job.command,
            learn=job.asked.learn,
            out=out,
            threads=job.asked.threads,
        )
        write_text(manifest, told.to_json())
    if job.asked.report is not None and index == 0:
        from texturize.cli.support.fill_views import write_page

        write_page(job.asked.report, job.recording, fills, out.name, force=job.asked.force)


def _plan_line(job: FillJob, index: int) -> str:
    """One line: what would be made, and from what."""
    from texturize.synthesis.fill.gaps import named

    gap, sr = job.run.gaps[index], job.recording.sample_rate
    if job.run.is_short(gap):
        return f"{named(gap, sr)}: {1000 * gap.n / sr:.1f} ms, bridged from what is next to it"
    return f"{named(gap, sr)}: {gap.n / sr:.3f} s of new sound, {_learnt(job.run.surroundings(index).parts)}"


def _learnt(parts: Sequence[tuple[float, float]]) -> str:
    return "learnt from " + " and ".join(f"{start:.2f}-{end:.2f} s" for start, end in parts)


def _tell(job: FillJob, index: int, fills: Sequence[Filled], seconds: float) -> None:
    """What was made, a line for each stretch, and what was written."""
    from texturize.errors import printable
    from texturize.synthesis.fill.gaps import named

    sr = job.recording.sample_rate
    for one in fills:
        if one.status is None:
            click.echo(f"{named(one.gap, sr)}: {1000 * one.gap.n / sr:.1f} ms bridged from what is next to it")
            continue
        loss = f"; loss {one.losses[1]:.3g} (from {one.losses[0]:.3g})" if one.losses else ""
        differ = f"; goes over {one.difference:.0f} dB from side to side" if one.difference >= 1 else ""
        made = f"{one.gap.n / sr:.3f} s of new sound, {_learnt(one.parts)}"
        click.echo(f"{named(one.gap, sr)}: {made}{differ}{loss}; {one.status.sentence}")
    frames = job.recording.frames + sum(one.gap.n - (one.gap.stop - one.gap.start) for one in fills)
    what = in_words(frames, sr, job.recording.channels, job.form.subtype)
    click.echo(f"{printable(str(job.targets.of(index)[0]))}: {what}; {seconds:.1f} s")
