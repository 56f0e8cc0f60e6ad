"""Where the results of a command go, and whether they can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from texturize.cli.support.streams import check_standard_output

if TYPE_CHECKING:
    from texturize.config import Config
    from texturize.files.audio import Clip


@dataclass(frozen=True)
class ResultPaths:
    """Where results go; no output path is standard output."""

    output: Path | None
    picture: Path | None
    manifest: bool
    force: bool
    variations: int = 1
    report: Path | None = None
    trace: Path | None = None

    def of(self, index: int) -> tuple[Path | None, Path | None, Path | None]:
        """Sound, picture and manifest of one result."""
        from texturize.files.formats import variation_path
        from texturize.manifest.file import manifest_path

        output, picture = (
            path if path is None or self.variations == 1 else variation_path(path, index + 1)
            for path in (self.output, self.picture)
        )
        return output, picture, manifest_path(output) if self.manifest and output is not None else None

    def check(self, sources: Sequence[Path]) -> None:
        """Refuse what could not be written."""
        from texturize.errors import OutputError
        from texturize.files.atomic import check_name, check_target
        from texturize.files.formats import format_of
        from texturize.files.paths import exists

        if self.output is None:
            check_standard_output()
        else:
            format_of(self.output)
        if self.picture is not None and self.picture.suffix.lower() != ".png":
            raise OutputError(f"{self.picture}: a picture is written as PNG", "use the ending .png")
        if self.report is not None:
            from texturize.cli.report import check_page

            check_page(self.report)
        for path in (self.report, *(path for index in range(self.variations) for path in self.of(index))):
            if path is None:
                continue
            check_name(path)
            if path.exists() and any(exists(source) and path.samefile(source) for source in sources):
                which = "the input" if len(sources) == 1 else "an input"
                raise OutputError(f"{path} is {which} itself", "choose another with -o")
            check_target(path, force=self.force)
            if self.trace is not None and self.trace.resolve() in path.resolve().parents:
                raise OutputError(
                    f"{path} would lie inside the folder of the trace, {self.trace}",
                    "name another folder for the trace",
                )
        if self.trace is not None:
            from texturize.synthesis.trace.folder import check_trace

            check_trace(self.trace, force=self.force)

    def with_subtype(self, config: Config, clip: Clip) -> tuple[Config, tuple[str, ...]]:
        """Settle the sample format, and refuse one that the container lacks; also what may be unexpected of it."""
        from texturize.delivery.writing import settle_subtype

        return settle_subtype(config, self.output or Path("standard output.wav"), clip)


def check_combinations(config: Config, out: Path | None, manifest: bool) -> None:
    """Refuse flags that do not go together."""
    output = config.output
    if manifest and out is None:
        raise click.UsageError("--manifest needs a file name for the result, not -o -.")
    if output.variations > 1 and out is None:
        raise click.UsageError(f"--variations {output.variations} needs a file name for the results, not -o -.")
    if output.joinable and output.variations == 1:
        raise click.UsageError("--joinable needs several results: add --variations 2 or more.")
    if output.joinable and (output.fade_in or output.fade_out):
        raise click.UsageError("--joinable results have no ends to fade: leave out the fades.")
