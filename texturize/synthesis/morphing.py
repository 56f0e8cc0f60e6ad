"""What a morph is made from: several clips, whose statistics are mixed, not their signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy.typing as npt

from texturize.config import Config
from texturize.errors import ConfigError
from texturize.synthesis.mix_weights import Mix, mix_path
from texturize.synthesis.sources import Gathered, gather

LEAST_GRADUAL = 8.0
"""Seconds of a result whose mix changes: it takes two steps between the ends."""


@dataclass(frozen=True)
class MorphSources:
    """Clips, between whose textures that of the result is to lie.

    Attributes
    ----------
    clips : sequence of (n,) or (channels, n)
        Full scale at 1.
    rates : sequence of int
        Their sample rates in Hz.
    mix : float, str or sequence of float
        As of `texturize.morph`.
    names : sequence of str, optional
        What errors call the clips; their numbers if left out.
    """

    clips: Sequence[npt.ArrayLike]
    rates: Sequence[int]
    mix: Mix = 0.5
    names: Sequence[str] | None = None

    def gathered(self, config: Config) -> tuple[Gathered, Config]:
        """The clips with their weights, and a config whose result is as long as the shortest if it says nothing else.

        A clip without a weight is left out: a mix of one clip alone is what `synthesize` makes of it.
        """
        path = mix_path(self.mix, len(self.clips))
        output = config.output
        if len(path) > 1 and (output.loop or output.joinable):
            raise ConfigError(
                f"mix '{self.mix}' changes on the way, so it ends as another sound than it starts", "leave out the loop"
            )
        names = self.names or [f"clip {number}" for number in range(1, len(self.clips) + 1)]
        clips, sr = gather(self.clips, self.rates, config.audio, names)
        seconds = output.duration or min(clip.shape[-1] for clip in clips) / sr
        if len(path) > 1 and seconds < LEAST_GRADUAL:
            raise ConfigError(
                f"a gradual mix of {seconds:.3g} s is too short to change on the way",
                f"use at least --duration {LEAST_GRADUAL:g}, or one mix for all of it",
            )
        kept = [i for i in range(len(clips)) if any(weights[i] for weights in path)]
        weights = tuple(tuple(each[i] for i in kept) for each in path)
        return Gathered(tuple(clips[i] for i in kept), sr, weights), config.with_output(duration=seconds)
