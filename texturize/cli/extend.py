"""`texturize extend`: go on after a recording's end, or before its start, in its texture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.support.fill_options import FillAsked, Length, fill_options
from texturize.cli.support.sounds import SOUND

if TYPE_CHECKING:
    from texturize.files.recording import Recording
    from texturize.synthesis.fill.gaps import Gap


@click.command(short_help="Go on after a recording's end, or before its start.")
@click.argument("input", type=SOUND)
@click.option("--by", type=Length(), required=True, metavar="SECONDS", help="How much new sound, in seconds or m:s.")
@click.option("--before", is_flag=True, help="Put it before the start.")
@click.option("--loop", is_flag=True, help="Make the whole a loop: what is new goes on to the other end, too.")
@fill_options("INPUT.extended.wav")
@click.pass_context
def extend(
    ctx: click.Context,
    input: Path,  # noqa: A002
    by: float,
    before: bool,
    loop: bool,
    asked: FillAsked,
) -> None:
    """Go on after the end of the recording INPUT in its texture: what is new continues its last sound, and the
    recording itself stays the same bits. It is learnt from the steadiest part of its last 10 s.

    \b
    Example:
      texturize extend rain.wav --by 30
      texturize extend rain.wav --by 5 --before -o longer.flac
      texturize extend rain.wav --by 20 --loop
    """
    from texturize.cli.support.filling import fill_recording

    def gaps(recording: Recording) -> list[Gap]:
        from texturize.synthesis.fill.gaps import Gap

        at = 0 if before else recording.frames
        return [Gap(at, at, round(by * recording.sample_rate), loop)]

    fill_recording(ctx, asked, asked.config(), input, "extend", gaps)
