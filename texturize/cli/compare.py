"""`texturize compare`: how a result compares to its reference, for people and for programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.support.options import debug_option
from texturize.cli.support.sounds import SOUND, read_sound

if TYPE_CHECKING:
    from texturize.compare import Comparison


@click.command(short_help="Judge a result by its reference.")
@click.argument("reference", type=SOUND)
@click.argument("result", type=SOUND)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; what is not defined is null.")
@debug_option
def compare(reference: Path, result: Path, as_json: bool) -> None:
    """Judge RESULT by REFERENCE: texture distance, events, copying, rhythm, level, seam, stereo image.

    A distance of 1 is what another excerpt of the same recording would show; the verdict as a whole is that of the
    worst figure. Copying and retelling go from what a fresh excerpt shows (the baseline) to 1, a splice of the
    reference.

    \b
    Example:
      texturize compare rain.wav rain.texture.wav
      texturize compare rain.wav rain.texture.wav --json
    """
    from texturize.compare import compare as compare_sounds

    ref, res = read_sound(reference), read_sound(result)
    comparison = compare_sounds(ref.samples, res.samples, ref.sample_rate, res.sample_rate)
    if as_json:
        import json

        click.echo(json.dumps(comparison.to_dict(), indent=2, allow_nan=False))
    else:
        _print(comparison)


def _print(comparison: Comparison) -> None:
    from rich.console import Console
    from rich.table import Table

    from texturize.compare.verdicts import rows

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("verdict", overflow="fold")
    for row in rows(comparison):
        table.add_row(*row)
    console = Console(highlight=False)
    console.print(table)
    for note in comparison.notes:
        console.print(f"Note: {note}", markup=False)
