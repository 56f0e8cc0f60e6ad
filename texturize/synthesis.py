"""From a clip to new textures: composes the stages. The Python API."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jax
import numpy as np
import numpy.typing as npt
import scipy.ndimage

from texturize.clip import SILENCE, check_samples, fit_config
from texturize.config import Config
from texturize.losses import static_of
from texturize.optimize import Status
from texturize.resampling import resample_circular, resample_clip
from texturize.segments import Assembly, Ends, plan_segments
from texturize.spectrogram import resolve
from texturize.stages import Progress, Record, Stages

PEAK = 0.999
LIMITER_SECONDS = 0.005
SEGMENT_SECONDS = 24.0
CONTEXT_SECONDS = 1.0
SHARED_SECONDS = 0.15  # at each end of results that can follow one another
ALIKE = 1e-6  # of full scale: channels that differ by no more are one


@dataclass(frozen=True)
class Synthesis:
    """A new texture and how it came about."""

    samples: npt.NDArray[np.float32]
    """(n,) or (channels, n), as the clip was given; its end continues into its start."""
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
    _, warnings = fit_config(config or Config(), check_samples(y, sr).shape[-1], sr)
    return warnings


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
        Seconds of the result; the clip's own if left out.
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
        The clip is silent, constant, not finite or too short.
    ConfigError
        The config cannot work with this clip.
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
    maker = _Maker(check_samples(given, sr), sr, config, duration, count, progress, stop)
    ends: Ends | None = None
    for index in range(count):
        if index and maker.stopped():
            return
        result, records = maker.make(seed + index, index, ends)
        if joinable and ends is None:
            ends = maker.ends_of(result)
        samples, notes = match_level(maker.full(result), maker.given, sr)
        yield Synthesis(
            samples=samples.reshape((*given.shape[:-1], samples.shape[-1])),
            sample_rate=sr,
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
        self.given, self.sr, self.results = clip, sr, results
        self.progress, self.stopped = progress or (lambda _: None), stop or (lambda: False)
        self.config, self.warnings = fit_config(config, clip.shape[-1], sr)
        self.times: dict[str, float] = {}
        self.n = clip.shape[-1] if duration is None else max(1, round(duration * sr))
        self.source = distinct_channels(clip)
        worked = clip[sorted({i for i in self.source if i is not None})]
        rate = self.config.audio.sample_rate or sr
        settings = tuple(resolve(r.spectrogram, rate, circular=True) for r in self.config.resolutions)
        hops = tuple(s.hop_length for s in settings)
        self.plan = plan_segments(self.n / sr, rate, hops, SEGMENT_SECONDS, CONTEXT_SECONDS)
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
        """A result at the clip's rate, with all its channels: (channels, n)."""
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


def match_level(
    y: npt.NDArray[np.float32], clip: npt.NDArray[np.float32], sr: int
) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
    """Give each channel (channels, n) the clip's root mean square, and limit the peaks that would exceed full scale."""

    def rms(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        return np.asarray(np.sqrt(np.mean(np.square(x, dtype=np.float64), axis=-1, keepdims=True)))

    y = np.asarray(y * (rms(clip) / np.maximum(rms(y), 1e-12)), np.float32)
    if float(np.max(np.abs(y))) <= PEAK:
        return y, ()
    gain = limiter_gain(y, sr)
    most = -20 * math.log10(float(gain.min()))
    share = 100 * float(np.mean(gain < 1))
    note = f"peaks were turned down by up to {most:.1f} dB, in {share:.2g} % of the time, to stay below full scale"
    return np.asarray(y * gain, np.float32), (note,)


def limiter_gain(y: npt.NDArray[np.float32], sr: int) -> npt.NDArray[np.float64]:
    """Smooth gain (n,), the same for all channels, that keeps ``y`` (channels, n) below full scale; circular."""
    width = 2 * round(LIMITER_SECONDS / 2 * sr) + 1
    needed = np.minimum(1.0, PEAK / np.maximum(np.max(np.abs(y), axis=0), 1e-12))
    held = scipy.ndimage.minimum_filter1d(needed, width, mode="wrap")
    window = np.hanning(width + 2)[1:-1]
    return np.asarray(scipy.ndimage.convolve1d(held, window / window.sum(), mode="wrap"), np.float64)
