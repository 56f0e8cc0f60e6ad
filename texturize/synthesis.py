"""From a clip to new textures: composes the stages. The Python API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jax
import numpy as np
import numpy.typing as npt

from texturize.clip import SILENCE, check_samples, excerpt, fit_config
from texturize.config import Config
from texturize.delivery import check_output, deliver
from texturize.losses import static_of
from texturize.optimize import Status
from texturize.resampling import resample_circular, resample_clip
from texturize.segments import Assembly, Ends, plan_segments
from texturize.spectrogram import resolve
from texturize.stages import Progress, Record, Stages

SEGMENT_SECONDS = 24.0
CONTEXT_SECONDS = 1.0
SHARED_SECONDS = 0.15  # at each end of results that can follow one another
ALIKE = 1e-6  # of full scale: channels that differ by no more are one


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
    """Of the last stage that ran; of long results, that of the first segment that is not as it should be."""
    spectral_convergence: float | None
    """Of the phase recovery, |(|STFT(y)| - S)| / |S|, mean over channels; None where there was none."""
    config: Config
    seed: int
    warnings: tuple[str, ...]
    times: dict[str, float]
    """Seconds per stage."""


def check(y: npt.ArrayLike, sr: int, config: Config | None = None) -> tuple[str, ...]:
    """Raise AudioError or ConfigError if a synthesis from this clip would not work; return the warnings."""
    config = config or Config()
    n = excerpt(check_samples(y, sr), sr, config.audio).shape[-1]
    check_output(config.output, config.output.duration or n / sr)
    return fit_config(config, n, sr)[1]


def synthesize(
    y: npt.ArrayLike,
    sr: int,
    *,
    config: Config | None = None,
    seed: int | None = None,
    duration: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
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
    return next(variations(y, sr, 1, config=config, seed=seed, duration=duration, progress=progress, stop=stop))


def variations(
    y: npt.ArrayLike,
    sr: int,
    count: int,
    *,
    joinable: bool = False,
    config: Config | None = None,
    seed: int | None = None,
    duration: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Iterator[Synthesis]:
    """Make several textures from one clip, one after another; see `synthesize`.

    The first has the seed, the second the next number, and so on: each is what `synthesize` makes with that seed.
    ``joinable`` results share their ends, so that any can follow any without a seam. Once ``stop`` returns True, the
    one that is being made is the last.
    """
    given = np.asarray(y)
    config = config or Config()
    seed = config.seed if seed is None else seed
    clip = excerpt(check_samples(given, sr), sr, config.audio)
    maker = _Maker(clip, sr, config, duration, count, progress, stop)
    ends: Ends | None = None
    for index in range(count):
        if index and maker.stopped():
            return
        result, records = maker.make(seed + index, index, ends)
        if joinable and ends is None:
            ends = maker.ends_of(result)
        samples, notes = deliver(maker.full(result), maker.rate, clip, sr, config.output)
        yield Synthesis(
            samples=samples.reshape((*given.shape[:-1], samples.shape[-1])),
            sample_rate=maker.rate,
            losses=records[0].losses,
            status=next((r.status for r in records if r.status is not Status.CONVERGED), Status.CONVERGED),
            spectral_convergence=records[0].spectral_convergence,
            config=maker.config.model_copy(update={"seed": seed + index}),
            seed=seed + index,
            warnings=maker.warnings + notes,
            times=dict(maker.times),
        )


class _Maker:
    """A clip made ready: its statistics are measured once, whatever is made of them."""

    def __init__(
        self,
        clip: npt.NDArray[np.float32],
        sr: int,
        config: Config,
        duration: float | None,
        results: int,
        progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.rate, self.results = config.output.sample_rate or sr, results
        self.progress, self.stopped = progress or (lambda _: None), stop or (lambda: False)
        self.config, self.warnings = fit_config(config, clip.shape[-1], sr)
        self.times: dict[str, float] = {}
        seconds = duration if duration is not None else config.output.duration or clip.shape[-1] / sr
        check_output(config.output, seconds)
        self.n = max(1, round(seconds * self.rate))
        self.source = distinct_channels(clip)
        worked = clip[sorted({i for i in self.source if i is not None})]
        rate = self.config.audio.sample_rate or sr
        settings = tuple(resolve(r.spectrogram, rate, circular=True) for r in self.config.resolutions)
        hops = tuple(s.hop_length for s in settings)
        self.plan = plan_segments(self.n / self.rate, rate, hops, SEGMENT_SECONDS, CONTEXT_SECONDS)
        worked = resample_clip(worked, round(worked.shape[-1] * self.plan.rate / sr))
        static = static_of(self.config, settings, worked, self.plan.rate, self.plan.n)
        self.stages = Stages(self.config, static, worked, self.plan.rate, self.plan.n, self.times)

    def make(self, seed: int, index: int, ends: Ends | None) -> tuple[npt.NDArray[np.float32], list[Record]]:
        """The whole of one result at the working rate, (distinct channels, total), and how its segments came about."""
        assembly = Assembly(self.plan, self.stages.channels, ends)
        key = jax.random.key(seed)
        records: list[Record] = []
        parts = self.plan.parts * self.results
        for segment in range(self.plan.parts):
            if segment and self.stopped():
                break
            part = index * self.plan.parts + segment + 1

            def report(stage: str, step: int, total: int, loss: float | None, part: int = part) -> None:
                self.progress(Progress(stage, step, total, loss, part, parts))

            key_of_segment = key if segment == 0 else jax.random.fold_in(key, segment + 1)
            y, record = self.stages.segment(key_of_segment, assembly.fixed(segment), report, self.stopped)
            assembly.add(segment, y)
            records.append(record)
        return assembly.cut(), records

    def ends_of(self, result: npt.NDArray[np.float32]) -> Ends:
        """Ends for others to share."""
        k = min(round(SHARED_SECONDS * self.plan.rate), result.shape[-1] // 4)
        return Ends(result[:, -k:], result[:, :k])

    def full(self, result: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A result at its own rate, with all its channels: (channels, n)."""
        n = self.n if result.shape[-1] == self.plan.total else round(result.shape[-1] * self.n / self.plan.total)
        result = resample_circular(result, n)
        worked = sorted({i for i in self.source if i is not None})
        silence = np.zeros(n, np.float32)
        return np.stack([silence if i is None else result[worked.index(i)] for i in self.source])


def distinct_channels(clip: npt.NDArray[np.float32]) -> tuple[int | None, ...]:
    """For each channel (channels, n) the first one like it, itself as a rule; None for a silent one."""
    source: list[int | None] = []
    for i, y in enumerate(clip):
        alike = (j for j in range(i + 1) if np.max(np.abs(clip[j] - y)) <= ALIKE)
        source.append(None if np.ptp(y) < SILENCE else next(alike))
    return tuple(source)
