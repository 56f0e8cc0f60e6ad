"""The way from clips made ready to results: segment by segment, several at a time."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import jax
import numpy as np
import numpy.typing as npt

from texturize.losses.total import static_of
from texturize.runtime.device import precision_of
from texturize.signal.resampling import resample_circular, resample_clip
from texturize.synthesis.budget import ending
from texturize.synthesis.contour_follower import Guide, guide_of
from texturize.synthesis.geometry import Geometry
from texturize.synthesis.mix_weights import Shares
from texturize.synthesis.mixing import common_static
from texturize.synthesis.segments import Assembly, Ends
from texturize.synthesis.solution import Status
from texturize.synthesis.sources import Sources
from texturize.synthesis.stages import Progress, Record, Stages
from texturize.synthesis.trace.snapshots import Snapshot

LEAST_SHARE = 0.1  # of the budget, that the work itself gets
SHARED_SECONDS = 0.25  # at each end of results that can follow one another
BUDGET_SHARE, STARTING_SECONDS = 0.95, 2.5  # of what the whole may take, and before and after the work itself


class Made(NamedTuple):
    """One result at its own rate, before its levels are matched."""

    samples: npt.NDArray[np.float32]  # (channels, n)
    seed: int
    records: list[Record]  # of its segments
    notes: tuple[str, ...]


class Maker:
    """Clips made ready: their statistics are measured once, whatever is made of them."""

    def __init__(
        self,
        geometry: Geometry,
        sources: Sources,
        progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
        trace: Callable[[Snapshot], None] | None = None,
    ) -> None:
        self.geometry, self.plan, config = geometry, geometry.plan, geometry.config
        self.sources, self.trace = sources, trace
        self.progress, self.stopped = progress or (lambda _: None), stop or (lambda: False)
        self.start = time.perf_counter()
        clips = []
        for clip in sources.clips:
            worked = clip[geometry.worked]
            clips.append(resample_clip(worked, round(worked.shape[-1] * self.plan.rate / geometry.sr)))
        precision = precision_of(config.numerics, geometry.device)
        n = min(self.plan.n, *(clip.shape[-1] for clip in clips))
        static = common_static(
            [static_of(config, geometry.settings, clip, self.plan.rate, n, precision) for clip in clips]
        )
        with jax.default_device(geometry.device):
            self.stages = Stages(config, static, clips, self.plan.rate, self.plan.n)
            self.guide = self._guide(clips[0])

    def _guide(self, style: npt.NDArray[np.float32]) -> Guide | None:
        """What the content asks for, if there is one."""
        content, plan = self.sources.content, self.plan
        if content is None:
            return None
        content = resample_clip(content, min(plan.total, round(content.shape[-1] * plan.rate / self.geometry.sr)))
        # A short result is made longer than it is to be, and cut.
        content = np.pad(content, [(0, 0), (0, plan.total - content.shape[-1])], mode="wrap")
        return guide_of(content, style, plan.rate, self.geometry.config.loss.course.depth)

    def shares(self, segment: int) -> Shares:
        """Shares of the clips in a segment: what is new of it, and the context, which has those of the one before."""
        if not self.sources.gradual:
            return self.sources.path[0]
        last = max(1, self.plan.parts - 1)
        here, before = (self.sources.shares_at(max(0, at) / last) for at in (segment, segment - 1))
        old = self.plan.context / self.plan.n
        return tuple(old * b + (1 - old) * h for h, b in zip(here, before, strict=True))

    def results(self) -> Iterator[Made]:
        """The variations, in their order; as many at a time as there are processors and memory for."""
        output, seed = self.geometry.config.output, self.geometry.config.seed
        ends: Ends | None = None
        first = 0
        if output.joinable:
            result, records = self.make(seed, 0, None)
            ends, first = self.ends_of(result), 1
            yield self._made(result, records, seed)
        with ThreadPoolExecutor(self.geometry.workers) as pool:
            waiting: deque[Future[tuple[npt.NDArray[np.float32], list[Record]]]] = deque()
            started = first
            for index in range(first, output.variations):
                while started < output.variations and len(waiting) < self.geometry.workers:
                    if started and self.stopped():
                        break
                    waiting.append(pool.submit(self.make, seed + started, started, ends))
                    started += 1
                if not waiting:
                    return
                yield self._made(*waiting.popleft().result(), seed + index)

    def _made(self, result: npt.NDArray[np.float32], records: list[Record], seed: int) -> Made:
        notes: tuple[str, ...] = ()
        if result.shape[-1] < self.plan.total:
            done, whole = (n / self.plan.rate for n in (result.shape[-1], self.plan.total))
            unclosed = ", and the end does not continue into the start" if self.plan.closed else ""
            notes = (f"there are {done:.1f} s of {whole:.1f} s{unclosed}",)
        return Made(self.full(result), seed, records, notes)

    def make(self, seed: int, index: int, ends: Ends | None) -> tuple[npt.NDArray[np.float32], list[Record]]:
        """The whole of one result at the working rate, (distinct channels, total), and how its segments came about."""
        assembly = Assembly(self.plan, self.stages.channels, ends)
        key = jax.random.key(seed)
        records: list[Record] = []
        parts = self.plan.parts * self.geometry.config.output.variations
        for segment in range(self.plan.parts):
            if segment and self.stopped():
                break
            part = index * self.plan.parts + segment + 1

            def report(stage: str, step: int, total: int, loss: float | None, part: int = part) -> None:
                self.progress(Progress(stage, step, total, loss, part, parts))

            key_of_segment = key if segment == 0 else jax.random.fold_in(key, segment + 1)
            shares = self.shares(segment)
            stop = self._stop(math.ceil((parts - part + 1) / self.geometry.workers))
            with jax.default_device(self.geometry.device):  # of this thread
                start = segment * (self.plan.n - self.plan.context)
                course = self.guide.targets(start, self.plan.n) if self.guide else None
                trace = None if index or segment else self.trace
                fixed = assembly.fixed(segment)
                y, record = self.stages.segment(shares, key_of_segment, fixed, report, stop, course, trace)
            if record.status is Status.STOPPED and not self.stopped():
                record = record._replace(status=Status.OUT_OF_TIME)
            records.append(record)
            if segment and record.status is Status.STOPPED:
                break  # what there is of it is hardly more than noise
            assembly.add(segment, y)
        made = assembly.cut()
        return made if self.guide is None else self.guide.shape(made), records

    def _stop(self, rounds: int) -> Callable[[], bool]:
        """Whether a part is to end: the caller says so, or its share of the budget is used up.

        It leaves as much to each of the ``rounds`` that are left, and takes some in any case.
        """
        budget = self.geometry.config.numerics.budget
        if budget is None:
            return self.stopped

        def allowed(now: float) -> float:
            left = self.start + BUDGET_SHARE * budget - STARTING_SECONDS - now
            return max(left / rounds, LEAST_SHARE * budget / rounds)

        return ending(self.stopped, allowed)

    def ends_of(self, result: npt.NDArray[np.float32]) -> Ends:
        """Ends for others to share."""
        k = min(round(SHARED_SECONDS * self.plan.rate), result.shape[-1] // 4)
        return Ends(result[:, -k:], result[:, :k])

    def full(self, result: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A result at its own rate, with all its channels: (channels, n)."""
        geometry, whole = self.geometry, result.shape[-1] == self.plan.total
        n = geometry.made if whole else round(result.shape[-1] * geometry.made / self.plan.total)
        resample = resample_circular if self.plan.closed else resample_clip
        result = resample(result, n)[:, : geometry.n]
        silence = np.zeros(result.shape[-1], np.float32)
        return np.stack([silence if i is None else result[geometry.worked.index(i)] for i in geometry.source])
