"""The clips of a command that makes results, and what their results are told and shown by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from texturize.cli.support.order import Order
    from texturize.config import AudioConfig, Config
    from texturize.files.audio import Clip
    from texturize.synthesis.recipe import Recipe
    from texturize.synthesis.result import Synthesis
    from texturize.synthesis.sources import Sources


@dataclass(frozen=True)
class RunInputs:
    """Clips as they were read.

    Attributes
    ----------
    command : str
        Its name.
    clips : tuple of Clip
        All that was read, in the order of the arguments.
    learnt : tuple of Clip
        Those of them whose texture the result has.
    sources : Sources
        What the result is made from.
    clip : Clip
        At the rate and with the channels and the sample format that a result has unless others are asked for.
    title : str
        What a result's tags name as what it was made from.
    panels : tuple of str
        What a picture calls each of the clips, and the result.
    options : mapping of str
        Options of the command's own, by their names on the command line.
    """

    command: str
    clips: tuple[Clip, ...]
    learnt: tuple[Clip, ...]
    sources: Sources
    clip: Clip
    title: str
    panels: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    _cut: dict[tuple[int, AudioConfig], np.ndarray] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was learnt from clips: one part of each, whatever the number of results."""

    def digests(self) -> list[str]:
        """Hashes of what the clips were read from."""
        from texturize.files.hashes import sha256_of

        return [sha256_of(clip) for clip in self.clips]

    def check(self, recipe: Recipe, warn: Callable[[str], None]) -> None:
        """Refuse what would not work, and warn of what will be heard."""
        from texturize.errors import AudioError, naming

        for clip in self.clips:
            self._warn_of(clip, warn)
        with naming(str(self.clip.path), AudioError) if len(self.clips) == 1 else nullcontext():
            for text in recipe.check():
                warn(text)

    def _warn_of(self, clip: Clip, warn: Callable[[str], None]) -> None:
        """Warn of what was done to a clip, and of its distortion, where that will be in the result."""
        for note in clip.notes:
            warn(f"{clip.path}: {note}")
        if self._is_learnt(clip) and clip.clipped:
            told = f"{clip.path} is clipped: {clip.clipped} samples stand at full scale"
            warn(f"{told}; the texture will have that distortion too")

    def _is_learnt(self, clip: Clip) -> bool:
        return any(clip is one for one in self.learnt)

    def draw(self, path: Path, config: Config, result: Synthesis) -> None:
        """Draw the spectrograms of the clips, or of what was learnt from them, and of a result."""
        from texturize.show.picture import Panel, draw_panels

        panels = [
            Panel(title, self._looked_at(clip, config.audio), clip.sample_rate)
            for title, clip in zip(self.panels[:-1], self.clips, strict=True)
        ]
        draw_panels(path, [*panels, Panel(self.panels[-1], result.samples, result.sample_rate)])

    def _looked_at(self, clip: Clip, audio: AudioConfig) -> np.ndarray:
        from texturize.synthesis.clip import excerpt

        if not self._is_learnt(clip):
            return clip.samples
        key = (id(clip), audio)
        if key not in self._cut:
            self._cut[key] = excerpt(clip.samples, clip.sample_rate, audio)
        return self._cut[key]

    def manifest(
        self,
        config: Config,
        result: Synthesis,
        digests: Sequence[str],
        arguments: Sequence[str],
        order: Order,
        out: Path,
    ) -> str:
        """Manifest of a result at ``out``, with the figures of `compare` against what was learnt from."""
        from texturize.files.hashes import sha256
        from texturize.manifest.writing import CommandRun, manifest_of

        others = tuple(zip(self.clips[1:], digests[1:], strict=True))
        return manifest_of(
            self.clips[0],
            config,
            result,
            arguments,
            origin=order.origin,
            threads=order.threads,
            figures=self._figures(config, result),
            input_sha256=digests[0],
            result_sha256=sha256(out),
            run=None if self.command == "synth" else CommandRun(self.command, dict(self.options), others),
        ).to_json()

    def _figures(self, config: Config, result: Synthesis) -> dict[str, Any] | None:
        from texturize.manifest.writing import quality_figures

        figures = {
            str(clip.path): quality_figures(self._looked_at(clip, config.audio), clip.sample_rate, result)
            for clip in self.learnt
        }
        return next(iter(figures.values())) if len(self.learnt) == 1 else figures
