"""`texturize transfer`: a texture with the large-scale course of another sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from texturize.cli.support.delivery_options import Number
from texturize.cli.support.run_options import Asked, run_options
from texturize.cli.support.sounds import SOUND

if TYPE_CHECKING:
    from texturize.cli.support.inputs import RunInputs

DEPTH = "loss.course.depth"


def read_inputs(content: Path, style: Path) -> RunInputs:
    """The content to follow, and the style to make a texture of."""
    from texturize.cli.support.inputs import RunInputs
    from texturize.files.audio import read_audio
    from texturize.synthesis.transferring import TransferSources

    led, learnt = read_audio(content), read_audio(style)
    names = str(content), str(style)
    return RunInputs(
        command="transfer",
        clips=(led, learnt),
        learnt=(learnt,),
        sources=TransferSources(led.samples, led.sample_rate, learnt.samples, learnt.sample_rate, names),
        clip=learnt,
        title=f"{style} after {content}",
        panels=("content", "style", "result"),
    )


@click.command(short_help="Give a texture the course of another sound.")
@click.argument("content", type=SOUND)
@click.argument("style", type=SOUND)
@click.option(
    "--weight",
    type=Number("a share", 0, 1),
    metavar="SHARE",
    help="Share of the content's course, in decibels, that the result has, from 0 to 1. [default: 0.3]",
)
@run_options("CONTENT-STYLE.texture.wav")
@click.pass_context
def transfer(ctx: click.Context, content: Path, style: Path, weight: float | None, asked: Asked) -> None:
    """Make a texture of STYLE that swells and fades as CONTENT does: wind that breathes like a crowd.

    It follows the content's level below 4 Hz, as a whole and in six bands, and is as long. Nothing else is taken from
    it: no words, no pitch, no single attacks. It does not turn one voice into another, nor has it rain sing a melody.
    At weight 0 the texture swells as deep as it does anyway, but when the content does; towards 1 it has the content's
    full range, and is less and less the style's texture.

    \b
    Example:
      texturize transfer crowd.wav wind.wav
      texturize transfer speech.wav rain.wav --weight 0.5 --picture both.png
    """
    from texturize.cli.support.making import make_results

    flags: Mapping[str, Any] = {} if weight is None else {DEPTH: weight}
    usual = f"{content.stem}-{style.stem}.texture.wav"
    order = replace(asked, flags={**asked.flags, **flags}).order()
    make_results(ctx, order, [content, style], usual, lambda: read_inputs(content, style))
