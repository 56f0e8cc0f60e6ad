"""Options that `fill` and `extend` share, and stretches as arguments of options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from texturize.cli.support.delivery_options import OPTIONS, flags_of
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

if TYPE_CHECKING:
    from texturize.config import Config

_PATH = click.Path(path_type=Path)
_FLAGS = (
    "output.variations",
    "output.subtype",
    "output.dither",
    "numerics.deterministic",
    "numerics.device",
    "numerics.max_memory",
    "numerics.budget",
)


class StretchType(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """A stretch START-END, in seconds or m:s."""

    name = "stretch"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """Start and end in seconds."""
        from texturize.errors import AudioError
        from texturize.synthesis.fill.stretches import parse_stretch

        if isinstance(value, tuple):
            return value
        try:
            return parse_stretch(str(value))
        except AudioError as error:
            self.fail(f"{error}.", param, ctx)


class PlaceType(StretchType):
    """A stretch, or a single time, which is a stretch of no length."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """Start and end in seconds."""
        from texturize.errors import AudioError
        from texturize.synthesis.fill.stretches import parse_time

        if isinstance(value, str) and "-" not in value:
            try:
                at = parse_time(value)
            except AudioError as error:
                self.fail(f"{error}.", param, ctx)
            return at, at
        return super().convert(value, param, ctx)


class Length(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """A length above 0, in seconds or m:s."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        from texturize.errors import AudioError
        from texturize.synthesis.fill.stretches import parse_time

        try:
            seconds = value if isinstance(value, float) else parse_time(str(value))
        except AudioError as error:
            self.fail(f"{error}.", param, ctx)
        if seconds <= 0:
            self.fail(f"'{value}' is no length.", param, ctx)
        return seconds


@dataclass(frozen=True)
class FillAsked:
    """What was asked for, beside the input and the stretches."""

    output: str | None = None
    learn: tuple[tuple[float, float], ...] = ()
    source: str | None = None
    overrides: tuple[str, ...] = ()
    seed: int | None = None
    flags: Mapping[str, Any] = field(default_factory=dict)
    picture: Path | None = None
    manifest: bool = False
    report: Path | None = None
    dry_run: bool = False
    force: bool = False
    threads: int | None = None
    quiet: bool = False

    def config(self) -> Config:
        """The config of preset or file, keys and flags."""
        from texturize.synthesis.fill.stretches import PRESET

        return config_of(self.source or PRESET, self.overrides, self.flags, self.seed)


def fill_options(usual: str) -> Decorator:
    """Options that end up in the argument ``asked``; ``usual`` is what the help calls the result."""
    options: tuple[Decorator, ...] = (
        click.option(
            "-o",
            "--output",
            metavar="OUT",
            help=f"Result: .wav, .flac, .aiff, .caf, .w64, .ogg, .mp3, ... [default: {usual} here]",
        ),
        click.option(
            "--learn",
            type=StretchType(),
            multiple=True,
            metavar="START-END",
            help="Learn from this stretch; may be repeated. [default: the steadiest of up to 10 s on each side]",
        ),
        config_options,
        seed_option,
        *(OPTIONS[key] for key in _FLAGS),
        click.option("--picture", type=_PATH, metavar="PNG", help="Draw the surroundings, before and after."),
        click.option("--manifest", is_flag=True, help="Write OUT.json too: stretches, what was learnt, config, seed."),
        click.option("--report", type=_PATH, metavar="HTML", help="Write a page to hear and judge it by."),
        click.option("--dry-run", is_flag=True, help="List the stretches and what would be learnt; write nothing."),
        force_option,
        threads_option,
        quiet_option,
        debug_option,
    )

    def take(given: dict[str, Any]) -> FillAsked:
        flags = flags_of(_FLAGS, given)
        names = [name for name in FillAsked.__dataclass_fields__ if name != "flags"]
        return FillAsked(flags=flags, **{name: given.pop(name) for name in names})

    return gathered("asked", options, take)
