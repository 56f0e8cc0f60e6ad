"""`texturize check`: whether a new result is as good as a golden one, for CI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.support.options import debug_option
from texturize.cli.support.sounds import SOUND, read_sound

if TYPE_CHECKING:
    from texturize.golden import Check, Verdict

_PATH = click.Path(path_type=Path)


@click.command(short_help="Hold a new result against a golden one, for CI.")
@click.argument("golden", type=_PATH)
@click.argument("sounds", metavar="NEW", type=SOUND, nargs=-1, required=True)
@click.option("--record", type=_PATH, metavar="JSON", help="Record GOLDEN, with tolerances from the reruns NEW....")
@click.option("--clip", type=SOUND, help="The clip it was learnt from, to look for copies of.")
@click.option("--exact", is_flag=True, help="The waveforms should be alike too, as of the same seed.")
@click.option("--tolerances", type=_PATH, metavar="FILE", help="YAML of figures and numbers, over the others.")
@click.option("--update", is_flag=True, help="Put NEW in the place of the golden.")
@click.option("--reason", help="Why, for the golden's history.")
@click.option("--junit", type=_PATH, metavar="XML", help="Write the verdict as JUnit XML too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@debug_option
@click.pass_context
def check(
    ctx: click.Context,
    golden: Path,
    sounds: tuple[Path, ...],
    record: Path | None,
    clip: Path | None,
    exact: bool,
    tolerances: Path | None,
    update: bool,
    reason: str | None,
    junit: Path | None,
    as_json: bool,
) -> None:
    """Hold NEW against GOLDEN, a sound or a JSON file of --record: exit code 0 if nothing moved too far, 1 if it did.

    With --record, the tolerances come from how far reruns of GOLDEN (other seeds, threads or machines) are from one
    another.

    \b
    Example:
      texturize check golden/rain.wav new.wav --clip rain.wav
      texturize check golden/rain.wav rerun1.wav rerun2.wav rerun3.wav rerun4.wav --clip rain.wav --record rain.json
      texturize check rain.json new.wav --junit report.xml
      texturize check rain.json new.wav --update --reason "envelopes of 48 bands"
    """
    _check_usage(golden, sounds, record, (clip, exact, tolerances, junit, as_json), update, reason)
    if record is not None:
        _record(record, golden, sounds, clip, exact)
        return
    if update:
        assert reason is not None
        _update(golden, sounds[0], reason, clip)
        return
    verdict = _judge(golden, sounds[0], clip, exact, tolerances)
    if junit is not None:
        from texturize.files.atomic import write_text
        from texturize.golden import junit_xml

        write_text(junit, junit_xml(verdict, golden.name))
    if as_json:
        import json

        click.echo(json.dumps(verdict.to_dict(), indent=2, allow_nan=False))
    else:
        _print(verdict)
    ctx.exit(0 if verdict.passed else 1)


def _check_usage(
    golden: Path,
    sounds: tuple[Path, ...],
    record: Path | None,
    others: tuple[Path | None, bool, Path | None, Path | None, bool],
    update: bool,
    reason: str | None,
) -> None:
    """Refuse flags that do not go together."""
    _clip, exact, tolerances, junit, as_json = others
    recorded = golden.suffix == ".json"
    if record is None and len(sounds) > 1:
        raise click.UsageError(f"{len(sounds)} sounds to compare with the golden: give one, or --record.")
    if record is not None and recorded:
        raise click.UsageError("--record takes a sound as GOLDEN, not a golden's JSON file.")
    if record is not None and (update or tolerances or junit or as_json):
        raise click.UsageError("--record can be combined with --clip and --exact only.")
    if update and not recorded:
        raise click.UsageError("--update needs a golden's JSON file, which keeps the reason.")
    if update and (tolerances or junit or as_json):
        raise click.UsageError("--update can be combined with --reason and --clip only.")
    if update and not (reason and reason.strip()):
        raise click.UsageError('--update needs a reason: --reason "...".')
    if reason and not update:
        raise click.UsageError("--reason goes with --update.")
    if exact and recorded:
        raise click.UsageError("--exact belongs to --record: the golden keeps it.")


def _record(path: Path, golden: Path, reruns: tuple[Path, ...], clip: Path | None, exact: bool) -> None:
    from texturize.golden import record_golden, write_golden
    from texturize.golden.tolerances import too_wide

    made = record_golden(path, golden, reruns, clip, exact, read_sound)
    write_golden(path, made)
    for text in too_wide(made.tolerances):
        click.echo(f"Warning: {text}: the reruns differ by as much", err=True)
    listed = ", ".join(f"{name} {value:g}" for name, value in made.tolerances.items())
    click.echo(f"{path}: {golden} and {len(reruns)} reruns; tolerances: {listed}")


def _update(path: Path, sound: Path, reason: str, clip: Path | None) -> None:
    from texturize.golden import read_golden, update_golden, write_golden

    golden = read_golden(path)
    write_golden(path, update_golden(golden, path, sound, reason, clip, read_sound))
    click.echo(f"{path}: now {sound}: {reason}")


def _judge(golden: Path, new: Path, clip: Path | None, exact: bool, tolerances: Path | None) -> Verdict:
    from texturize.golden import judge_sounds, read_golden, read_tolerances

    allowed = {} if tolerances is None else read_tolerances(tolerances)
    if golden.suffix == ".json":
        return read_golden(golden).judge(new, golden.parent, allowed, clip, read_sound)
    return judge_sounds(golden, new, allowed, clip, exact, read_sound)


def _print(verdict: Verdict) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("figure")
    table.add_column("moved by", justify="right")
    table.add_column("tolerance", justify="right")
    table.add_column("verdict", overflow="fold")
    for line in verdict.checks:
        table.add_row(*_row(line))
    console = Console(highlight=False)
    console.print(table)
    failed = f"FAILED: {', '.join(verdict.failed)}"
    console.print("passed" if verdict.passed else failed, markup=False, soft_wrap=True)


def _row(line: Check) -> tuple[str, str, str, str]:
    word = "ok" if line.passed else "FAILED"
    verdict = f"{word}: {line.note}" if line.note else word
    if line.moved is None or line.tolerance is None:
        return line.name, "", "", verdict
    unit = f" {line.unit}" if line.unit else ""
    return line.name, f"{line.moved:.3g}{unit}", f"{line.tolerance:.3g}{unit}", verdict
