"""Options for the part of a clip that is learnt from, for the result as it is handed over, and for what it may take."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import Any

import click

from texturize.cli.support.options import gathered


class Number(click.FloatRange):
    """A finite number within a range."""

    def __init__(self, unit: str, least: float, most: float | None = None, *, min_open: bool = False) -> None:
        super().__init__(least, most, min_open=min_open)
        self.unit = unit

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Refuse what is no number to work with, before the range."""
        number = float(click.FLOAT.convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{number} is not {self.unit}.", param, ctx)
        return float(super().convert(number, param, ctx))


class Budget(Number):
    """Seconds, as 30, 30s or 2m."""

    def __init__(self) -> None:
        super().__init__("a time in seconds", 0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Take a unit of s or m."""
        text = str(value).strip().lower()
        unit = text[-1:] if text.endswith(("s", "m")) else ""
        return (60 if unit == "m" else 1) * super().convert(text.removesuffix(unit), param, ctx)


_LENGTH = Number("a length in seconds", 0, min_open=True)
_TIME = Number("a time in seconds", 0)

OPTIONS = {
    "audio.start": click.option("--start", type=_TIME, metavar="SECONDS", help="Learn from here on. [default: 0]"),
    "audio.end": click.option("--end", type=_LENGTH, metavar="SECONDS", help="Learn up to here. [default: the end]"),
    "audio.brightness": click.option(
        "--brightness",
        type=Number("a tilt in dB per octave", -12, 12),
        metavar="DB",
        help="Learn from a brighter clip: tilted by DB per octave, darker below 0. [default: 0]",
    ),
    "output.duration": click.option(
        "--duration",
        type=_LENGTH,
        metavar="SECONDS",
        help="Length of the result. [default: that of what is learnt from]",
    ),
    "output.loop": click.option(
        "--loop",
        is_flag=True,
        default=None,
        help="Make a loop: its end continues into its start, and WAV, AIFF, FLAC and Ogg carry marks.",
    ),
    "output.variations": click.option(
        "--variations", type=click.IntRange(1, 10_000), metavar="N", help="Make N results: OUT.1.wav, OUT.2.wav, ..."
    ),
    "output.joinable": click.option(
        "--joinable",
        is_flag=True,
        default=None,
        help="Variations share their ends, so that any can follow any without a seam.",
    ),
    "output.loudness": click.option(
        "--loudness",
        type=Number("a loudness in LUFS", -60, 0),
        metavar="LUFS",
        help="Integrated loudness of the result. [default: that of what is learnt from]",
    ),
    "output.true_peak": click.option(
        "--true-peak",
        type=Number("a level in dBTP", -30, 0),
        metavar="DBTP",
        help="Turn all of it down where its true peak would be above this. [default: limit peaks, by 3 dB at most]",
    ),
    "output.sample_rate": click.option(
        "--sample-rate", type=click.IntRange(8000, 192_000), metavar="HZ", help="Of the result. [default: INPUT's]"
    ),
    "output.subtype": click.option(
        "--subtype",
        metavar="FORMAT",
        callback=lambda _ctx, _param, value: value and value.upper(),
        help="Sample format: PCM_16, PCM_24, FLOAT, ... [default: INPUT's, where OUT has it]",
    ),
    "output.dither": click.option(
        "--dither/--no-dither", default=None, help="Dither where samples are cut to 16 bits. [default: dither]"
    ),
    "output.fade_in": click.option("--fade-in", type=_TIME, metavar="SECONDS", help="Fade the start in. [default: 0]"),
    "output.fade_out": click.option("--fade-out", type=_TIME, metavar="SECONDS", help="Fade the end out. [default: 0]"),
    "numerics.deterministic": click.option(
        "--deterministic",
        is_flag=True,
        default=None,
        help="Give the same bytes every time: one CPU thread, float32; slower.",
    ),
    "numerics.device": click.option(
        "--device", type=click.Choice(["auto", "cpu", "gpu"]), help="Where to compute. [default: a GPU if there is one]"
    ),
    "numerics.max_memory": click.option(
        "--max-memory",
        type=Number("an amount of memory in GB", 0, min_open=True),
        metavar="GB",
        help="Most memory; long results are made in shorter segments to fit. [default: 80 % of what is free]",
    ),
    "numerics.budget": click.option(
        "--budget",
        type=Budget(),
        metavar="SECONDS",
        help="Time that all of it may take; filters and steps are left out to fit. [default: as long as it takes]",
    ),
}
"""By config key, whose last part is the option's name."""


def flags_of(keys: Iterable[str], given: dict[str, Any]) -> dict[str, Any]:
    """Values by config key, of those that were given, taken out of what a command is given."""
    values = {key: given.pop(key.rpartition(".")[2]) for key in keys}
    return {key: value for key, value in values.items() if value is not None}


delivery_options = gathered("flags", OPTIONS.values(), functools.partial(flags_of, OPTIONS))
"""Options that end up in the argument ``flags``: values by config key, of those that were given."""
