"""Textures with the large-scale course of another sound: the Python API of `transfer`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy.typing as npt

from texturize.config import Config
from texturize.errors import AudioError, ConfigError, naming
from texturize.signal.resampling import resample_clip
from texturize.synthesis.api import Synthesis, of_one, results_of
from texturize.synthesis.clip import check_samples, excerpt
from texturize.synthesis.geometry import Geometry
from texturize.synthesis.sources import Sources
from texturize.synthesis.stages import Progress
from texturize.synthesis.trace.snapshots import Snapshot


def transfer(
    content: npt.ArrayLike,
    content_sr: int,
    style: npt.ArrayLike,
    style_sr: int,
    *,
    weight: float | None = None,
    config: Config | None = None,
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    trace: Callable[[Snapshot], None] | None = None,
) -> Synthesis:
    """Make new sound with the texture of a style that swells and fades as a content does.

    The course is the level below 4 Hz, as a whole and in six bands. Nothing else comes from the content: no words, no
    pitch, no single attacks.

    Parameters
    ----------
    content, style : (n,) or (channels, n)
        The result is as long as the content, and has the style's rate, channels and loudness.
    content_sr, style_sr : int
        Their sample rates in Hz.
    weight : float, optional
        From 0 to 1, share of the content's course in decibels; ``config.loss.course.depth`` if left out. At 0 the
        texture swells when the content does, as deep as it does anyway.
    config, seed, progress, stop, trace
        As of `texturize.synthesize`.

    Returns
    -------
    Synthesis
        ``samples`` are (channels, n).

    Raises
    ------
    AudioError
        A clip is silent, not finite or too short.
    ConfigError
        The config cannot work with these clips, or asks for a loop.
    """
    config = of_one(with_depth(config or Config(), weight), seed)
    made = transfers(content, content_sr, style, style_sr, config=config, progress=progress, stop=stop, trace=trace)
    return next(made)


def transfers(
    content: npt.ArrayLike,
    content_sr: int,
    style: npt.ArrayLike,
    style_sr: int,
    *,
    config: Config | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    trace: Callable[[Snapshot], None] | None = None,
) -> Iterator[Synthesis]:
    """Make the ``output.variations`` of a transfer; see `transfer`."""
    sources, config = prepare_transfer(content, content_sr, style, style_sr, config or Config())
    yield from results_of(sources, config, progress, stop, trace)


def prepare_transfer(
    content: npt.ArrayLike,
    content_sr: int,
    style: npt.ArrayLike,
    style_sr: int,
    config: Config,
    names: tuple[str, str] = ("the content", "the style"),
) -> tuple[Sources, Config]:
    """The style with a content at its rate, and a config with the length settled; names are for errors."""
    output = config.output
    if output.loop or output.joinable:
        raise ConfigError("a transfer ends as its content does, so it cannot be a loop", "leave out the loop")
    with naming(names[0], AudioError):
        guide = check_samples(content, content_sr)
    with naming(names[1], AudioError):
        learnt = excerpt(check_samples(style, style_sr), style_sr, config.audio)
    seconds = guide.shape[-1] / content_sr
    if output.duration is not None and abs(output.duration - seconds) * style_sr > 1:
        raise ConfigError(
            f"output.duration is {output.duration:g} s, but a transfer is as long as its content, {seconds:.3f} s",
            "leave out the duration",
        )
    guide = resample_clip(guide, max(1, round(seconds * style_sr)))
    return Sources((learnt,), style_sr, content=guide), config.with_output(duration=seconds)


def with_depth(config: Config, weight: float | None) -> Config:
    """A config with another share of the content's course.

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


def check_transfer(
    content: npt.ArrayLike,
    content_sr: int,
    style: npt.ArrayLike,
    style_sr: int,
    config: Config,
    names: tuple[str, str] = ("the content", "the style"),
) -> tuple[str, ...]:
    """Raise what `transfer` would raise before the work; return the warnings."""
    return Geometry(*prepare_transfer(content, content_sr, style, style_sr, config, names)).warnings
