"""Options of the transform that a spectrogram was made with, and of how it is inverted."""

from __future__ import annotations

import click

from texturize.cli.support.delivery_options import Number
from texturize.cli.support.options import all_of

_FREQUENCY = Number("a frequency in Hz", 0)
KIND_NAMES = (
    *("magnitude", "power", "db", "log", "log10", "log-power"),
    *("mel", "mel-magnitude", "mel-db", "mel-log", "mel-log10", "mel-log-power"),
)
METHODS = ("raar_accelerated", "accelerated", "fast_griffin_lim", "griffin_lim", "admm", "raar", "difference_map")

TRANSFORM_OPTIONS = all_of(
    click.option(
        "--kind", type=click.Choice(KIND_NAMES), default="magnitude", show_default=True, help="Of the values."
    ),
    click.option("--array", metavar="NAME", help="Array of a .npz file. [default: the only one with two axes]"),
    click.option(
        "--axes",
        type=click.Choice(["bins-frames", "frames-bins"]),
        help="Order of the last two axes. [default: told by the sizes]",
    ),
    click.option(
        "--n-fft", type=click.IntRange(2), metavar="N", help="Samples of a frame. [default: by the bins; 2048 for mel]"
    ),
    click.option(
        "--hop", type=click.IntRange(1), metavar="N", help="Samples from frame to frame. [default: window / 4]"
    ),
    click.option("--window", default="hann", show_default=True, metavar="NAME", help="Window, by SciPy's names."),
    click.option("--win-length", type=click.IntRange(2), metavar="N", help="Samples of the window. [default: n-fft]"),
    click.option(
        "--center/--no-center",
        default=True,
        help="Frames are centred at their times, or start there. [default: center]",
    ),
    click.option(
        "--pad-mode",
        type=click.Choice(["constant", "reflect", "edge"]),
        default="constant",
        show_default=True,
        help="What centred frames saw beyond the ends: zeros (librosa), a reflection (PyTorch), the last sample.",
    ),
    click.option(
        "--ref", type=Number("a magnitude", 0, min_open=True), default=1.0, help="Magnitude at 0 dB. [default: 1]"
    ),
    click.option(
        "--mels", type=click.IntRange(1), metavar="N", help="Mel bands. [default: as there are; 128 with --like]"
    ),
    click.option(
        "--fmin", type=_FREQUENCY, default=0.0, metavar="HZ", help="Start of the lowest mel band. [default: 0]"
    ),
    click.option("--fmax", type=_FREQUENCY, metavar="HZ", help="End of the highest mel band. [default: half the rate]"),
    click.option("--htk", is_flag=True, help="HTK's mel scale instead of Slaney's."),
    click.option(
        "--mel-norm",
        type=click.Choice(["slaney", "none"]),
        default="slaney",
        show_default=True,
        help="Mel filters of equal area, or with a peak of 1.",
    ),
)
"""Of the transform."""

INVERSION_OPTIONS = all_of(
    click.option("--iterations", type=click.IntRange(0, 1_000_000), default=100, show_default=True, metavar="N"),
    click.option("--method", type=click.Choice(METHODS), default=METHODS[0], show_default=True),
    click.option(
        "--init",
        type=click.Choice(["pghi", "random", "zero"]),
        default="pghi",
        show_default=True,
        help="Phase to start from: heap integration, chance, or none.",
    ),
    click.option("--momentum", type=Number("a momentum", 0, 2), default=0.99, show_default=True, metavar="ALPHA"),
    click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Of phases left to chance. [default: 0]"),
    click.option("--double", is_flag=True, help="Compute in float64: twice the time."),
    click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "gpu"]),
        default="auto",
        help="Where to compute. [default: a GPU if there is one]",
    ),
)
"""Of how it is inverted."""
