"""`texturize inspect`: what a clip is like, whether it is a texture, and the command that makes one from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.options import debug_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from texturize.inspection import Inspection


@click.command(short_help="Say what a clip is like, and how to make a texture from it.")
@click.argument("clip", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON; what is not defined is null.")
@debug_option
def inspect(clip: Path, as_json: bool) -> None:
    """Say what CLIP is like, whether it is a texture, and which stretch and preset to make one with.

    \b
    Example:
      texturize inspect rain.wav
      texturize inspect rain.wav --json
    """
    from texturize.audio import read_audio
    from texturize.errors import AudioError
    from texturize.inspection import inspect_clip

    try:
        inspection = inspect_clip(read_audio(clip))
    except AudioError as error:
        if str(clip) in error.what:
            raise
        raise AudioError(f"{clip}: {error.what}", error.remedy) from None
    if as_json:
        import json

        values = inspection.to_dict() | {"command": inspection.command(str(clip))}
        click.echo(json.dumps(values, indent=2, allow_nan=False))
        return
    for name, value, remark in rows(inspection):
        click.echo(f"{name:<16}{value:<26}{remark}".rstrip())
    for warning in inspection.warnings:
        click.echo(f"Warning: {warning}")
    click.echo(f"\n{inspection.command(str(clip))}")


def rows(clip: Inspection) -> Iterator[tuple[str, str, str]]:
    """Name, value and remark of each figure."""
    plural = "s" if clip.channels > 1 else ""
    yield "sound", f"{clip.sample_rate} Hz, {clip.channels} channel{plural}", f"{clip.format}, {clip.subtype}"
    yield "duration", f"{clip.duration:.2f} s", f"use {clip.stretch.start:g} to {clip.stretch.end:g} s"
    loud = "-" if clip.loudness is None else f"{clip.loudness:.1f} LUFS"
    yield "loudness", loud, f"peak {clip.peak:.1f} dBFS, {clip.clipped} samples clipped"
    yield (
        "steadiness",
        f"+-{clip.level_deviation:.1f} dB, drift {clip.level_drift:+.1f} dB",
        "level in windows of 0.5 s",
    )
    yield "pitches", f"{100 * clip.harmonic:.0f} % of the time", "changing ones; of speech 30 to 60 %"
    if clip.period is None or clip.period_strength is None:
        yield "period", "none", ""
    else:
        yield "period", f"{clip.period:.3g} s", f"strength {clip.period_strength:.2f}"
    yield "its own halves", f"distance {clip.self_distance:.2f}", "texture distance, about 1 for a texture"
    copied = f"{clip.copying_short:.2f}, {clip.copying_long:.2f}"
    yield "", f"copying {copied}", "50 and 250 ms: what a fresh excerpt shows"
    cut = "" if clip.cut_off is None else f"cut off at {clip.cut_off / 1000:.1f} kHz"
    yield "bandwidth", f"{clip.bandwidth / 1000:.1f} kHz", cut
    if clip.coherence is not None and clip.mono is not None:
        yield "stereo", f"coherence {clip.coherence:.2f}", f"sum to mono {clip.mono:+.1f} dB"
    yield "a texture", "yes" if clip.texture else "no", ""
