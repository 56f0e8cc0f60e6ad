"""`texturize invert`: from a spectrogram to a sound."""

from __future__ import annotations

from typing import Any

import click

from texturize.cli.support.delivery_options import Budget, Number
from texturize.cli.support.inversion_options import INVERSION_OPTIONS, TRANSFORM_OPTIONS
from texturize.cli.support.options import debug_option, quiet_option
from texturize.cli.support.sounds import SOUND


@click.command(short_help="Make a sound of a spectrogram: magnitudes, decibels, mel bands.")
@click.argument("spectrogram", type=SOUND, required=False)
@click.option("--like", type=SOUND, metavar="SOUND", help="Take the magnitudes of a sound, to hear what a method does.")
@click.option("-o", "--output", metavar="OUT", help="Result: .wav, .flac, ...; - is WAV on standard output.")
@click.option("--sample-rate", type=click.IntRange(1000, 384_000), metavar="HZ", help="Of the spectrogram's sound.")
@TRANSFORM_OPTIONS
@INVERSION_OPTIONS
@click.option("--budget", type=Budget(), metavar="SECONDS", help="Time that all of it may take: fewer iterations.")
@click.option("--subtype", metavar="FORMAT", help="Sample format: PCM_16, PCM_24, FLOAT, ... [default: OUT's usual]")
@click.option(
    "--length", type=Number("a length in seconds", 0, min_open=True), metavar="SECONDS", help="Of the result."
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@quiet_option
@debug_option
@click.pass_context
def invert(ctx: click.Context, /, **asked: Any) -> None:
    """Make the sound of SPECTROGRAM, a .npy or .npz file of magnitudes, powers, decibels, logarithms or mel bands.

    Bins by frames (librosa, PyTorch) or frames by bins (TensorFlow), also with channels before. The parameters are
    those of the transform that the spectrogram was made with. At the end it says how near the sound's own is to it.

    \b
    Example:
      texturize invert magnitudes.npy -o out.wav --sample-rate 22050
      texturize invert mel.npz --array mel --kind mel-db --sample-rate 22050 --n-fft 1024 --hop 256 -o out.wav
      texturize invert --like rain.wav --kind mel --mels 80 -o rain.mel80.wav
    """
    from texturize.cli.support.inverting import invert_file

    invert_file(ctx, asked)
