"""`texturize presets`: list the presets, or print one."""

from __future__ import annotations

import click

from texturize.cli.support.options import debug_option


@click.command(short_help="List the presets, or print one as YAML.")
@click.argument("name", required=False)
@debug_option
def presets(name: str | None) -> None:
    """List the presets, or print one as YAML.

    A preset is a set of differences from the defaults, for -c; a printed one is a start for your own.

    \b
    Example:
      texturize presets
      texturize presets preview > mine.yaml
    """
    from texturize.config.presets import preset_names, preset_text

    if name is not None:
        click.echo(preset_text(name), nl=False)
        return
    width = max(map(len, preset_names()))
    for known in preset_names():
        first = preset_text(known).splitlines()[0].removeprefix("#").strip()
        click.echo(f"{known:<{width}}  {first}")
