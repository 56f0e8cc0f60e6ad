"""`texturize morph`: a texture between those of several clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.support.run_options import Asked, run_options
from texturize.cli.support.sounds import SOUND

if TYPE_CHECKING:
    from texturize.cli.support.inputs import RunInputs


def read_inputs(*paths: Path, mix: str) -> RunInputs:
    """The clips, to mix: results have the first one's sample format, the highest rate and the most channels."""
    from texturize.cli.support.inputs import RunInputs
    from texturize.files.audio import read_audio
    from texturize.synthesis.morphing import MorphSources

    clips = tuple(read_audio(path) for path in paths)
    rates = tuple(clip.sample_rate for clip in clips)
    widest = max(clips, key=lambda clip: clip.channels)
    names = [path.name for path in paths]
    return RunInputs(
        command="morph",
        clips=clips,
        learnt=clips,
        sources=MorphSources([clip.samples for clip in clips], rates, mix, [str(path) for path in paths]),
        clip=replace(widest, sample_rate=max(rates), subtype=clips[0].subtype),
        title=f"{' and '.join(names)}, mix {mix}",
        panels=(*names, f"mix {mix}"),
        options={"mix": mix},
    )


@click.command(short_help="Make a texture between those of clips.")
@click.argument("inputs", metavar="A B [C]...", type=SOUND, nargs=-1, required=True)
@click.option(
    "--mix",
    metavar="SHARES",
    help="Share of B, or the shares of all as 0.5,0.3,0.2; 0:1 changes from A to B on the way. [default: equal shares]",
)
@run_options("A+B.texture.wav")
@click.pass_context
def morph(ctx: click.Context, inputs: tuple[Path, ...], mix: str | None, asked: Asked) -> None:
    """Make a texture between those of clips A, B, ...: their statistics are mixed, not their sounds.

    At 0 it is the texture of A, at 1 that of B, and half way it is no layering of the two but one texture with half of
    the properties of each. Rate and channels are the highest of the clips', the length is the shortest's; loudness lies
    between. A mix that changes on the way, as 0:1 does, goes in steps of a few seconds, and needs 8 s at least.

    \b
    Example:
      texturize morph rain.wav fire.wav --mix 0.3
      texturize morph rain.wav fire.wav wind.wav --mix 0.5,0.3,0.2 --duration 60 --loop
      texturize morph rain.wav fire.wav --mix 0:1 --duration 30 -o rain-becomes-fire.wav
    """
    from texturize.cli.support.making import make_results
    from texturize.errors import ConfigError
    from texturize.synthesis.mix_weights import mix_path

    if len(inputs) < 2:
        raise click.UsageError("a morph needs at least two clips; `texturize synth` makes a texture of one.")
    shares = mix or ",".join("1" * len(inputs))
    try:
        mix_path(shares, len(inputs))
    except ConfigError as error:
        raise click.UsageError(f"--mix: {error}") from None

    usual = f"{'+'.join(path.stem for path in inputs)}.texture.wav"
    make_results(ctx, asked.order(), inputs, usual, lambda: read_inputs(*inputs, mix=shares))
