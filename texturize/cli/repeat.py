"""`texturize repeat`: the run of a manifest once more."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from texturize.cli.support.options import debug_option, force_option, quiet_option

if TYPE_CHECKING:
    from texturize.manifest.reading import RecordedRun


class Repeatable(NamedTuple):
    """What the manifests of a command may say."""

    least: int
    most: int
    """Clips."""
    options: frozenset[str] = frozenset()
    """Names of its own options, all of which are there."""


REPEATABLE = {"synth": Repeatable(1, 1), "morph": Repeatable(2, 1000, frozenset({"mix"})), "transfer": Repeatable(2, 2)}
"""Commands whose results can be made again."""


@click.command(short_help="Make a result again from its manifest.")
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="OUT", help="Result. [default: MANIFEST without .json]")
@force_option
@quiet_option
@debug_option
@click.pass_context
def repeat(ctx: click.Context, manifest: Path, output: str | None, force: bool, quiet: bool) -> None:
    """Make the result of MANIFEST, an OUT.json of `--manifest`, once more: same clips, config, seed, threads.

    With --deterministic or --threads 1, on the same machine and with the same versions, it is the same byte for byte.

    \b
    Example:
      texturize repeat rain.texture.wav.json -o again.wav
    """
    from texturize.cli.support.making import make_results
    from texturize.cli.support.order import Order
    from texturize.errors import ManifestError
    from texturize.manifest.reading import read_manifest

    recorded = read_manifest(manifest)
    if output is None and manifest.suffix != ".json":
        raise ManifestError(f"{manifest} does not end in .json, so the result's name is not known", "name it with -o")
    out = str(manifest.with_suffix("")) if output is None else output
    if recorded.config.output.joinable:
        raise ManifestError(f"{manifest} belongs to one of several joinable results", "run the command in it again")
    _check_command(recorded)
    paths = recorded.find_inputs()
    for difference in recorded.differences():
        click.echo(f"Warning: {manifest}: {difference}", err=True)
    held = recorded.manifest
    order = Order(
        output=out,
        config=recorded.config,
        origin=(held.origin.config, tuple(held.origin.set)),
        manifest=out != "-",
        force=force,
        threads=held.threads,
        quiet=quiet,
    )
    command = import_module(f"texturize.cli.{held.run.command}")
    make_results(ctx, order, paths, out, lambda: command.read_inputs(*paths, **held.run.options))


def _check_command(recorded: RecordedRun) -> None:
    """Refuse a manifest of a command that is unknown here, or that it was not written by."""
    from texturize.errors import ManifestError

    run, count = recorded.manifest.run, 1 + len(recorded.manifest.other_inputs)
    known = REPEATABLE.get(run.command)
    if known is None or set(run.options) != known.options or not known.least <= count <= known.most:
        clips = f"{count} clip{'s' * (count > 1)}"
        raise ManifestError(
            f"{recorded.path} was written by the command '{' --'.join([run.command, *run.options])}' of {clips}, "
            "which is unknown here",
            "use a newer version",
        )
