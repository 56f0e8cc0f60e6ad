"""The page that `texturize synth --report` writes of what it made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from texturize.cli.support.order import Order
    from texturize.files.audio import Clip
    from texturize.report import Sound
    from texturize.synthesis.result import Synthesis


@dataclass(frozen=True)
class ResultPage:
    """A page of the results of one run, with what was learnt from as the clip."""

    path: Path
    clip: Clip
    order: Order

    def reference(self) -> Sound:
        """The clip, or the part of it that was learnt from."""
        from texturize.report import Sound
        from texturize.synthesis.clip import excerpt

        assert self.clip.path is not None
        samples, audio, name = self.clip.samples, self.order.config.audio, self.clip.path.name
        learnt = excerpt(samples, self.clip.sample_rate, audio)
        if learnt.shape != samples.shape:
            name += f", {audio.start:g} to {audio.start + learnt.shape[-1] / self.clip.sample_rate:g} s"
        if audio.brightness:
            name += f", tilted by {audio.brightness:+g} dB per octave"
        return Sound(name, learnt, self.clip.sample_rate)

    def check(self) -> None:
        """Refuse, before the work, a clip that nothing could be judged by."""
        from texturize.report import check_report

        check_report(self.reference())

    def write(self, ctx: click.Context, names: Sequence[str], results: Sequence[Synthesis]) -> None:
        """Write the page of results of these names."""
        from texturize.cli.group import ARGUMENTS
        from texturize.manifest.writing import manifest_of
        from texturize.report import Sound, write_report

        order, arguments = self.order, ctx.meta.get(ARGUMENTS, [])
        sounds = [
            Sound(
                name,
                result.samples,
                result.sample_rate,
                manifest_of(
                    self.clip, order.config, result, arguments, origin=order.origin, threads=order.threads
                ).to_dict(),
            )
            for name, result in zip(names, results, strict=True)
        ]
        write_report(self.path, self.reference(), sounds, force=self.order.force)
