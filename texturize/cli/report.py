"""`texturize report`: a page to hear, see and judge results by."""

from __future__ import annotations

from pathlib import Path

import click

from texturize.cli.support.options import debug_option
from texturize.cli.support.sounds import SOUND


@click.command(short_help="Write a page to hear, see and judge results by.")
@click.argument("reference", type=SOUND)
@click.argument("results", metavar="RESULT...", type=SOUND, nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PAGE",
    help="HTML file. [default: REFERENCE.report.html here]",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@debug_option
def report(reference: Path, results: tuple[Path, ...], output: Path | None, force: bool) -> None:
    """Write a page to hear RESULTs beside REFERENCE, the clip they were made from, with spectrograms and all figures.

    It is one file that any browser opens, from a folder as from the web, and fetches nothing. A manifest beside a
    result, RESULT.json, gives the page its losses and config too.

    \b
    Example:
      texturize report rain.wav rain.texture.wav -o rain.html
      texturize report rain.wav take-*.wav -o takes.html
    """
    from texturize.errors import printable
    from texturize.files.atomic import check_target
    from texturize.report import read_sounds, write_report

    page = output or Path(f"{reference.stem}.report.html")
    check_page(page)
    check_target(page, force=force)
    clip, *made = read_sounds([reference, *results])
    write_report(page, clip, made, force=force)
    for sound in (clip, *made):
        for note in sound.notes:
            click.echo(printable(f"Warning: {sound.name}: {note}"), err=True)
    said = f"{page}: {len(made)} result{'s' * (len(made) > 1)} beside {clip.name}, {page.stat().st_size / 1e6:.1f} MB"
    click.echo(printable(said))


def check_page(path: Path) -> None:
    """Refuse a name that a browser would not take for a page."""
    from texturize.errors import OutputError

    if path.suffix.lower() not in (".html", ".htm"):
        raise OutputError(f"{path}: a report is written as HTML", "use the ending .html")
