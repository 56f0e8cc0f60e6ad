"""`texturize inspect`: what a clip is like, whether it is a texture, and the command that makes one from it."""

from __future__ import annotations

from pathlib import Path

import click

from texturize.cli.support.options import debug_option
from texturize.cli.support.sounds import SOUND


@click.command(short_help="Say what a clip is like, and how to make a texture from it.")
@click.argument("clip", type=SOUND)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; what is not defined is null.")
@debug_option
def inspect(clip: Path, as_json: bool) -> None:
    """Say what CLIP is like, whether it is a texture, and which stretch and preset to make one with.

    \b
    Example:
      texturize inspect rain.wav
      texturize inspect rain.wav --json
    """
    from texturize.errors import AudioError, naming
    from texturize.files.audio import read_audio
    from texturize.inspection.inspection import inspect_clip
    from texturize.inspection.rows import rows

    sound = read_audio(clip)
    with naming(str(clip), AudioError):
        inspection = inspect_clip(sound)
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
