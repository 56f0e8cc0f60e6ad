"""The way from gaps to what is new in them: each bridged, or made a texture for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jax
import numpy as np

from texturize.config import Config
from texturize.delivery.mastering import PEAK
from texturize.errors import AudioError
from texturize.signal.limiter import limit
from texturize.signal.resampling import resample_clip
from texturize.synthesis.distinct_channels import distinct_channels
from texturize.synthesis.fill.bridge import BRIDGED_FROM, SHORT, meeting
from texturize.synthesis.fill.gap_run import GapRun, context_samples
from texturize.synthesis.fill.gaps import Around, Gap, Part, Samples, Source, around, named
from texturize.synthesis.fill.sides import going_over
from texturize.synthesis.fill.surroundings import Surroundings, surroundings
from texturize.synthesis.result import worst_status
from texturize.synthesis.run import BUDGET_SHARE, LEAST_SHARE, STARTING_SECONDS
from texturize.synthesis.solution import Status
from texturize.synthesis.stages import Progress, Record


@dataclass(frozen=True)
class Filled:
    """New sound for a gap, and how it came about.

    Attributes
    ----------
    gap : Gap
        Where it goes.
    samples : (channels, n)
        Full scale at 1.
    parts : tuple of Part
        What it was learnt from, in seconds.
    difference : float
        Largest difference in decibels that it goes over between one side and the other; 0 where they are alike.
    status : Status or None
        Of the optimization; None where the gap was bridged without one.
    losses : tuple of float
        The loss before the first step and after the last, of the first segment.
    notes : tuple of str
        What had to be done that one would not expect.
    times : dict of float
        Seconds per stage.
    """

    gap: Gap
    samples: Samples
    parts: tuple[Part, ...]
    difference: float
    status: Status | None
    losses: tuple[float, ...]
    notes: tuple[str, ...]
    times: dict[str, float]


class FillRun:
    """Gaps of a source, and the way to fill them.

    Parameters
    ----------
    source : Source
    sr : int
        Its sample rate in Hz.
    gaps : tuple of Gap
        Of `check_gaps`.
    learn : tuple of Part
        What is to be learnt from; the surroundings of each gap if there is none.
    config : Config
    """

    def __init__(self, source: Source, sr: int, gaps: tuple[Gap, ...], learn: tuple[Part, ...], config: Config) -> None:
        self.source, self.sr, self.gaps, self.learn, self.config = source, sr, gaps, learn, config

    def check(self) -> None:
        """Raise what `fills` would raise before the work."""
        for part in self.learn:
            self._check_learnt(part)
        for index, gap in enumerate(self.gaps):
            if not self.is_short(gap):
                self.surroundings(index)

    def _check_learnt(self, part: Part) -> None:
        """Refuse a part to learn from that is not there, or is to be made anew itself."""
        told, frames, sr = f"--learn {part.start:g}-{part.end:g} s", self.source.frames, self.sr
        if round(part.end * sr) > frames:
            raise AudioError(f"{told} lies beyond the end at {frames / sr:.3f} s", "give an earlier stretch")
        for gap in self.gaps:
            if round(part.start * sr) < gap.stop and gap.start < round(part.end * sr):
                raise AudioError(f"{told} holds the stretch {named(gap, sr)}", "learn from what is beside it")

    def surroundings(self, index: int) -> Surroundings:
        """What a gap is learnt from."""
        return surroundings(self.source, self.gaps[index], self._around(index), self.sr, self.learn)

    def fills(
        self,
        seed: int,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Filled]:
        """Fill the gaps one by one. Once ``stop`` returns True, those that are left get noise of the right colour."""
        begun = time.perf_counter()
        for index, gap in enumerate(self.gaps):
            key = jax.random.fold_in(jax.random.key(seed), index)
            if self.is_short(gap) or (index and stop and stop()):
                yield self._bridged(index, key)
            else:
                config = self._within_budget(index, time.perf_counter() - begun)
                yield self._made(index, key, config, self._numbered(index, progress), stop or (lambda: False))

    def _within_budget(self, index: int, passed: float) -> Config:
        """The config for a gap, with its share of what is left of the budget for all gaps and variations."""
        numerics = self.config.numerics
        if numerics.budget is None:
            return self.config
        whole = BUDGET_SHARE * numerics.budget / self.config.output.variations
        waiting = sum(not self.is_short(gap) for gap in self.gaps[index:])
        share = max(whole - STARTING_SECONDS - passed, LEAST_SHARE * whole) / waiting
        return self.config.model_copy(update={"numerics": numerics.model_copy(update={"budget": share})})

    def _numbered(self, index: int, progress: Callable[[Progress], None] | None) -> Callable[[Progress], None]:
        """Progress that counts gaps, where there are several."""
        if progress is None:
            return lambda _: None
        count = len(self.gaps)
        return progress if count == 1 else lambda at: progress(at._replace(part=index + 1, parts=count))

    def is_short(self, gap: Gap) -> bool:
        """Whether a gap is bridged, and not made a texture for."""
        return gap.n < SHORT * self.sr

    def _around(self, index: int) -> Around:
        return around(self.source, self.gaps, index, self.sr)

    def _bridged(self, index: int, key: jax.Array) -> Filled:
        """A gap of a few milliseconds."""
        gap, most = self.gaps[index], round(BRIDGED_FROM * self.sr)
        sides = self._around(index)
        start = time.perf_counter()
        new = meeting(sides.before[:, -most:], sides.after[:, :most], gap.n, self.sr, key)
        return Filled(gap, new, (), 0.0, None, (), (), {"bridge": time.perf_counter() - start})

    def _made(
        self,
        index: int,
        key: jax.Array,
        config: Config,
        progress: Callable[[Progress], None],
        stop: Callable[[], bool],
    ) -> Filled:
        """A gap that a texture is made for."""
        gap, sides, sr = self.gaps[index], self._around(index), self.sr
        found = self.surroundings(index)
        context = context_samples(found.clip, sr)
        near = found.near(sides, context, sr)
        worked = WorkedSound(np.concatenate([found.clip, *near], axis=-1), sr, config.audio.sample_rate or sr)
        before, after = (worked.brought(side) for side in near)
        lengths = before.shape[-1], after.shape[-1]
        gap_run = GapRun(worked.brought(found.clip), worked.samples(gap.n), lengths, worked.rate, config)
        made, records = gap_run.make(before, after, key, progress, stop)
        n = near[0].shape[-1] + gap.n + near[1].shape[-1]
        whole = worked.brought_back(np.concatenate([before, made, after], axis=-1), n)
        real = sides.before[:, -context:], sides.after[:, :context]
        if found.difference is None and worked.rate == sr:
            first = near[0].shape[-1]
            samples = whole[:, first : first + gap.n] + found.offset
        else:
            samples = self._as_real(whole, found, real, gap.n, key)
        loudest = max(PEAK, *(float(np.max(np.abs(side), initial=0.0)) for side in real))
        samples, limited = limit(samples, sr, loudest)
        return self._told(index, found, gap_run, records, samples, limited)

    def _as_real(
        self, whole: Samples, found: Surroundings, real: tuple[Samples, Samples], n: int, key: jax.Array
    ) -> Samples:
        """What was made between both sides, in another colour or at another rate, as it goes between the real ones."""
        first = real[0].shape[-1]
        if found.difference is not None:
            whole = going_over(whole, found.difference, self.sr, first, first + n)
        return meeting(*real, n, self.sr, key, whole + found.offset)

    def _told(
        self,
        index: int,
        found: Surroundings,
        gap_run: GapRun,
        records: list[Record],
        samples: Samples,
        limited: tuple[str, ...],
    ) -> Filled:
        losses = next((history for history in reversed(records[0].losses.values()) if len(history)), np.zeros(0))
        times = Counter(gap_run.stages.times)
        for record in records:
            times.update(record.times)
        return Filled(
            self.gaps[index],
            samples,
            found.parts,
            0.0 if found.difference is None else float(np.max(np.abs(found.difference))),
            worst_status(records, gap_run.plan.parts),
            (float(losses[0]), float(losses[-1])) if len(losses) else (),
            (*gap_run.notes, *limited),
            dict(times),
        )


class WorkedSound:
    """How a sound (channels, n) is worked on: its distinct channels, at some rate."""

    def __init__(self, y: Samples, sr: int, rate: int) -> None:
        self.sr, self.rate, self.channels = sr, rate, distinct_channels(y)

    def samples(self, n: int) -> int:
        """So many samples of the sound are how many at work."""
        return max(1, round(n * self.rate / self.sr))

    def brought(self, y: Samples) -> Samples:
        """A sound (channels, n) to work on."""
        worked = self.channels.of(y)
        return resample_clip(worked, self.samples(y.shape[-1])) if y.shape[-1] else worked

    def brought_back(self, y: Samples, n: int) -> Samples:
        """A sound that was worked on, as ``n`` samples with all its channels."""
        return self.channels.all_of(resample_clip(y, n))
