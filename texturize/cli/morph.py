"""`texturize morph`: a texture between those of several clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
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
class MorphWork:
    """A mix of several clips."""

    paths: tuple[Path, ...]
    clips: tuple[Clip, ...]
    mix: str

    @property
    def clip(self) -> Clip:
        """The first clip's sample format, at the highest rate and with the most channels."""
        widest = max(self.clips, key=lambda clip: clip.channels)
        return replace(widest, sample_rate=max(self.rates), subtype=self.clips[0].subtype)

    @property
    def rates(self) -> tuple[int, ...]:
        """Sample rates."""
        return tuple(clip.sample_rate for clip in self.clips)

    @property
    def samples(self) -> tuple[Any, ...]:
        """Samples of each clip."""
        return tuple(clip.samples for clip in self.clips)

    @property
    def title(self) -> str:
        """Names of the clips, and the mix."""
        return f"{' and '.join(path.name for path in self.paths)}, mix {self.mix}"

    def check(self, config: Config, warn: Callable[[str], None]) -> None:
        """Refuse clips that cannot be mixed, and warn of what will be heard."""
        from texturize.cli.support.making import warn_of_clip
        from texturize.synthesis import morphing

        for clip in self.clips:
            warn_of_clip(clip, warn)
        for text in morphing.check_morph(self.samples, self.rates, self.mix, config, [str(p) for p in self.paths]):
            warn(text)

    def estimate(self, config: Config) -> Estimate:
        """What it will take."""
        from texturize.synthesis import api as synthesis
        from texturize.synthesis import morphing

        return synthesis.estimate_of(*morphing.prepare_morph(self.samples, self.rates, self.mix, config))

    def results(self, config: Config, watched: Watched) -> Iterator[Synthesis]:
        """Do the work."""
        from texturize.synthesis import morphing

        return morphing.morphs(self.samples, self.rates, self.mix, config=config, **watched)

    def draw(self, path: Path, config: Config, result: Synthesis) -> None:
        """Draw the spectrograms of the clips and the result."""
        from texturize.show.picture import Panel, draw_panels
        from texturize.synthesis.clip import excerpt

        clips = [
            Panel(path.name, excerpt(clip.samples, clip.sample_rate, config.audio), clip.sample_rate)
            for path, clip in zip(self.paths, self.clips, strict=True)
        ]
        draw_panels(path, [*clips, Panel(f"mix {self.mix}", result.samples, result.sample_rate)])

    def manifest(self, config: Config, result: Synthesis, digests: Sequence[str], **how: Any) -> str:
        """Manifest with the figures of `compare` against each clip."""
        from texturize.manifest import Run, manifest_json, quality_figures

        figures = {
            str(path): quality_figures(clip, result, config.audio)
            for path, clip in zip(self.paths, self.clips, strict=True)
        }
        run = Run("morph", {"mix": self.mix}, tuple(zip(self.clips[1:], digests[1:], strict=True)))
        return manifest_json(self.clips[0], config, result, figures=figures, input_sha256=digests[0], run=run, **how)


@click.command(short_help="Make a texture between those of clips.")
@click.argument("inputs", metavar="A B [C]...", type=SOUND, nargs=-1, required=True)
@click.option(
    "--mix",
    metavar="SHARES",
    help="Share of B, or the shares of all as 0.5,0.3,0.2; 0:1 changes from A to B on the way. [default: equal shares]",
)
@run_options("A+B.texture.wav")
@click.pass_context
def morph(ctx: click.Context, inputs: tuple[Path, ...], mix: str | None, asked: Asked) -> None:
    """Make a texture between those of clips A, B, ...: their statistics are mixed, not their sounds.

    At 0 it is the texture of A, at 1 that of B, and half way it is no layering of the two but one texture with half of
    the properties of each. Rate and channels are the highest of the clips', the length is the shortest's; loudness lies
    between. A mix that changes on the way, as 0:1 does, goes in steps of a few seconds, and needs 8 s at least.

    \b
    Example:
      texturize morph rain.wav fire.wav --mix 0.3
      texturize morph rain.wav fire.wav wind.wav --mix 0.5,0.3,0.2 --duration 60 --loop
      texturize morph rain.wav fire.wav --mix 0:1 --duration 30 -o rain-becomes-fire.wav
    """
    from texturize.cli.support.making import make_results
    from texturize.errors import ConfigError
    from texturize.synthesis.mix_weights import mix_path

    if len(inputs) < 2:
        raise click.UsageError("a morph needs at least two clips; `texturize synth` makes a texture of one.")
    shares = mix or ",".join("1" * len(inputs))
    try:
        mix_path(shares, len(inputs))
    except ConfigError as error:
        raise click.UsageError(f"--mix: {error}") from None

    def open_work() -> MorphWork:
        from texturize.files.audio import read_audio

        return MorphWork(inputs, tuple(read_audio(path) for path in inputs), shares)

    make_results(ctx, asked, inputs, f"{'+'.join(path.stem for path in inputs)}.texture.wav", open_work)
