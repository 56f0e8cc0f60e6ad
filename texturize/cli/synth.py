"""`texturize synth`: from a clip to a new texture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.support.run_options import Asked, run_options
from texturize.cli.support.sounds import SOUND

if TYPE_CHECKING:
    from texturize.cli.support.inputs import RunInputs


def read_inputs(path: Path) -> RunInputs:
    """The clip, to make a texture of."""
    from texturize.cli.support.inputs import RunInputs
    from texturize.files.audio import read_audio
    from texturize.synthesis.sources import SynthSources

    clip = read_audio(path)
    sources = SynthSources(clip.samples, clip.sample_rate)
    return RunInputs("synth", (clip,), (clip,), sources, clip, path.name, ("clip", "texture made from it"))


@click.command(short_help="Make a new texture from a clip.")
@click.argument("input", type=SOUND)
@run_options(
    "INPUT.texture.wav",
    click.option(
        "--report",
        type=click.Path(path_type=Path),
        metavar="HTML",
        help="Write a page to hear, see and judge results by.",
    ),
)
@click.pass_context
def synth(ctx: click.Context, input: Path, report: Path | None, asked: Asked) -> None:  # noqa: A002
    """Make a new texture from the clip INPUT: same rate, channels, loudness and length, unless told otherwise.
    With - as INPUT, the clip is read from standard input.

    Ctrl-C ends the work early and writes the best so far; a second Ctrl-C quits at once.

    \b
    Example:
      texturize synth rain.wav
      texturize synth rain.wav -o rain-long.flac -c best --duration 30 --seed 7
      texturize synth rain.wav --loop --variations 4 --duration 60
      texturize synth rain.wav --start 2 --end 8 --loudness -23 --true-peak -1 --sample-rate 48000 --subtype PCM_24
    """
    from texturize.cli.support.making import make_results

    usual = f"{input.stem}.texture.wav"
    make_results(ctx, asked.order(), [input], usual, lambda: read_inputs(input), report)
