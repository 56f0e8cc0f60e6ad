"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from texturize.config import Config

DEBUG = "texturize.debug"
"""Where a context keeps whether tracebacks are wanted."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def all_of(*options: Decorator) -> Decorator:
    """Options as one, in the order in which the help is to list them."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def gathered(name: str, options: Iterable[Decorator], take: Callable[[dict[str, Any]], Any]) -> Decorator:
    """Options that end up in one argument of that name, which ``take`` makes of their values, and takes from all."""
    together = all_of(*options)

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_gathered(*args: Any, **given: Any) -> Any:
            taken = take(given)
            return command(*args, **{name: taken}, **given)

        return together(with_gathered)

    return decorate


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


seed_option: Decorator = click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of the noise it starts from. [default: 0]"
)
force_option: Decorator = click.option("--force", is_flag=True, help="Replace files that exist.")
threads_option: Decorator = click.option(
    "--threads", type=click.IntRange(1), metavar="N", help="CPU threads; with 1 the same seed gives the same bytes."
)
quiet_option: Decorator = click.option("-q", "--quiet", is_flag=True, help="Print no progress and no result line.")


def config_of(source: str | None, overrides: Sequence[str], flags: Mapping[str, Any], seed: int | None) -> Config:
    """The config of preset or file, keys and flags."""
    from texturize.config.presets import load_config

    return load_config(source, overrides, {**flags, **({} if seed is None else {"seed": seed})})
