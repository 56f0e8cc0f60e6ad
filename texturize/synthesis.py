"""From a clip to new textures: composes the stages. The Python API."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import jax
import numpy as np
import numpy.typing as npt

from texturize.budget import expected_seconds
from texturize.clip import check_samples, excerpt
from texturize.config import Config
from texturize.delivery import Delivery, deliver
from texturize.device import precision_of
from texturize.geometry import Geometry
from texturize.losses import static_of
from texturize.notebook import audio_html, spectrogram_html
from texturize.optimize import Status
from texturize.resampling import resample_circular, resample_clip
from texturize.segments import Assembly, Ends
from texturize.stages import Progress, Record, Stages
from texturize.tables import html_table
from texturize.trace import Snapshot

LEAST_SHARE = 0.1  # of the budget, that the work itself gets
SHARED_SECONDS = 0.15  # at each end of results that can follow one another
BUDGET_SHARE, STARTING_SECONDS = 0.95, 2.5  # of what the whole may take, and before and after the work itself


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
    return Geometry(excerpt(check_samples(y, sr), sr, config.audio), sr, config).warnings


class Estimate(NamedTuple):
    """What a run will take."""

    bytes: float
    """Memory."""
    seconds: tuple[float, float]
    """Shortest and longest time that is likely."""


def estimate(y: npt.ArrayLike, sr: int, config: Config | None = None) -> Estimate:
    """What `variations` will take with this clip and config, before it is run; raises what `check` raises."""
    config = config or Config()
    geometry = Geometry(excerpt(check_samples(y, sr), sr, config.audio), sr, config)
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
    """
    config = _with_output(config or Config(), seed, {"variations": 1, "joinable": False}, duration)
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
    clip = excerpt(check_samples(given, sr), sr, config.audio)
    maker = _Maker(Geometry(clip, sr, config), clip, progress, stop, trace)
    made = maker.results()
    for result, samples in _delivered(made, clip, sr, config, maker.geometry.rate):
        records = result.records
        notes = dict.fromkeys((*maker.geometry.warnings, *result.notes, *_restarts(records), *samples.notes))
        times: Counter[str] = Counter()
        for part in (maker.stages.times, *(record.times for record in records)):
            times.update(part)
        yield Synthesis(
            samples=samples.samples.reshape((*given.shape[:-1], samples.samples.shape[-1])),
            sample_rate=maker.geometry.rate,
            losses=records[0].losses,
            status=_status(records, maker.plan.parts),
            spectral_convergence=records[0].spectral_convergence,
            config=maker.geometry.config.model_copy(update={"seed": result.seed}),
            seed=result.seed,
            warnings=tuple(notes),
            times=dict(times),
        )


def _status(records: list[Record], parts: int) -> Status:
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


def _with_output(config: Config, seed: int | None, output: dict[str, object], duration: float | None) -> Config:
    """A config with another seed and other keys of its section `output`."""
    changes = output | ({} if duration is None else {"duration": duration})
    return config.model_copy(
        update={
            "seed": config.seed if seed is None else seed,
            "output": config.output.model_copy(update=changes),
        }
    )


class _Made(NamedTuple):
    """One result at its own rate, before its levels are matched."""

    samples: npt.NDArray[np.float32]  # (channels, n)
    seed: int
    records: list[Record]  # of its segments
    notes: tuple[str, ...]


def _delivered(
    made: Iterator[_Made], clip: npt.NDArray[np.float32], sr: int, config: Config, rate: int
) -> Iterator[tuple[_Made, Delivery]]:
    """Results with their levels; those that share their ends as one sound, so that the ends stay the same."""
    output = config.output
    if not output.joinable:
        yield from ((one, deliver(one.samples, rate, clip, sr, output, loop=output.loop)) for one in made)
        return
    results = list(made)
    joined = deliver(np.concatenate([one.samples for one in results], axis=-1), rate, clip, sr, output, loop=True)
    at = np.cumsum([one.samples.shape[-1] for one in results])[:-1]
    for one, samples in zip(results, np.split(joined.samples, at, axis=-1), strict=True):
        yield one, Delivery(samples, joined.notes)


class _Maker:
    """A clip made ready: its statistics are measured once, whatever is made of them."""

    def __init__(
        self,
        geometry: Geometry,
        clip: npt.NDArray[np.float32],
        progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
        trace: Callable[[Snapshot], None] | None = None,
    ) -> None:
        self.trace = trace
        self.geometry, self.plan, config = geometry, geometry.plan, geometry.config
        self.progress, self.stopped = progress or (lambda _: None), stop or (lambda: False)
        self.start = time.perf_counter()
        worked = clip[geometry.worked]
        worked = resample_clip(worked, round(worked.shape[-1] * self.plan.rate / geometry.sr))
        precision = precision_of(config.numerics, geometry.device)
        static = static_of(config, geometry.settings, worked, self.plan.rate, self.plan.n, precision)
        with jax.default_device(geometry.device):
            self.stages = Stages(config, static, worked, self.plan.rate, self.plan.n)

    def results(self) -> Iterator[_Made]:
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

    def _made(self, result: npt.NDArray[np.float32], records: list[Record], seed: int) -> _Made:
        notes: tuple[str, ...] = ()
        if result.shape[-1] < self.plan.total:
            done, whole = (n / self.plan.rate for n in (result.shape[-1], self.plan.total))
            notes = (f"there are {done:.1f} s of {whole:.1f} s, and the end does not continue into the start",)
        return _Made(self.full(result), seed, records, notes)

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
            stop = self._stop(math.ceil((parts - part + 1) / self.geometry.workers))
            with jax.default_device(self.geometry.device):  # of this thread
                trace = None if index or segment else self.trace
                y, record = self.stages.segment(key_of_segment, assembly.fixed(segment), report, stop, trace)
            if record.status is Status.STOPPED and not self.stopped():
                record = record._replace(status=Status.OUT_OF_TIME)
            records.append(record)
            if segment and record.status is Status.STOPPED:
                break  # what there is of it is hardly more than noise
            assembly.add(segment, y)
        return assembly.cut(), records

    def _stop(self, rounds: int) -> Callable[[], bool]:
        """Whether a part is to end: the caller says so, or its share of the budget is used up.

        Its time begins when it is first asked, after compiling; it leaves as much to each of the ``rounds`` that are
        left, and takes some in any case.
        """
        budget = self.geometry.config.numerics.budget
        if budget is None:
            return self.stopped
        deadline: list[float] = []

        def stop() -> bool:
            now = time.perf_counter()
            if not deadline:
                left = self.start + BUDGET_SHARE * budget - STARTING_SECONDS - now
                deadline.append(now + max(left / rounds, LEAST_SHARE * budget / rounds))
            return self.stopped() or now > deadline[0]

        return stop

    def ends_of(self, result: npt.NDArray[np.float32]) -> Ends:
        """Ends for others to share."""
        k = min(round(SHARED_SECONDS * self.plan.rate), result.shape[-1] // 4)
        return Ends(result[:, -k:], result[:, :k])

    def full(self, result: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A result at its own rate, with all its channels: (channels, n)."""
        geometry, whole = self.geometry, result.shape[-1] == self.plan.total
        n = geometry.made if whole else round(result.shape[-1] * geometry.made / self.plan.total)
        result = resample_circular(result, n)[:, : geometry.n]
        silence = np.zeros(result.shape[-1], np.float32)
        return np.stack([silence if i is None else result[geometry.worked.index(i)] for i in geometry.source])
