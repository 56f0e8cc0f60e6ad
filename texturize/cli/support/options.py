"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

DEBUG = "texturize.debug"
"""Where a context keeps whether tracebacks are wanted."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _keep_debug(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[DEBUG] = True


debug_option: Decorator = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_keep_debug,
    help="Show the traceback of an error.",
)


def _check_pairs(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not value.partition("=")[0] or "=" not in value:
            raise click.BadParameter(f"'{value}' is not KEY=VALUE, such as filters.count=256.")
    return values


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that choose a config: a preset or file, and keys set one by one."""
    command = click.option(
        "--set",
        "overrides",
        metavar="KEY=VALUE",
        multiple=True,
        callback=_check_pairs,
        help="Set a config key, such as filters.count=256; may be repeated.",
    )(command)
    return click.option("-c", "--config", "source", metavar="PRESET|FILE", help="Preset name or YAML file.")(command)
