"""A run as one object: what it is made from and how, checked, estimated and made from the same gathered clips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from texturize.config import Config
from texturize.delivery.levels import mean_levels
from texturize.delivery.mastering import Delivery, deliver
from texturize.signal.loudness import follow_loudness
from texturize.synthesis.budget import expected_seconds
from texturize.synthesis.result import Synthesis, restarts, worst_status
from texturize.synthesis.run import Run, Undelivered
from texturize.synthesis.run_plan import RunPlan, plan_run
from texturize.synthesis.sources import Gathered, Sources
from texturize.synthesis.stages import Progress
from texturize.synthesis.trace.snapshots import Snapshot


class Estimate(NamedTuple):
    """What a run will take."""

    bytes: float
    """Memory."""
    seconds: tuple[float, float]
    """Shortest and longest time that is likely."""


class Recipe:
    """What is to be made, and from what; clips are gathered, and the run is planned, once.

    Parameters
    ----------
    sources : SynthSources, MorphSources or TransferSources
        What it is made from.
    config : Config, optional
        The default preset if left out. Its ``output.variations`` says how many results there are.
    """

    def __init__(self, sources: Sources, config: Config | None = None) -> None:
        self.sources, self.config = sources, config or Config()

    @cached_property
    def _planned(self) -> tuple[Gathered, RunPlan]:
        gathered, config = self.sources.gathered(self.config)
        return gathered, plan_run(gathered, config)

    def check(self) -> tuple[str, ...]:
        """Raise what `results` would raise before the work; return the warnings.

        Raises
        ------
        AudioError
            A clip is silent, constant, not finite or too short, has no such part as the config names, or does not go
            with another.
        ConfigError
            The config cannot work with these sources, or with a result of this length.
        """
        return self._planned[1].warnings

    def estimate(self) -> Estimate:
        """What all results will take; raises what `check` raises."""
        plan = self._planned[1]
        return Estimate(plan.bytes, expected_seconds(plan.config, plan.values, plan.speed))

    def results(
        self,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
        trace: Callable[[Snapshot], None] | None = None,
    ) -> Iterator[Synthesis]:
        """Make the ``output.variations`` results, (channels, n) each; raises what `check` raises.

        The first has the config's seed, the second the next number, and so on. They are handed over as they are made.
        Those of ``output.joinable`` share their ends, so that any can follow any without a seam; they come all at
        once, with their levels matched as those of one sound.

        Parameters
        ----------
        progress : callable, optional
            Called with a `Progress` between chunks of steps.
        stop : callable, optional
            Asked between chunks of steps; once it returns True, the best so far is the last result.
        trace : callable, optional
            Called with each `Snapshot` of the first result, and of a long one with those of its first segment.
        """
        gathered, plan = self._planned
        run = Run(plan, gathered, progress, stop, trace)
        for made, delivery in _delivered(run, gathered):
            times: Counter[str] = Counter()
            for part in (run.stages.times, *(record.times for record in made.records)):
                times.update(part)
            notes = (*plan.warnings, *made.notes, *restarts(made.records), *delivery.notes)
            yield Synthesis(
                samples=delivery.samples,
                sample_rate=plan.rate,
                losses=made.records[0].losses,
                status=worst_status(made.records, plan.segments.parts),
                spectral_convergence=made.records[0].spectral_convergence,
                config=plan.config.model_copy(update={"seed": made.seed}),
                seed=made.seed,
                warnings=tuple(dict.fromkeys(notes)),
                times=dict(times),
            )


def _delivered(run: Run, gathered: Gathered) -> Iterator[tuple[Undelivered, Delivery]]:
    """Results with their levels; those that share their ends as one sound, so that the ends stay the same."""
    output, rate = run.plan.config.output, run.plan.rate
    along = gathered.levels(run.plan.segments.parts if gathered.gradual else 1)
    levels = mean_levels(along)
    if not output.joinable:
        for one in run.results():
            y = one.samples
            if gathered.gradual:  # levels of bands that lie between those of two sounds do not add up to one between
                loudness = [level.loudness for level in along]
                y = follow_loudness(y, rate, loudness, run.plan.n / len(along))
            yield one, deliver(y, rate, levels, output, loop=output.loop)
        return
    results = list(run.results())
    joined = deliver(np.concatenate([one.samples for one in results], axis=-1), rate, levels, output, loop=True)
    at = np.cumsum([one.samples.shape[-1] for one in results])[:-1]
    for one, samples in zip(results, np.split(joined.samples, at, axis=-1), strict=True):
        yield one, Delivery(samples, joined.notes)
