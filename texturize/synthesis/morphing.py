"""Textures between those of several clips: their statistics are mixed, not their signals. The Python API of `morph`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy.typing as npt

from texturize.config import Config
from texturize.errors import ConfigError
from texturize.synthesis.api import Synthesis, of_one, results_of
from texturize.synthesis.geometry import Geometry
from texturize.synthesis.mix_weights import Mix, mix_path
from texturize.synthesis.sources import Sources, gather
from texturize.synthesis.stages import Progress
from texturize.synthesis.trace.snapshots import Snapshot


def morph(
    clips: Sequence[npt.ArrayLike],
    rates: Sequence[int],
    mix: Mix = 0.5,
    *,
    config: Config | None = None,
    seed: int | None = None,
    duration: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    trace: Callable[[Snapshot], None] | None = None,
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
    config = of_one(config, seed, duration)
    made = morphs(clips, rates, mix, config=config, progress=progress, stop=stop, trace=trace)
    return next(made)


def morphs(
    clips: Sequence[npt.ArrayLike],
    rates: Sequence[int],
    mix: Mix = 0.5,
    *,
    config: Config | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    trace: Callable[[Snapshot], None] | None = None,
) -> Iterator[Synthesis]:
    """Make the ``output.variations`` of a mix; see `morph`."""
    sources, config = prepare_morph(clips, rates, mix, config or Config())
    yield from results_of(sources, config, progress, stop, trace)


def prepare_morph(
    clips: Sequence[npt.ArrayLike],
    rates: Sequence[int],
    mix: Mix,
    config: Config,
    names: Sequence[str] | None = None,
) -> tuple[Sources, Config]:
    """Clips of one rate and number of channels with their shares, and a config with the length settled.

    A clip without a share is left out: a mix of one clip alone is what `synthesize` makes of it.
    """
    path = mix_path(mix, len(clips))
    output = config.output
    if len(path) > 1 and (output.loop or output.joinable):
        raise ConfigError(
            f"mix '{mix}' changes on the way, so it ends as another sound than it starts", "leave out the loop"
        )
    names = names or [f"clip {number}" for number in range(1, len(clips) + 1)]
    gathered, sr = gather(clips, rates, config.audio, names)
    seconds = output.duration or min(clip.shape[-1] for clip in gathered) / sr
    kept = [i for i in range(len(gathered)) if any(shares[i] for shares in path)]
    sources = Sources(tuple(gathered[i] for i in kept), sr, tuple(tuple(shares[i] for i in kept) for shares in path))
    return sources, config.with_output(duration=seconds)


def check_morph(
    clips: Sequence[npt.ArrayLike], rates: Sequence[int], mix: Mix, config: Config, names: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Raise what `morph` would raise before the work; return the warnings."""
    return Geometry(*prepare_morph(clips, rates, mix, config, names)).warnings
