"""From a clip to new textures: composes the stages. The Python API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from texturize.config import Config
from texturize.delivery.levels import mean_levels
from texturize.delivery.mastering import Delivery, deliver
from texturize.show.notebook import audio_html, spectrogram_html
from texturize.show.tables import html_table
from texturize.signal.loudness import follow_loudness
from texturize.synthesis.budget import expected_seconds
from texturize.synthesis.clip import check_samples, excerpt
from texturize.synthesis.geometry import Geometry
from texturize.synthesis.run import Made, Maker
from texturize.synthesis.solution import Status
from texturize.synthesis.sources import Sources
from texturize.synthesis.stages import Progress, Record
from texturize.synthesis.trace.snapshots import Snapshot


@dataclass(frozen=True)
class Synthesis:
    """A new texture and how it came about."""

    samples: npt.NDArray[np.float32]
    """(n,) or (channels, n), as the clip was given, at the levels that ``config.output`` asks for; its end continues
    into its start, unless it is faded."""
    sample_rate: int
    losses: dict[str, npt.NDArray[np.float64]]
    """Per optimized stage: the loss before the first step and after each; of long results, the first segment's."""
    status: Status
    """Of the last stage that ran; of long results, the worst of their segments'."""
    spectral_convergence: float | None
    """Of the phase recovery, |(|STFT(y)| - S)| / |S|, mean over channels; None where there was none."""
    config: Config
    seed: int
    warnings: tuple[str, ...]
    times: dict[str, float]
    """Seconds per stage."""

    def _repr_html_(self) -> str:
        """The sound to play, its spectrogram, and how it came about, for notebooks."""
        channels, n = np.atleast_2d(self.samples).shape
        curves = ((stage, losses) for stage, losses in self.losses.items() if len(losses))
        table = html_table(
            [
                ("length", f"{n / self.sample_rate:.2f} s"),
                ("sample rate", f"{self.sample_rate} Hz"),
                ("channels", str(channels)),
                ("seed", str(self.seed)),
                *((f"loss, {stage}", f"{losses[0]:.3g} to {losses[-1]:.3g}") for stage, losses in curves),
                ("ended", self.status.sentence),
                ("took", f"{sum(self.times.values()):.1f} s"),
                *(("warning", text) for text in self.warnings),
            ]
        )
        sound = audio_html(self.samples, self.sample_rate), spectrogram_html(self.samples, self.sample_rate)
        return "<br>".join((*sound, table))


def check(y: npt.ArrayLike, sr: int, config: Config | None = None) -> tuple[str, ...]:
    """Raise AudioError or ConfigError if a synthesis from this clip would not work; return the warnings."""
    config = config or Config()
    return Geometry(_one(y, sr, config), config).warnings


class Estimate(NamedTuple):
    """What a run will take."""

    bytes: float
    """Memory."""
    seconds: tuple[float, float]
    """Shortest and longest time that is likely."""


def estimate(y: npt.ArrayLike, sr: int, config: Config | None = None) -> Estimate:
    """What `variations` will take with this clip and config, before it is run; raises what `check` raises."""
    config = config or Config()
    return estimate_of(_one(y, sr, config), config)


def estimate_of(sources: Sources, config: Config) -> Estimate:
    """What `results_of` will take."""
    geometry = Geometry(sources, config)
    return Estimate(geometry.bytes, expected_seconds(geometry.config, geometry.values, geometry.speed))


def synthesize(
    y: npt.ArrayLike,
    sr: int,
    *,
    config: Config | None = None,
    seed: int | None = None,
    duration: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    trace: Callable[[Snapshot], None] | None = None,
) -> Synthesis:
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
    config = of_one(config, seed, duration)
    return next(variations(y, sr, config=config, progress=progress, stop=stop, trace=trace))


def variations(
    y: npt.ArrayLike,
    sr: int,
    *,
    config: Config | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    trace: Callable[[Snapshot], None] | None = None,
) -> Iterator[Synthesis]:
    """Make the ``output.variations`` textures of a config from one clip; see `synthesize`.

    The first has the config's seed, the second the next number, and so on: each is what `synthesize` makes with that
    seed. They are handed over as they are made. Those of ``output.joinable`` share their ends, so that any can follow
    any without a seam; they come all at once, with their levels matched as those of one sound. Once ``stop`` returns
    True, the one that is being made is the last. ``trace`` is shown the first.
    """
    given = np.asarray(y)
    config = config or Config()
    for result in results_of(_one(y, sr, config), config, progress, stop, trace):
        yield replace(result, samples=result.samples.reshape((*given.shape[:-1], result.samples.shape[-1])))


def _one(y: npt.ArrayLike, sr: int, config: Config) -> Sources:
    return Sources((excerpt(check_samples(y, sr), sr, config.audio),), sr)


def results_of(
    sources: Sources,
    config: Config,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    trace: Callable[[Snapshot], None] | None = None,
) -> Iterator[Synthesis]:
    """The textures of a config from one clip or several, (channels, n) each; see `variations`."""
    maker = Maker(Geometry(sources, config), sources, progress, stop, trace)
    for result, samples in _delivered(maker, sources, config):
        records = result.records
        notes = dict.fromkeys((*maker.geometry.warnings, *result.notes, *_restarts(records), *samples.notes))
        times: Counter[str] = Counter()
        for part in (maker.stages.times, *(record.times for record in records)):
            times.update(part)
        yield Synthesis(
            samples=samples.samples,
            sample_rate=maker.geometry.rate,
            losses=records[0].losses,
            status=worst_status(records, maker.plan.parts),
            spectral_convergence=records[0].spectral_convergence,
            config=maker.geometry.config.model_copy(update={"seed": result.seed}),
            seed=result.seed,
            warnings=tuple(notes),
            times=dict(times),
        )


def worst_status(records: list[Record], parts: int) -> Status:
    """The worst of the statuses of segments; stopped where some were not begun."""
    found = {record.status for record in records} | ({Status.STOPPED} if len(records) < parts else set())
    worst = (Status.NOT_FINITE, Status.STOPPED, Status.OUT_OF_TIME, Status.OUT_OF_STEPS)
    return next((status for status in worst if status in found), Status.CONVERGED)


def _restarts(records: list[Record]) -> tuple[str, ...]:
    """What to say of losses that were not finite on the way."""
    count = sum(record.restarts for record in records)
    if not count:
        return ()
    times = "once" if count == 1 else f"{count} times"
    return (f"the loss was {times} not a finite number: it went on from the best so far, with a smaller step",)


def of_one(config: Config | None, seed: int | None, duration: float | None = None) -> Config:
    """Config of one result that stands for itself, with the seed and the length in seconds where they are given."""
    length = {} if duration is None else {"duration": duration}
    config = (config or Config()).with_output(joinable=False, **length)
    return config.of_seed(config.seed if seed is None else seed)


def _delivered(maker: Maker, sources: Sources, config: Config) -> Iterator[tuple[Made, Delivery]]:
    """Results with their levels; those that share their ends as one sound, so that the ends stay the same."""
    output, rate = config.output, maker.geometry.rate
    along = sources.levels(maker.plan.parts if sources.gradual else 1)
    levels = mean_levels(along)
    if not output.joinable:
        for one in maker.results():
            y = one.samples
            if sources.gradual:  # levels of bands that lie between those of two sounds do not add up to one between
                loudness = [level.loudness for level in along]
                y = follow_loudness(y, rate, loudness, maker.geometry.n / len(along))
            yield one, deliver(y, rate, levels, output, loop=output.loop)
        return
    results = list(maker.results())
    joined = deliver(np.concatenate([one.samples for one in results], axis=-1), rate, levels, output, loop=True)
    at = np.cumsum([one.samples.shape[-1] for one in results])[:-1]
    for one, samples in zip(results, np.split(joined.samples, at, axis=-1), strict=True):
        yield one, Delivery(samples, joined.notes)
