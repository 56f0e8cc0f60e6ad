"""`texturize repeat`: the run of a manifest once more."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from texturize.cli.support.options import debug_option, force_option, quiet_option

if TYPE_CHECKING:
    from texturize.files.recording import Recording
    from texturize.manifest.model import FillManifest, Manifest
    from texturize.manifest.reading import RecordedRun
    from texturize.synthesis.fill.gaps import Gap


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
    """Make the result of MANIFEST, an OUT.json of `--manifest`, once more: same clips, config, seed, threads. It may
    be a texture, or a recording of `fill` or `extend`.

    With --deterministic or --threads 1, on the same machine and with the same versions, it is the same byte for byte.

    \b
    Example:
      texturize repeat rain.texture.wav.json -o again.wav
    """
    from texturize.manifest.reading import is_fill

    repeated = _repeat_fill if is_fill(manifest) else _repeat_texture
    repeated(ctx, manifest, output, force, quiet)


def _repeat_texture(ctx: click.Context, manifest: Path, output: str | None, force: bool, quiet: bool) -> None:
    """Make a result of `synth`, `morph` or `transfer` again."""
    from texturize.cli.support.making import make_results
    from texturize.cli.support.order import Order
    from texturize.errors import ManifestError
    from texturize.manifest.reading import read_manifest

    recorded = read_manifest(manifest)
    out = _result(manifest, output)
    if recorded.config.output.joinable:
        raise ManifestError(f"{manifest} belongs to one of several joinable results", "run the command in it again")
    _check_command(recorded)
    paths = _inputs(recorded)
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


def _repeat_fill(ctx: click.Context, manifest: Path, output: str | None, force: bool, quiet: bool) -> None:
    """Make a result of `fill` or `extend` again."""
    from texturize.cli.support.fill_options import FillAsked
    from texturize.cli.support.filling import fill_recording
    from texturize.manifest.reading import read_fill_manifest

    recorded = read_fill_manifest(manifest)
    held, out = recorded.manifest, _result(manifest, output)
    (path,) = _inputs(recorded)
    asked = FillAsked(
        output=out,
        learn=tuple((start, end) for start, end in held.learn),
        manifest=True,
        force=force,
        threads=held.threads,
        quiet=quiet,
    )

    def gaps(recording: Recording) -> list[Gap]:
        from texturize.synthesis.fill.gaps import Gap

        sr = recording.sample_rate
        return [
            Gap(round(one.start * sr), round(one.end * sr), round(one.new_seconds * sr), one.closed)
            for one in held.stretches
        ]

    fill_recording(ctx, asked, recorded.config, path, held.run.command, gaps)


def _result(manifest: Path, output: str | None) -> str:
    """Name of the result."""
    from texturize.errors import ManifestError

    if output is None and manifest.suffix != ".json":
        raise ManifestError(f"{manifest} does not end in .json, so the result's name is not known", "name it with -o")
    return str(manifest.with_suffix("")) if output is None else output


def _inputs(recorded: RecordedRun[Manifest] | RecordedRun[FillManifest]) -> tuple[Path, ...]:
    """What the result is made from; what may keep it from being the same is said."""
    paths = recorded.find_inputs()
    for difference in recorded.differences():
        click.echo(f"Warning: {recorded.path}: {difference}", err=True)
    return paths


def _check_command(recorded: RecordedRun[Manifest]) -> None:
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
