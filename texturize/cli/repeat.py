"""`texturize repeat`: the run of a manifest once more."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path

import click

from texturize.cli.support.options import debug_option, force_option, quiet_option

OWN_OPTIONS: dict[str, tuple[str, ...]] = {"synth": (), "morph": ("mix",), "transfer": ()}
"""Commands whose results can be made again, and what their manifests may say of options of their own."""


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
    from texturize.cli.group import ORIGIN
    from texturize.config.presets import config_to_yaml
    from texturize.errors import ManifestError
    from texturize.files.atomic import write_text
    from texturize.manifest import read_manifest

    run = read_manifest(manifest)
    if output is None and manifest.suffix != ".json":
        raise ManifestError(f"{manifest} does not end in .json, so the result's name is not known", "name it with -o")
    out = str(manifest.with_suffix("")) if output is None else output
    if run.config.output.joinable:
        raise ManifestError(f"{manifest} belongs to one of several joinable results", "run the command in it again")
    if run.command not in OWN_OPTIONS or not set(run.options) <= set(OWN_OPTIONS[run.command]):
        raise ManifestError(
            f"{manifest} was written by the command '{' --'.join([run.command, *run.options])}', which is unknown here",
            "use a newer version",
        )
    sources = run.find_inputs()
    for difference in run.differences():
        click.echo(f"Warning: {manifest}: {difference}", err=True)
    ctx.meta[ORIGIN] = run.origin
    with tempfile.TemporaryDirectory(prefix="texturize-") as folder:
        config = Path(folder) / "config.yaml"
        write_text(config, config_to_yaml(run.config))
        arguments = ["-c", str(config), "-o", out]
        arguments += [] if out == "-" else ["--manifest"]
        arguments += [] if run.threads is None else ["--threads", str(run.threads)]
        arguments += ["--force"] * force + ["--quiet"] * quiet
        arguments += [part for name, value in run.options.items() for part in (f"--{name}", str(value))]
        command: click.Command = getattr(import_module(f"texturize.cli.{run.command}"), run.command)
        with command.make_context(run.command, [*arguments, "--", *map(str, sources)], parent=ctx) as inner:
            command.invoke(inner)
