"""What a transfer is made from: a style, whose texture it has, and a content, whose level contour it follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy.typing as npt

from texturize.config import Config
from texturize.errors import AudioError, ConfigError, naming
from texturize.signal.resampling import resample_clip
from texturize.synthesis.clip import check_samples, excerpt
from texturize.synthesis.sources import Gathered


@dataclass(frozen=True)
class TransferSources:
    """A style, and a content that the result is to swell and fade with.

    Attributes
    ----------
    content, style : (n,) or (channels, n)
        Full scale at 1.
    content_sr, style_sr : int
        Their sample rates in Hz.
    names : tuple of str
        What errors call content and style.
    """

    content: npt.ArrayLike
    content_sr: int
    style: npt.ArrayLike
    style_sr: int
    names: tuple[str, str] = ("the content", "the style")

    def gathered(self, config: Config) -> tuple[Gathered, Config]:
        """The style with the content at its rate, and a config whose result is as long as the content."""
        output = config.output
        if output.loop or output.joinable:
            raise ConfigError("a transfer ends as its content does, so it cannot be a loop", "leave out the loop")
        with naming(self.names[0], AudioError):
            content = check_samples(self.content, self.content_sr)
        with naming(self.names[1], AudioError):
            style = excerpt(check_samples(self.style, self.style_sr), self.style_sr, config.audio)
        seconds = content.shape[-1] / self.content_sr
        if output.duration is not None and abs(output.duration - seconds) * self.style_sr > 1:
            raise ConfigError(
                f"output.duration is {output.duration:g} s, but a transfer is as long as its content, {seconds:.3f} s",
                "leave out the duration",
            )
        content = resample_clip(content, max(1, round(seconds * self.style_sr)))
        return Gathered((style,), self.style_sr, content=content), config.with_output(duration=seconds)


def with_depth(config: Config, weight: float | None) -> Config:
    """A config with another share of the content's level contour.

    Raises
    ------
    ConfigError
        It is not from 0 to 1.
    """
    if weight is None:
        return config
    if not 0 <= weight <= 1:
        raise ConfigError(f"weight {weight:g} is not from 0 to 1", "0.3 is the default")
    course = config.loss.course.model_copy(update={"depth": float(weight)})
    return config.model_copy(update={"loss": config.loss.model_copy(update={"course": course})})
