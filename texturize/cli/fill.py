"""`texturize fill`: stretches of a recording made anew, in the texture of what surrounds them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.support.fill_options import FillAsked, Length, PlaceType, fill_options
from texturize.cli.support.sounds import SOUND

if TYPE_CHECKING:
    from texturize.files.recording import Recording
    from texturize.synthesis.fill.gaps import Gap


@click.command(short_help="Mend a hole in a recording: new sound that continues both sides.")
@click.argument("input", type=SOUND)
@click.option(
    "--at",
    "places",
    type=PlaceType(),
    multiple=True,
    metavar="START-END",
    help="Stretch to make anew, in seconds or m:s, such as 12.3-13.1; may be repeated. With --insert, a time.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Stretches of a file: Audacity's label track, or a table with start and end.",
)
@click.option("--detect", is_flag=True, help="Find digital silence, dropouts and clipping, list them, and mend them.")
@click.option(
    "--insert", type=Length(), metavar="SECONDS", help="Put so much new sound at each time of --at, and move the rest."
)
@fill_options("INPUT.filled.wav")
@click.pass_context
def fill(
    ctx: click.Context,
    input: Path,  # noqa: A002
    places: tuple[tuple[float, float], ...],
    labels: Path | None,
    detect: bool,
    insert: float | None,
    asked: FillAsked,
) -> None:
    """Make stretches of the recording INPUT anew, in the texture of what surrounds them. What is new continues both
    sides; every other sample stays the same bits, in the same format, with the file's tags and marks.

    It takes a cough out of room tone, mends a dropout in rain, and joins two takes. What is said or played in a stretch
    does not come back. A stretch of less than 20 ms is bridged at once; of several minutes' recording only what is
    around the stretches is read into memory.

    \b
    Example:
      texturize fill room.wav --at 12.3-13.1
      texturize fill rain.flac --detect --dry-run
      texturize fill takes.wav --labels labels.txt --learn 4-10 -o mended.wav
      texturize fill room.wav --insert 5s --at 1:00
    """
    from texturize.cli.support.filling import fill_recording

    if not places and labels is None and not detect:
        raise click.UsageError("Say which stretches: --at START-END, --labels FILE or --detect.")
    if insert is not None and (labels is not None or detect):
        raise click.UsageError("--insert goes with --at, not with --labels or --detect.")
    if insert is None and any(start == end for start, end in places):
        raise click.UsageError("--at START-END needs an end; a single time goes with --insert SECONDS.")

    def gaps(recording: Recording) -> list[Gap]:
        from texturize.synthesis.fill.faults import find_faults
        from texturize.synthesis.fill.gaps import Gap
        from texturize.synthesis.fill.stretches import read_labels

        sr = recording.sample_rate
        stretches = [*places, *(read_labels(labels) if labels is not None else [])]
        found = [(round(start * sr), round(end * sr)) for start, end in stretches]
        for fault in find_faults(recording, sr) if detect else ():
            start, stop = fault.start / sr, fault.stop / sr
            told = f"{start:.3f}-{stop:.3f} s: {fault.kind}, {1000 * (stop - start):.1f} ms"
            click.echo(told, err=not asked.dry_run)
            if not any(a < fault.stop and fault.start < b for a, b in found):
                found.append((fault.start, fault.stop))
        return [Gap(start, stop, stop - start if insert is None else round(insert * sr)) for start, stop in found]

    fill_recording(ctx, asked, asked.config(), input, "fill", gaps)
