"""What a result is made from: clips as they were given, and as they are gathered for one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from texturize.config import AudioConfig, Config
from texturize.delivery.levels import Levels, levels_of, mix_levels
from texturize.errors import AudioError, naming
from texturize.signal.resampling import resample_clip
from texturize.synthesis.clip import SILENCE, check_samples, excerpt
from texturize.synthesis.mix_weights import MixWeights


class Sources(Protocol):
    """What a `texturize.Recipe` is made from: `SynthSources`, `MorphSources` or `TransferSources`."""

    def gathered(self, config: Config) -> tuple[Gathered, Config]:
        """All of it at one rate, with one number of channels, and the config with the length that follows from it.

        Raises
        ------
        AudioError
            A clip is none to learn from, or does not go with another.
        ConfigError
            The config asks for what cannot be made of these sources.
        """


@dataclass(frozen=True)
class SynthSources:
    """One clip, whose texture the result is to have.

    Attributes
    ----------
    y : (n,) or (channels, n)
        Full scale at 1.
    sr : int
        Its sample rate in Hz.
    """

    y: npt.ArrayLike
    sr: int

    def gathered(self, config: Config) -> tuple[Gathered, Config]:
        """The clip, or the part of it that is learnt from."""
        return Gathered((excerpt(check_samples(self.y, self.sr), self.sr, config.audio),), self.sr), config


class Gathered(NamedTuple):
    """Clips of one rate and number of channels, and the weights they have in the result."""

    clips: tuple[npt.NDArray[np.float32], ...]
    """(channels, samples) each; lengths may differ."""
    sr: int
    path: tuple[MixWeights, ...] = ((1.0,),)
    """Weights at points evenly spaced over the result; one point is the same mix throughout."""
    content: npt.NDArray[np.float32] | None = None
    """(channels, samples) of a sound at the same rate, whose level contour the result is to have."""

    @property
    def gradual(self) -> bool:
        """Whether the mix changes on the way."""
        return len(self.path) > 1

    @property
    def closed(self) -> bool:
        """Whether the result's end is to continue into its start."""
        return not self.gradual and self.content is None

    @property
    def samples(self) -> int:
        """Those of the shortest clip: statistics of slow changes and long lags are only as good as it allows."""
        return min(int(clip.shape[-1]) for clip in self.clips)

    def weights_at(self, position: float) -> MixWeights:
        """Weights at a position from 0, the start, to 1, the end."""
        at = np.linspace(0, 1, len(self.path))
        return tuple(float(np.interp(position, at, weight)) for weight in zip(*self.path, strict=True))

    def levels(self, moments: int) -> list[Levels]:
        """Levels at moments evenly spaced over the result, between those of the clips in decibels."""
        each = [levels_of(clip, self.sr) for clip in self.clips]
        positions = np.linspace(0, 1, moments) if moments > 1 else np.zeros(1)
        return [mix_levels(each, self.weights_at(float(position))) for position in positions]


def gather(
    samples: Sequence[npt.ArrayLike], rates: Sequence[int], audio: AudioConfig, names: Sequence[str]
) -> tuple[tuple[npt.NDArray[np.float32], ...], int]:
    """Clips, or the parts of them that are learnt from, at the highest of their rates, with the most channels.

    Parameters
    ----------
    samples : sequence of (n,) or (channels, n)
        The clips, full scale at 1.
    rates : sequence of int
        Their sample rates in Hz.
    audio : AudioConfig
        Where they start and end.
    names : sequence of str
        What errors call them.

    Returns
    -------
    tuple of (channels, n), and their rate

    Raises
    ------
    AudioError
        A clip is none to learn from, or its channels do not go with those of the others.
    """
    sr = max(rates)
    clips = []
    for y, rate, name in zip(samples, rates, names, strict=True):
        with naming(name, AudioError):
            clip = excerpt(check_samples(y, rate), rate, audio)
        clips.append(resample_clip(clip, round(clip.shape[-1] * sr / rate)))
    return _with_as_many_channels(clips, names), sr


def _with_as_many_channels(
    clips: Sequence[npt.NDArray[np.float32]], names: Sequence[str]
) -> tuple[npt.NDArray[np.float32], ...]:
    """Clips with the most channels any has: one channel is copied to all, as loud in sum."""
    most = max(len(clip) for clip in clips)
    for clip, name in zip(clips, names, strict=True):
        if len(clip) not in (1, most):
            raise AudioError(
                f"{name} has {len(clip)} channels, another clip has {most}",
                "give clips with the same number of channels, or with one",
            )
    quieter = np.float32(1 / np.sqrt(most))
    same = tuple(clip if len(clip) == most else np.repeat(quieter * clip, most, axis=0) for clip in clips)
    silent = np.array([np.ptp(clip, axis=-1) < SILENCE for clip in same])
    for channel in range(most):
        if silent[:, channel].any() and not silent[:, channel].all():
            name = names[int(np.argmax(silent[:, channel]))]
            raise AudioError(
                f"channel {channel + 1} of {name} is silent, but not in another clip",
                "give it sound, or mix the clip down to one channel",
            )
    return same
