"""The Python API: each function makes results of a `Recipe`, and all of them take the same options."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
import numpy.typing as npt

from texturize.config import Config
from texturize.synthesis.mix_weights import Mix
from texturize.synthesis.morphing import MorphSources
from texturize.synthesis.recipe import Recipe
from texturize.synthesis.result import Synthesis
from texturize.synthesis.sources import Sources, SynthSources
from texturize.synthesis.stages import Progress
from texturize.synthesis.trace.snapshots import Snapshot
from texturize.synthesis.transferring import TransferSources, with_depth
from texturize.synthesis.verb_options import RunOptions, takes


class Options(RunOptions, total=False):
    """What `synthesize`, `morph` and `transfer` take; None is as good as nothing."""

    duration: float | None
    trace: Callable[[Snapshot], None] | None


@takes(Options)
def synthesize(y: npt.ArrayLike, sr: int, **options: Unpack[Options]) -> Synthesis:
    """Make new sound with the texture of a clip.

    Parameters
    ----------
    y : (n,) or (channels, n)
        The clip, full scale at 1.
    sr : int
        Its sample rate in Hz.
    config : Config, optional
        The default preset if left out.
    seed : int, optional
        Of the noise it starts from; overrides ``config.seed``.
    duration : float, optional
        Seconds of the result; overrides ``config.output.duration``.
    progress : callable, optional
        Called with a `Progress` between chunks of steps.
    stop : callable, optional
        Asked between chunks of steps; once it returns True, the best so far is the result.
    trace : callable, optional
        Called with a `Snapshot` on the way, at steps that grow further apart, and at the end of each optimized stage:
        ``snapshots.append`` keeps them, a `TraceFolder` writes them. Of long results, the first segment's.

    Returns
    -------
    Synthesis

    Raises
    ------
    AudioError
        The clip is silent, constant, not finite or too short, or has no such part as the config names.
    ConfigError
        The config cannot work with this clip, or with a result of this length.
    ForkError
        The process was forked from one in which there was a run before.

    Notes
    -----
    JAX computes in threads, which a forked process does not have: after a first run, start other processes by
    ``multiprocessing.get_context("spawn")``. Several threads may call it side by side.
    """
    return _as_given(y, _one_result(SynthSources(y, sr), **options))


@takes(Options)
def morph(
    clips: Sequence[npt.ArrayLike], rates: Sequence[int], mix: Mix = 0.5, **options: Unpack[Options]
) -> Synthesis:
    """Make new sound whose texture lies between those of clips.

    Parameters
    ----------
    clips : sequence of (n,) or (channels, n)
        Two or more. The result has the highest of their rates and the most channels; its loudness lies between theirs.
    rates : sequence of int
        Their sample rates in Hz.
    mix : float, str or sequence of float
        Of two clips, the share of the second; of more, the share of each. A string with colons, such as "0:1", is a
        mix that changes over the result, whose end then does not continue into its start.
    config, seed, progress, stop, trace
        As of `texturize.synthesize`.
    duration : float, optional
        Seconds of the result; the length of the shortest clip if it is not given, nor by the config.

    Returns
    -------
    Synthesis
        ``samples`` are (channels, n).

    Raises
    ------
    AudioError
        A clip is none to learn from, or its channels do not go with those of the others.
    ConfigError
        The mix is none of these clips, the config cannot work with them, or a changing mix is to be a loop, or is
        too short to change.
    """
    return _one_result(MorphSources(clips, rates, mix), **options)


@takes(Options)
def transfer(
    content: npt.ArrayLike,
    content_sr: int,
    style: npt.ArrayLike,
    style_sr: int,
    *,
    weight: float | None = None,
    **options: Unpack[Options],
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
    duration : float, optional
        As of `texturize.synthesize`; no other than the content's will do.

    Returns
    -------
    Synthesis
        ``samples`` are (channels, n).

    Raises
    ------
    AudioError
        A clip is silent, not finite or too short.
    ConfigError
        The config cannot work with these clips, or asks for a loop or for another length.
    """
    options["config"] = with_depth(options.get("config") or Config(), weight)
    return _one_result(TransferSources(content, content_sr, style, style_sr), **options)


def variations(
    y: npt.ArrayLike,
    sr: int,
    *,
    config: Config | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    trace: Callable[[Snapshot], None] | None = None,
) -> Iterator[Synthesis]:
    """Make the ``output.variations`` textures of a config from one clip: the results of its `Recipe`.

    Each but those of ``output.joinable`` is what `synthesize`, whose parameters these are, makes with its seed.
    """
    for result in Recipe(SynthSources(y, sr), config).results(progress, stop, trace):
        yield _as_given(y, result)


def _one_result(
    sources: Sources,
    *,
    config: Config | None = None,
    seed: int | None = None,
    duration: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    trace: Callable[[Snapshot], None] | None = None,
) -> Synthesis:
    """A result that stands for itself, with the seed and the length in seconds where they are given."""
    length = {} if duration is None else {"duration": duration}
    config = (config or Config()).with_output(joinable=False, **length)
    config = config.of_seed(config.seed if seed is None else seed)
    return next(Recipe(sources, config).results(progress, stop, trace))


def _as_given(y: npt.ArrayLike, result: Synthesis) -> Synthesis:
    """A result with as many axes as its clip."""
    return replace(result, samples=result.samples.reshape((*np.shape(y)[:-1], result.samples.shape[-1])))
