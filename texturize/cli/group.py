"""The `texturize` command: finds its subcommands, and turns every failure into one line and an exit code."""

from __future__ import annotations

import difflib
import errno
import importlib.util
import io
import os
import sys
import threading
from typing import Any, NoReturn

import click

from texturize.cli.support.arenas import limit_arenas
from texturize.cli.support.interrupts import WORKER
from texturize.cli.support.options import DEBUG, debug_option
from texturize.cli.support.streams import fill_closed
from texturize.runtime.explain import explain

COMMANDS = (
    "synth",
    "morph",
    "transfer",
    "fill",
    "extend",
    "invert",
    "inspect",
    "compare",
    "report",
    "batch",
    "check",
    "repeat",
    "presets",
    "config",
)
"""Each is a click command of this name in a module of this name, imported when it is used."""

ARGUMENTS = "texturize.arguments"
"""Where a context keeps the arguments of the whole command line."""

WRITTEN = "texturize.written"
"""Where a context keeps how many results there are already."""


class Group(click.Group):
    """A group of lazily imported commands with one-line errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order a newcomer meets them."""
        return [name for name in COMMANDS if importlib.util.find_spec(f"texturize.cli.{name}")]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command."""
        if name not in self.list_commands(ctx):
            return None
        command = getattr(importlib.import_module(f"texturize.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a name that is none is answered with the nearest."""
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the arguments for manifests."""
        ctx.meta[ARGUMENTS] = list(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; failures become one line on standard error and an exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            written = ctx.meta.get(WRITTEN, 0)
            done = f"{written} result{' was' if written == 1 else 's were'}" if written else "nothing was"
            click.echo(f"Interrupted; {done} written", err=True)
            ctx.exit(130)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            if ctx.meta.get(DEBUG) or (isinstance(error, OSError) and error.errno == errno.EPIPE):
                raise
            fail(ctx, error)


def fail(ctx: click.Context, error: Exception) -> NoReturn:
    """Say in one line what went wrong, and leave with exit code 1."""
    text = explain(error, "run it again with --debug and report what it prints")
    click.echo(f"Error: {text}", err=True)
    ctx.exit(1)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="texturize-audio", message="texturize %(version)s")
@debug_option
def texturize() -> None:
    """Make new sound with the texture of a short clip.

    \b
    Example:
      texturize synth rain.wav --duration 60
    """


def main() -> None:
    """Run the command line and exit."""
    fill_closed()
    limit_arenas()
    for stream in (sys.stdout, sys.stderr):  # neither is there where it was closed before the start
        if isinstance(stream, io.TextIOWrapper):  # a name may have letters that it has not
            stream.reconfigure(errors="backslashreplace")
    code: Any = 1
    try:
        texturize.main(prog_name="texturize")
    except SystemExit as exit_:
        code = exit_.code
        if any(thread.name == WORKER for thread in threading.enumerate()):
            # Left in the middle of compiled code, which the interpreter cannot end in order.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code if isinstance(code, int) else 1)
        raise
