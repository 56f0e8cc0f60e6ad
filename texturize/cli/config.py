"""`texturize config`: print a config in full, or the schema of config files."""

from __future__ import annotations

import click

from texturize.cli.support.options import config_options, debug_option


@click.command(short_help="Print the config in full, or its JSON Schema.")
@config_options
@click.option("--schema", is_flag=True, help="Print the JSON Schema of config files, for editors.")
@debug_option
def config(source: str | None, overrides: tuple[str, ...], schema: bool) -> None:
    """Print the config in full as YAML, every default included, or its JSON Schema.

    \b
    Example:
      texturize config -c preview --set filters.count=128 > mine.yaml
      texturize config --schema > texturize.schema.json
    """
    from texturize.config.presets import config_to_yaml, json_schema, load_config

    if schema:
        import json

        if source is not None or overrides:
            raise click.UsageError("--schema takes no other options: the schema is the same for every config.")
        click.echo(json.dumps(json_schema(), indent=2))
        return
    click.echo(config_to_yaml(load_config(source, overrides)), nl=False)
