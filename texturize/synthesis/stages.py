"""The stages that make one segment: spectrogram, phase recovery, refine."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.config import Config
from texturize.losses.event_course import EventCourse, frames_given, with_course
from texturize.losses.event_map import EventTargets, Given, learn_events, make_map
from texturize.losses.features import compress, expand
from texturize.losses.level_contour import ContourTargets
from texturize.losses.total import SpectrogramLoss, Static, Targets, WaveformLoss
from texturize.signal.band_levels import frames_of, levels_of, plan_grid
from texturize.signal.periodicity import keeps_time
from texturize.signal.phase.recovery import recover
from texturize.signal.spectrogram import magnitude, stft
from texturize.synthesis.mix_weights import MixWeights
from texturize.synthesis.mixing import Aim, aim_at, learn
from texturize.synthesis.optimize import minimize
from texturize.synthesis.preconditioner import shaped_noise
from texturize.synthesis.segments import Fixed
from texturize.synthesis.solution import Solution, Status, Watch
from texturize.synthesis.trace.snapshots import Snapshot, snapshot_steps
from texturize.synthesis.waveform_stage import refine, signal_of


class Progress(NamedTuple):
    """Where a synthesis stands."""

    stage: str
    """One of "spectrogram", "phase" and "refine"."""
    step: int
    total: int
    loss: float | None
    part: int = 1
    """Segment of a long result, or of several, counted from 1."""
    parts: int = 1


class Record(NamedTuple):
    """How a segment came about."""

    losses: dict[str, npt.NDArray[np.float64]]
    """Per optimized stage: the loss before the first step and after each."""
    status: Status
    """Of the last stage that ran."""
    spectral_convergence: float | None
    """Of the phase recovery; None where there was none."""
    times: dict[str, float]
    """Seconds per stage."""
    restarts: int = 0
    """Times that a loss was not finite, and its stage went back to the best so far."""


class Stages:
    """What is made once for clips (channels, samples), and the way from noise to a segment of ``n`` samples."""

    def __init__(
        self, config: Config, static: Static, clips: Sequence[npt.NDArray[np.float32]], sr: float, n: int
    ) -> None:
        self.config, self.static, self.sr, self.n = config, static, sr, n
        self.channels = len(clips[0])
        self.times: dict[str, float] = {}
        with timed(self.times, "statistics"):
            self.learnt = learn(clips, sr, n, static, config.refine.smoothing_ms)
            self.events = learn_events(clips[0], sr, bands=config.loss.envelopes.bands) if self._beats(clips) else None
        self._aim: tuple[MixWeights, Aim] | None = None

    def aim(self, shares: MixWeights) -> Aim:
        """What a segment with these shares of the clips is made to be; the last one is kept."""
        kept = self._aim
        if kept is None or kept[0] != shares:
            kept = self._aim = shares, aim_at(self.learnt, shares, self.n)
        return kept[1]

    def segment(
        self,
        shares: MixWeights,
        key: jax.Array,
        fixed: Fixed | None,
        progress: Callable[[str, int, int, float | None], None],
        stop: Callable[[], bool],
        course: ContourTargets | None = None,
        trace: Callable[[Snapshot], None] | None = None,
        meet: Callable[[jax.Array, jax.Array], tuple[jax.Array, Fixed]] | None = None,
    ) -> tuple[npt.NDArray[np.float32], Record]:
        """A segment (channels, n), and how it came about.

        Parameters
        ----------
        shares : tuple of float
            Of the clips in it.
        key : jax.Array
            Of the noise it starts from.
        fixed : Fixed or None
            What is given of it.
        progress : callable
            Called with stage, step, most steps and loss between chunks of steps.
        stop : callable
            Asked between chunks of steps; once it returns True, the best so far is the result.
        course : ContourTargets, optional
            When it is to swell.
        trace : callable, optional
            Called with snapshots of the optimized stages.
        meet : callable, optional
            Called with the noise (channels, n) that it starts from and its spectral factor H; gives the same going on
            from what is given, and what of that is to stay. ``fixed`` then only says which events are given.
        """
        solutions: dict[str, Solution] = {}
        times: dict[str, float] = {}
        convergence: float | None = None
        targets, H = self.aim(shares)
        targets = targets._replace(course=course)
        y = shaped_noise(key, H, self.n)
        gain: jax.Array | None = None
        if self.events is not None and course is None:  # a content has a course of its own
            with timed(times, "events"):
                events = self._settle(self.events, jax.random.fold_in(key, 2), targets, fixed)
                targets = targets._replace(events=events)
                y, gain = with_course(y, self.sr, events, self.static.loss.envelopes.bands)
        if meet is not None:
            with timed(times, "joints"):
                y, fixed = meet(y, H)
        if self.config.spectrogram_steps:
            with timed(times, "spectrogram"):
                key_of_phases = jax.random.fold_in(key, 1)
                S, solutions["spectrogram"] = self._spectrogram(y, targets, key_of_phases, progress, stop, trace)
            with timed(times, "phase"):
                y, convergence = self._phase(S, key_of_phases, progress)
                y = y if fixed is None else fixed.within(y)
        if self.config.refine.max_steps and not (solutions and stop()):
            with timed(times, "refine"):
                report = functools.partial(progress, "refine")
                loss = WaveformLoss(self.static)

                def heard(u: jax.Array) -> jax.Array:
                    return signal_of(u, H, gain, fixed, self.n)

                watch = self._watch("refine", self.config.refine.max_steps, trace, heard)
                y, solution = refine(y, self.sr, H, loss, targets, self.config.refine, gain, fixed, report, stop, watch)
            solutions["refine"] = solution
        status = list(solutions.values())[-1].status if solutions else Status.OUT_OF_STEPS
        histories = {name: solution.history for name, solution in solutions.items()}
        restarts = sum(solution.restarts for solution in solutions.values())
        return np.asarray(y), Record(histories, status, convergence, times, restarts)

    def _beats(self, clips: Sequence[npt.NDArray[np.float32]]) -> bool:
        """Whether events are settled first: not of a mix, whose maps would be of neither clip, and only of what keeps
        time. Events at random come out better where the waveform stage finds them.
        """
        wanted = self.config.loss.events.weight and self.config.refine.max_steps
        return bool(wanted) and len(clips) == 1 and keeps_time(clips[0], self.sr)

    def _settle(self, learnt: EventTargets, key: jax.Array, targets: Targets, fixed: Fixed | None) -> EventCourse:
        """Course of events of a segment, which goes on from what is given of it."""
        if targets.envelopes is None:
            raise AssertionError("events are followed by the band envelopes")
        bands, mean = targets.envelopes.bands, jnp.asarray(learnt.mean)
        grid = plan_grid(bands.frames, frames_of(self.n / self.sr), groups=len(mean))
        given = None
        if fixed is not None:
            levels = levels_of(fixed.samples, bands, grid, targets.envelopes.floor, mean)
            given = Given(frames_given(np.asarray(fixed.mask), grid.frames), np.asarray(levels))
        return EventCourse(grid, mean, jnp.asarray(make_map(key, learnt, self.n / self.sr, given)))

    def _watch(
        self,
        stage: str,
        most: int,
        trace: Callable[[Snapshot], None] | None,
        heard: Callable[[jax.Array], jax.Array],
    ) -> Watch | None:
        """Snapshots of a stage of at most so many steps, from its variable and the signal that it stands for."""
        if trace is None:
            return None

        def show(step: int, loss: float, losses: np.ndarray, params: jax.Array) -> None:
            trace(Snapshot(stage, step, loss, losses, np.asarray(heard(params)), self.sr, np.asarray(params)))

        return Watch(snapshot_steps(most), show)

    def _spectrogram(
        self,
        y: jax.Array,
        targets: Targets,
        key: jax.Array,
        progress: Callable[[str, int, int, float | None], None],
        stop: Callable[[], bool],
        trace: Callable[[Snapshot], None] | None,
    ) -> tuple[jax.Array, Solution]:
        """Optimize the magnitudes of the first resolution, from those of ``y``; ``key`` is that of the phases."""
        first, wanted = self.static.resolutions[0], targets.resolutions[0]
        start = compress(magnitude(stft(y, first.settings)), first.config.spectrogram, wanted.bin_level)
        optimizer = self.config.optimize.model_copy(update={"max_steps": self.config.spectrogram_steps})
        report = functools.partial(progress, "spectrogram")

        def magnitudes(params: jax.Array) -> jax.Array:
            return expand(params, first.config.spectrogram, wanted.bin_level)

        def heard(params: jax.Array) -> jax.Array:
            return self._phase(magnitudes(params), key, lambda *_: None)[0]

        watch = self._watch("spectrogram", self.config.spectrogram_steps, trace, heard)
        solution = minimize(SpectrogramLoss(self.static), start, targets, optimizer, report, stop, watch)
        return magnitudes(solution.params), solution

    def _phase(
        self, S: jax.Array, key: jax.Array, progress: Callable[[str, int, int, float | None], None]
    ) -> tuple[jax.Array, float]:
        """Signal of magnitudes S, and the spectral convergence, mean over channels."""
        phase, settings = self.config.phase, self.static.resolutions[0].settings
        progress("phase", 0, phase.iterations, None)
        recovery = recover(
            S,
            self.n,
            settings,
            method=phase.method,
            iterations=phase.iterations,
            momentum=phase.momentum,
            init=phase.init,
            key=key,
        )
        convergence = float(jnp.mean(recovery.spectral_convergence))
        progress("phase", phase.iterations, phase.iterations, None)
        return recovery.samples, convergence


@contextmanager
def timed(times: dict[str, float], stage: str) -> Iterator[None]:
    """Add the seconds that a block takes to those of a stage."""
    start = time.perf_counter()
    try:
        yield
    finally:
        times[stage] = times.get(stage, 0.0) + time.perf_counter() - start
