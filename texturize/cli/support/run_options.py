"""Options that every command has which makes one result, or variations of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from texturize.cli.support.delivery_options import delivery_options
from texturize.cli.support.options import (
    Decorator,
    config_of,
    config_options,
    debug_option,
    force_option,
    gathered,
    quiet_option,
    seed_option,
    threads_option,
)
from texturize.cli.support.order import Order

_PATH = click.Path(path_type=Path)


@dataclass(frozen=True)
class Asked:
    """What was asked for, beside the inputs."""

    output: str | None
    source: str | None
    overrides: tuple[str, ...]
    seed: int | None
    flags: Mapping[str, Any]
    picture: Path | None
    manifest: bool
    trace: Path | None
    force: bool
    threads: int | None
    quiet: bool

    def order(self) -> Order:
        """The same with the config of preset or file, keys and flags."""
        return Order(
            output=self.output,
            config=config_of(self.source, self.overrides, self.flags, self.seed),
            origin=(self.source, self.overrides),
            picture=self.picture,
            manifest=self.manifest,
            trace=self.trace,
            force=self.force,
            threads=self.threads,
            quiet=self.quiet,
        )


def run_options(usual: str, *others: Decorator) -> Decorator:
    """Options that end up in the argument ``asked``.

    Parameters
    ----------
    usual : str
        What the help calls the result that is written unless another is named.
    *others
        Options of the command's own, to be listed before --trace.
    """
    before: tuple[Decorator, ...] = (
        click.option(
            "-o",
            "--output",
            metavar="OUT",
            help=f"Result: .wav, .flac, .ogg, .opus, .mp3, .aiff; - is WAV on standard output. [default: {usual} here]",
        ),
        config_options,
        seed_option,
        delivery_options,
        click.option("--picture", type=_PATH, metavar="PNG", help="Draw all spectrograms too."),
        click.option("--manifest", is_flag=True, help="Write OUT.json too: config, seed, input hash, figures, losses."),
    )
    after: tuple[Decorator, ...] = (
        click.option(
            "--trace",
            type=_PATH,
            metavar="DIR",
            help="Write a folder that shows how the texture grew: pictures, sounds, losses.",
        ),
        force_option,
        threads_option,
        quiet_option,
        debug_option,
    )

    def take(given: dict[str, Any]) -> Asked:
        return Asked(**{name: given.pop(name) for name in Asked.__dataclass_fields__})

    return gathered("asked", (*before, *others, *after), take)
