"""New sound for a gap: segments that hold what lies on both sides of it fixed, and are learnt from around it.

    one      [ before | new | after | left over ]
    first    [ before | new                     ]
    next     [ context | new                    ]
    last     [ context | new | after | left over]

Every segment is a loop, as those of `texturize.synthesis.segments` are, and is optimized as a whole: what is given in
it counts in the statistics, but does not move. What is left over takes up by how much the given moments are not like
the rest, and is thrown away.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.config import Config
from texturize.losses.total import static_of
from texturize.runtime.determinism import check_process
from texturize.runtime.device import device_of, precision_of
from texturize.signal.periodicity import keeps_time
from texturize.signal.spectrogram import resolve
from texturize.signal.steady_region import levels
from texturize.signal.tapers import raised_cosine_edges
from texturize.synthesis.budget import ending, fit_budget
from texturize.synthesis.clip import fit_config
from texturize.synthesis.fill.continuation import continued
from texturize.synthesis.memory import Shape, needed_bytes, segment_seconds
from texturize.synthesis.run import LEAST_SHARE
from texturize.synthesis.run_plan import GPU_RATE, SEGMENT_SECONDS
from texturize.synthesis.segments import EDGE, Fixed, work_length
from texturize.synthesis.solution import Status
from texturize.synthesis.stages import Progress, Record, Stages

Samples = npt.NDArray[np.float32]

CONTEXT, RHYTHM_CONTEXT = 0.25, 1.0
"""Seconds that are given on each side; and where the surroundings keep time, for a rhythm is not told by less. What is
given counts in the statistics: the more of it there is, the more is what is new made to be what it is not. Between two
halves of a second with many crackles, a second without any was best."""
STEADY_DB, STEADY_SECONDS = 1.5, 0.25
"""Deviation of the level over windows of so many seconds: rain 0.6, a fire 1.2, a clock 2.6."""
LEAST_LENGTH = 4.0
"""Seconds of a segment, of what is not steady; of what is, the shortest of `LENGTHS`, for it takes as much time."""
MEETING = 0.05
"""Seconds at the ends of what is new that stay what they were at the start: what goes on from the given samples."""
LENGTHS = (2.5, 4.0, 6.0, 9.0, 13.0, 18.0, 24.0)
"""Seconds that segments have: few, so that few are compiled."""


class GapPlan(NamedTuple):
    """How new sound is made of segments."""

    n: int
    """Samples of a segment."""
    parts: int
    """Segments."""
    context: int
    """Samples that a segment has of its predecessor."""


def is_steady(clip: Samples, sr: float) -> bool:
    """Whether a moment of a clip (channels, n) is as loud as another."""
    return bool(np.std(levels(clip.astype(np.float64), sr, STEADY_SECONDS)) < STEADY_DB)


def context_samples(clip: Samples, sr: float) -> int:
    """Samples on each side of a gap that are held fixed, where it is learnt from a clip (channels, n)."""
    return round((RHYTHM_CONTEXT if keeps_time(clip, sr) else CONTEXT) * sr)


def plan_gap(
    new: int, given: tuple[int, int], sr: float, hops: tuple[int, ...], longest: float, least: float = LENGTHS[0]
) -> GapPlan:
    """Segments of about ``least`` to ``longest`` seconds for ``new`` samples between so many given ones.

    As much as is given is left over, at least, and there is something new in each.
    """
    context = max(*given, round(CONTEXT * sr))
    whole = 2 * sum(given) + new
    if whole <= longest * sr:
        seconds = next((length for length in LENGTHS if length >= least and length * sr >= whole), longest)
        return GapPlan(work_length(max(whole, min(seconds, longest) * sr), hops), 1, context)
    parts = math.ceil((whole - context) / (longest * sr - context))

    def samples() -> int:
        return work_length(max(longest * sr, (whole - context) / parts + context), hops)

    # Where the others hold all that is new, the last would be there for what is left over alone: they get longer.
    while parts > 1 and new <= (parts - 1) * (samples() - context):
        parts -= 1
    return GapPlan(samples(), parts, context)


class GapRun:
    """What is made once of a clip (channels, n) for a number of new samples, whatever the seed.

    Raises
    ------
    AudioError
        The clip is too short.
    ConfigError
        The config cannot work with it, or there is not the memory for it.
    """

    def __init__(self, clip: Samples, new: int, given: tuple[int, int], sr: int, config: Config) -> None:
        check_process(config.numerics)
        self.start = time.perf_counter()
        config, self.notes = fit_config(config, clip.shape[-1], sr)
        settings = tuple(resolve(r.spectrogram, sr, circular=True) for r in config.resolutions)
        hops = tuple(s.hop_length for s in settings)
        self.device = device_of(config.numerics)
        values = (new + sum(given)) * len(clip)
        config, notes = fit_budget(config, values, GPU_RATE if self.device.platform == "gpu" else None)
        self.notes += notes
        shape = Shape(hops, len(clip), sr, max(LENGTHS[0], (new + sum(given)) / sr))
        best = min(max(clip.shape[-1] / sr, SEGMENT_SECONDS[0]), SEGMENT_SECONDS[1])
        longest = segment_seconds(config, shape, best)
        self.bytes = needed_bytes(config, shape, longest)
        self.config, self.sr, self.new = config, sr, new
        least = LENGTHS[0] if is_steady(clip, sr) else LEAST_LENGTH
        self.plan = plan_gap(new, given, sr, hops, longest, least)
        precision = precision_of(config.numerics, self.device)
        n = min(self.plan.n, clip.shape[-1])
        static = static_of(config, settings, clip, sr, n, precision)
        with jax.default_device(self.device):
            self.stages = Stages(config, static, [clip], sr, self.plan.n)

    def make(
        self,
        before: Samples,
        after: Samples,
        key: jax.Array,
        progress: Callable[[Progress], None],
        stop: Callable[[], bool],
    ) -> tuple[Samples, list[Record]]:
        """New samples (channels, new) between those ``before`` and ``after``, and how their segments came about."""
        records: list[Record] = []
        made = np.zeros((len(before), self.new), np.float32)
        context, done = before, 0
        for part in range(self.plan.parts):
            last = part == self.plan.parts - 1
            count = self.new - done if last else self.plan.n - context.shape[-1]
            segment = _GapSegment(self.plan.n, context, count, after if last else after[:, :0], self.sr)

            def report(stage: str, step: int, total: int, loss: float | None, part: int = part) -> None:
                progress(Progress(stage, step, total, loss, part + 1, self.plan.parts))

            with jax.default_device(self.device):
                y, record = self.stages.segment(
                    (1.0,),
                    key if part == 0 else jax.random.fold_in(key, part + 1),
                    segment.fixed(),
                    report,
                    self._stop(self.plan.parts - part, stop),
                    meet=segment.meet,
                )
            if record.status is Status.STOPPED and not stop():
                record = record._replace(status=Status.OUT_OF_TIME)
            records.append(record)
            at = context.shape[-1]
            made[:, done : done + count] = y[:, at : at + count]
            done += count
            context = np.concatenate([context, made[:, :done]], axis=-1)[:, -self.plan.context :]
        return made, records

    def _stop(self, parts: int, stopped: Callable[[], bool]) -> Callable[[], bool]:
        """Whether a segment is to end: the caller says so, or its share of the budget is used up."""
        budget = self.config.numerics.budget
        if budget is None:
            return stopped
        return ending(stopped, lambda now: max(self.start + budget - now, LEAST_SHARE * budget) / parts)


class _GapSegment:
    """A segment: what is given at its start, what is new, and what is given behind that."""

    def __init__(self, n: int, before: Samples, new: int, after: Samples, sr: float) -> None:
        self.n, self.sr = n, sr
        self.first, self.stop = before.shape[-1], before.shape[-1] + new
        self.samples = np.zeros((len(before), n), np.float32)
        self.samples[:, : self.first] = before
        self.samples[:, self.stop : self.stop + after.shape[-1]] = after
        self.end = self.stop + after.shape[-1]

    @property
    def mask(self) -> npt.NDArray[np.float32]:
        """1 where samples stay what they are; smooth, as short fades spread loud tones into quiet bands."""
        mask = np.zeros(self.n, np.float32)
        meeting = max(1, min(round(MEETING * self.sr), (self.stop - self.first) // 2))
        fade = raised_cosine_edges(2 * meeting, meeting)[meeting:]
        if self.first:
            mask[: self.first] = self._fading_in(self.first)
            mask[self.first : self.first + meeting] = fade
        if self.end > self.stop:
            mask[self.stop : self.end] = self._fading_in(self.end - self.stop)[::-1]
            mask[self.stop - meeting : self.stop] = fade[::-1]
        return mask

    def _fading_in(self, n: int) -> npt.NDArray[np.float64]:
        edge = max(1, min(round(EDGE * self.sr), n // 2))
        return raised_cosine_edges(2 * n, edge)[:n]

    def fixed(self) -> Fixed:
        """What is given, and no more."""
        mask = self.mask
        mask[self.first : self.stop] = 0
        return Fixed(jnp.asarray(mask), jnp.asarray(self.samples))

    def meet(self, y: jax.Array, H: jax.Array) -> tuple[jax.Array, Fixed]:
        """A start that goes on from what is given, from noise; and what of it stays."""
        noise, mask = np.asarray(y, np.float64), self.mask
        gap = self.first, self.stop
        whole = noise.copy()
        whole[:, : self.end] = continued(noise[:, : self.end], H, self.samples[:, : self.end], gap, self.sr)
        # At the outer ends, where nothing goes on from what is given, it fades into the noise.
        start = whole.copy()
        for side in (slice(0, self.first), slice(self.stop, self.n)):
            start[:, side] = mask[side] * whole[:, side] + (1 - mask[side]) * noise[:, side]
        return jnp.asarray(start, jnp.float32), Fixed(jnp.asarray(mask), jnp.asarray(whole, jnp.float32))
