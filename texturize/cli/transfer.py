"""`texturize transfer`: a texture with the large-scale course of another sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from texturize.cli.support.delivery_options import Number
from texturize.cli.support.run_options import Asked, run_options
from texturize.cli.support.sounds import SOUND

if TYPE_CHECKING:
    from texturize.cli.support.making import Watched
    from texturize.config import Config
    from texturize.files.audio import Clip
    from texturize.synthesis.api import Estimate, Synthesis

DEPTH = "loss.course.depth"


@dataclass(frozen=True)
class TransferWork:
    """A texture of a style, with the course of a content."""

    content: Clip
    style: Clip

    @property
    def clips(self) -> tuple[Clip, ...]:
        """Content and style."""
        return self.content, self.style

    @property
    def clip(self) -> Clip:
        """The style."""
        return self.style

    @property
    def title(self) -> str:
        """Names of both."""
        return f"{self._names[1]} after {self._names[0]}"

    @property
    def _names(self) -> tuple[str, str]:
        return str(self.content.path), str(self.style.path)

    @property
    def _sounds(self) -> tuple[Any, int, Any, int]:
        content, style = self.content, self.style
        return content.samples, content.sample_rate, style.samples, style.sample_rate

    def check(self, config: Config, warn: Callable[[str], None]) -> None:
        """Refuse clips that a transfer would not work from, and warn of what will be heard."""
        from texturize.cli.support.making import warn_of_clip
        from texturize.synthesis import transferring

        for note in self.content.notes:
            warn(f"{self.content.path}: {note}")
        warn_of_clip(self.style, warn)
        for text in transferring.check_transfer(*self._sounds, config, self._names):
            warn(text)

    def estimate(self, config: Config) -> Estimate:
        """What it will take."""
        from texturize.synthesis import api as synthesis
        from texturize.synthesis import transferring

        return synthesis.estimate_of(*transferring.prepare_transfer(*self._sounds, config))

    def results(self, config: Config, watched: Watched) -> Iterator[Synthesis]:
        """Do the work."""
        from texturize.synthesis import transferring

        return transferring.transfers(*self._sounds, config=config, **watched)

    def draw(self, path: Path, config: Config, result: Synthesis) -> None:
        """Draw the spectrograms of content, style and result."""
        from texturize.show.picture import Panel, draw_panels
        from texturize.synthesis.clip import excerpt

        style = excerpt(self.style.samples, self.style.sample_rate, config.audio)
        panels = [
            Panel("content", self.content.samples, self.content.sample_rate),
            Panel("style", style, self.style.sample_rate),
        ]
        draw_panels(path, [*panels, Panel("result", result.samples, result.sample_rate)])

    def manifest(self, config: Config, result: Synthesis, digests: Sequence[str], **how: Any) -> str:
        """Manifest with the figures of `compare` against the style."""
        from texturize.manifest import Run, manifest_json, quality_figures

        figures = quality_figures(self.style, result, config.audio)
        run = Run("transfer", {}, ((self.style, digests[1]),))
        return manifest_json(self.content, config, result, figures=figures, input_sha256=digests[0], run=run, **how)


@click.command(short_help="Give a texture the course of another sound.")
@click.argument("content", type=SOUND)
@click.argument("style", type=SOUND)
@click.option(
    "--weight",
    type=Number("a share", 0, 1),
    metavar="SHARE",
    help="Share of the content's course, in decibels, that the result has, from 0 to 1. [default: 0.3]",
)
@run_options("CONTENT-STYLE.texture.wav")
@click.pass_context
def transfer(ctx: click.Context, content: Path, style: Path, weight: float | None, asked: Asked) -> None:
    """Make a texture of STYLE that swells and fades as CONTENT does: wind that breathes like a crowd.

    It follows the content's level below 4 Hz, as a whole and in six bands, and is as long. Nothing else is taken from
    it: no words, no pitch, no single attacks. It does not turn one voice into another, nor has it rain sing a melody.
    At weight 0 the texture swells as deep as it does anyway, but when the content does; towards 1 it has the content's
    full range, and is less and less the style's texture.

    \b
    Example:
      texturize transfer crowd.wav wind.wav
      texturize transfer speech.wav rain.wav --weight 0.5 --picture both.png
    """
    from texturize.cli.support.making import make_results

    def open_work() -> TransferWork:
        from texturize.files.audio import read_audio

        return TransferWork(read_audio(content), read_audio(style))

    flags: Mapping[str, Any] = {} if weight is None else {DEPTH: weight}
    usual = f"{content.stem}-{style.stem}.texture.wav"
    make_results(ctx, replace(asked, flags={**asked.flags, **flags}), [content, style], usual, open_work)
