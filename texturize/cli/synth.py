"""`texturize synth`: from a clip to a new texture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from texturize.cli.support.run_options import Asked, run_options
from texturize.cli.support.sounds import SOUND

if TYPE_CHECKING:
    from texturize.cli.support.making import Watched
    from texturize.config import Config
    from texturize.files.audio import Clip
    from texturize.synthesis.api import Estimate, Synthesis


@dataclass(frozen=True)
class TextureWork:
    """A texture of one clip."""

    path: Path
    clip: Clip

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The clip."""
        return (self.clip,)

    @property
    def title(self) -> str:
        """Name of the clip."""
        return self.path.name

    def check(self, config: Config, warn: Callable[[str], None]) -> None:
        """Refuse a clip that a synthesis would not work from, and warn of what will be heard."""
        from texturize.cli.support.making import warn_of_clip
        from texturize.errors import AudioError, naming
        from texturize.synthesis import api as synthesis

        warn_of_clip(self.clip, warn)
        with naming(str(self.path), AudioError):
            for text in synthesis.check(self.clip.samples, self.clip.sample_rate, config):
                warn(text)

    def estimate(self, config: Config) -> Estimate:
        """What it will take."""
        from texturize.synthesis import api as synthesis

        return synthesis.estimate(self.clip.samples, self.clip.sample_rate, config)

    def results(self, config: Config, watched: Watched) -> Iterator[Synthesis]:
        """Do the work."""
        from texturize.synthesis import api as synthesis

        return synthesis.variations(self.clip.samples, self.clip.sample_rate, config=config, **watched)

    def draw(self, path: Path, config: Config, result: Synthesis) -> None:
        """Draw both spectrograms."""
        from texturize.show.picture import draw_spectrograms
        from texturize.synthesis.clip import excerpt

        learnt = excerpt(self.clip.samples, self.clip.sample_rate, config.audio)
        draw_spectrograms(path, learnt, result.samples, self.clip.sample_rate, result.sample_rate)

    def manifest(self, config: Config, result: Synthesis, digests: Sequence[str], **how: Any) -> str:
        """Manifest with the figures of `compare`."""
        from texturize.manifest import manifest_json, quality_figures

        figures = quality_figures(self.clip, result, config.audio)
        return manifest_json(self.clip, config, result, figures=figures, input_sha256=digests[0], **how)


@click.command(short_help="Make a new texture from a clip.")
@click.argument("input", type=SOUND)
@run_options(
    "INPUT.texture.wav",
    click.option(
        "--report",
        type=click.Path(path_type=Path),
        metavar="HTML",
        help="Write a page to hear, see and judge results by.",
    ),
)
@click.pass_context
def synth(ctx: click.Context, input: Path, report: Path | None, asked: Asked) -> None:  # noqa: A002
    """Make a new texture from the clip INPUT: same rate, channels, loudness and length, unless told otherwise.
    With - as INPUT, the clip is read from standard input.

    Ctrl-C ends the work early and writes the best so far; a second Ctrl-C quits at once.

    \b
    Example:
      texturize synth rain.wav
      texturize synth rain.wav -o rain-long.flac -c best --duration 30 --seed 7
      texturize synth rain.wav --loop --variations 4 --duration 60
      texturize synth rain.wav --start 2 --end 8 --loudness -23 --true-peak -1 --sample-rate 48000 --subtype PCM_24
    """
    from texturize.cli.support.making import make_results

    def open_work() -> TextureWork:
        from texturize.files.audio import read_audio

        return TextureWork(input, read_audio(input))

    make_results(ctx, asked, [input], f"{input.stem}.texture.wav", open_work, report)
