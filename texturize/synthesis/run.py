"""The way from gathered clips to results: segment by segment, several at a time."""

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
from texturize.runtime.forks import check_fork
from texturize.signal.resampling import resample_circular, resample_clip
from texturize.synthesis.budget import ending
from texturize.synthesis.contour_follower import ContourFollower, contour_follower
from texturize.synthesis.mix_weights import MixWeights
from texturize.synthesis.mixing import common_static
from texturize.synthesis.run_plan import RunPlan
from texturize.synthesis.segments import Assembly, Ends
from texturize.synthesis.solution import Status
from texturize.synthesis.sources import Gathered
from texturize.synthesis.stages import Progress, Record, Stages
from texturize.synthesis.trace.snapshots import Snapshot

LEAST_SHARE = 0.1  # of the budget, that the work itself gets
SHARED_SECONDS = 0.25  # at each end of results that can follow one another
BUDGET_SHARE, STARTING_SECONDS = 0.95, 2.5  # of what the whole may take, and before and after the work itself


class Undelivered(NamedTuple):
    """One result at its own rate, before its levels are matched."""

    samples: npt.NDArray[np.float32]  # (channels, n)
    seed: int
    records: list[Record]  # of its segments
    notes: tuple[str, ...]


class Run:
    """Results of a plan, from clips whose statistics are measured once, whatever is made of them."""

    def __init__(
        self,
        plan: RunPlan,
        gathered: Gathered,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
        trace: Callable[[Snapshot], None] | None = None,
    ) -> None:
        check_fork()  # the plan may have been made in another process
        self.plan, self.segments, config = plan, plan.segments, plan.config
        self.gathered, self.trace = gathered, trace
        self.progress, self.stopped = progress or (lambda _: None), stop or (lambda: False)
        self.start = time.perf_counter()
        rate = self.segments.rate
        clips = [
            resample_clip(plan.channels.of(clip), round(clip.shape[-1] * rate / plan.sr)) for clip in gathered.clips
        ]
        precision = precision_of(config.numerics, plan.device)
        n = min(self.segments.n, *(clip.shape[-1] for clip in clips))
        static = common_static([static_of(config, plan.settings, clip, rate, n, precision) for clip in clips])
        with jax.default_device(plan.device):
            self.stages = Stages(config, static, clips, rate, self.segments.n)
            self.follower = self._follower(clips[0])

    def _follower(self, style: npt.NDArray[np.float32]) -> ContourFollower | None:
        """What the content asks for, if there is one."""
        content, total, rate = self.gathered.content, self.segments.total, self.segments.rate
        if content is None:
            return None
        content = resample_clip(content, min(total, round(content.shape[-1] * rate / self.plan.sr)))
        # A short result is made longer than it is to be, and cut.
        content = np.pad(content, [(0, 0), (0, total - content.shape[-1])], mode="wrap")
        return contour_follower(content, style, rate, self.plan.config.loss.course.depth)

    def weights(self, segment: int) -> MixWeights:
        """Weights of the clips in a segment: what is new of it, and the context, which has those of the one before."""
        if not self.gathered.gradual:
            return self.gathered.path[0]
        last = max(1, self.segments.parts - 1)
        here, before = (self.gathered.weights_at(max(0, at) / last) for at in (segment, segment - 1))
        old = self.segments.context / self.segments.n
        return tuple(old * b + (1 - old) * h for h, b in zip(here, before, strict=True))

    def results(self) -> Iterator[Undelivered]:
        """The variations, in their order; as many at a time as there are processors and memory for."""
        output, seed = self.plan.config.output, self.plan.config.seed
        ends: Ends | None = None
        first = 0
        if output.joinable:
            result, records = self.make(seed, 0, None)
            ends, first = self.ends_of(result), 1
            yield self._undelivered(result, records, seed)
        with ThreadPoolExecutor(self.plan.workers) as pool:
            waiting: deque[Future[tuple[npt.NDArray[np.float32], list[Record]]]] = deque()
            started = first
            for index in range(first, output.variations):
                while started < output.variations and len(waiting) < self.plan.workers:
                    if started and self.stopped():
                        break
                    waiting.append(pool.submit(self.make, seed + started, started, ends))
                    started += 1
                if not waiting:
                    return
                yield self._undelivered(*waiting.popleft().result(), seed + index)

    def _undelivered(self, result: npt.NDArray[np.float32], records: list[Record], seed: int) -> Undelivered:
        notes: tuple[str, ...] = ()
        if result.shape[-1] < self.segments.total:
            done, whole = (n / self.segments.rate for n in (result.shape[-1], self.segments.total))
            unclosed = ", and the end does not continue into the start" if self.segments.closed else ""
            notes = (f"there are {done:.1f} s of {whole:.1f} s{unclosed}",)
        return Undelivered(self.full(result), seed, records, notes)

    def make(self, seed: int, index: int, ends: Ends | None) -> tuple[npt.NDArray[np.float32], list[Record]]:
        """The whole of one result at the working rate, (distinct channels, total), and how its segments came about."""
        assembly = Assembly(self.segments, self.stages.channels, ends)
        key = jax.random.key(seed)
        records: list[Record] = []
        parts = self.segments.parts * self.plan.config.output.variations
        for segment in range(self.segments.parts):
            if segment and self.stopped():
                break
            part = index * self.segments.parts + segment + 1

            def report(stage: str, step: int, total: int, loss: float | None, part: int = part) -> None:
                self.progress(Progress(stage, step, total, loss, part, parts))

            key_of_segment = key if segment == 0 else jax.random.fold_in(key, segment + 1)
            weights = self.weights(segment)
            stop = self._stop(math.ceil((parts - part + 1) / self.plan.workers))
            with jax.default_device(self.plan.device):  # of this thread
                start = segment * (self.segments.n - self.segments.context)
                course = self.follower.targets(start, self.segments.n) if self.follower else None
                trace = None if index or segment else self.trace
                fixed = assembly.fixed(segment)
                y, record = self.stages.segment(weights, key_of_segment, fixed, report, stop, course, trace)
            if record.status is Status.STOPPED and not self.stopped():
                record = record._replace(status=Status.OUT_OF_TIME)
            records.append(record)
            if segment and record.status is Status.STOPPED:
                break  # what there is of it is hardly more than noise
            assembly.add(segment, y)
        made = assembly.cut()
        return made if self.follower is None else self.follower.shape(made), records

    def _stop(self, rounds: int) -> Callable[[], bool]:
        """Whether a part is to end: the caller says so, or its share of the budget is used up.

        It leaves as much to each of the ``rounds`` that are left, and takes some in any case.
        """
        budget = self.plan.config.numerics.budget
        if budget is None:
            return self.stopped

        def allowed(now: float) -> float:
            left = self.start + BUDGET_SHARE * budget - STARTING_SECONDS - now
            return max(left / rounds, LEAST_SHARE * budget / rounds)

        return ending(self.stopped, allowed)

    def ends_of(self, result: npt.NDArray[np.float32]) -> Ends:
        """Ends for others to share."""
        k = min(round(SHARED_SECONDS * self.segments.rate), result.shape[-1] // 4)
        return Ends(result[:, -k:], result[:, :k])

    def full(self, result: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A result at its own rate, with all its channels: (channels, n)."""
        plan, n, total = self.plan, result.shape[-1], self.segments.total
        made = plan.made if n == total else round(n * plan.made / total)
        resample = resample_circular if self.segments.closed else resample_clip
        return plan.channels.all_of(resample(result, made)[:, : plan.n])
