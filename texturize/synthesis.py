"""From a clip to a new texture: composes the stages. The Python API."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.ndimage

from texturize import losses
from texturize.clip import check_samples, fit_config
from texturize.config import Config
from texturize.optimize import Solution, Status, minimize
from texturize.phase import recover
from texturize.refine import preconditioner, refine
from texturize.spectrogram import magnitude, stft
from texturize.splices import low_rate

PEAK = 0.999
LIMITER_SECONDS = 0.005


class Progress(NamedTuple):
    """Where a synthesis stands."""

    stage: str
    """One of "spectrogram", "phase" and "refine"."""
    step: int
    total: int
    loss: float | None


@dataclass(frozen=True)
class Synthesis:
    """A new texture and how it came about."""

    samples: npt.NDArray[np.float32]
    """(n,) or (channels, n), as the clip was given."""
    sample_rate: int
    losses: dict[str, npt.NDArray[np.float64]]
    """Per optimized stage: the loss before the first step and after each."""
    status: Status
    """Of the last stage that ran."""
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
    given = np.asarray(y)
    clip = check_samples(given, sr)
    config, warnings = fit_config(config or Config(), clip.shape[-1], sr)
    config = config if seed is None else config.model_copy(update={"seed": seed})
    n = clip.shape[-1] if duration is None else max(1, round(duration * sr))
    rate = config.audio.sample_rate or sr
    run = _Run(config, _resample(clip, sr, rate), rate, math.ceil(n * rate / sr), progress, stop)
    result = _resample(run.texture(), rate, sr)[:, :n]
    samples, more = match_level(result, clip, sr)
    return Synthesis(
        samples=samples.reshape((*given.shape[:-1], n)),
        sample_rate=sr,
        losses=run.losses,
        status=run.status,
        spectral_convergence=run.spectral_convergence,
        config=config,
        seed=config.seed,
        warnings=warnings + more,
        times=run.times,
    )


def _resample(y: npt.NDArray[np.float32], sr: int, target: int) -> npt.NDArray[np.float32]:
    if sr == target:
        return y
    import librosa  # noqa: PLC0415  (takes seconds to import, and few runs need it)

    return np.asarray(librosa.resample(y, orig_sr=sr, target_sr=target), np.float32)


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


class _Run:
    """One pass through the stages, at the processing rate."""

    def __init__(
        self,
        config: Config,
        clip: npt.NDArray[np.float32],
        sr: int,
        n: int,
        progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.config, self.sr, self.stop = config, sr, stop
        self.progress = progress or (lambda _: None)
        self.clip = jnp.asarray(clip)
        self.resolutions = tuple(losses.resolution_of(r, config.loss, sr, clip.shape[-1]) for r in config.resolutions)
        self.rates = low_rate(clip, sr, n) if config.loss.splices.weight else None
        self.n_result = n
        self.n = work_length(n, tuple(r.settings.hop_length for r in self.resolutions))
        self.key = jax.random.key(config.seed)
        self.losses: dict[str, npt.NDArray[np.float64]] = {}
        self.times: dict[str, float] = {}
        self.status = Status.OUT_OF_STEPS
        self.spectral_convergence: float | None = None

    def texture(self) -> npt.NDArray[np.float32]:
        """The stages in their order: statistics, spectrogram, phase, refine."""
        with self._timed("statistics"):
            build = functools.partial(
                losses.build_targets,
                sr=self.sr,
                n=self.n,
                config=self.config,
                resolutions=self.resolutions,
                rates=self.rates,
            )
            targets = jax.block_until_ready(jax.jit(build)(self.clip))
            H = preconditioner(self.clip, self.sr, self.n, self.config.refine.smoothing_ms)
            noise = jax.random.normal(jax.random.fold_in(self.key, 0), (self.clip.shape[0], self.n))
            y = losses.shape_noise(noise, H)
        if self.config.spectrogram_steps:
            y = self._spectrogram_stages(y, targets)
        if self.config.refine.max_steps and not self._stopped():
            with self._timed("refine"):
                loss = losses.WaveformLoss(
                    self.resolutions,
                    self.config.loss,
                    losses.time_scales(self.config.loss, self.clip.shape[-1], self.sr),
                    self.rates,
                )
                y, solution = refine(y, H, loss, targets, self.config.refine, self._report("refine"), self.stop)
            self._keep("refine", solution)
        return np.asarray(y[:, : self.n_result])

    def _spectrogram_stages(self, y: jax.Array, targets: losses.Targets) -> jax.Array:
        """Optimize the magnitudes of the first resolution, then recover their phase."""
        first, wanted = self.resolutions[0], targets.resolutions[0]
        config = first.config.spectrogram
        with self._timed("spectrogram"):
            start = losses.compress(magnitude(stft(y, first.settings)), config, wanted.level)
            loss = losses.SpectrogramLoss(first, self.config.loss)
            report = self._report("spectrogram")
            optimizer = self.config.optimize.model_copy(update={"max_steps": self.config.spectrogram_steps})
            solution = minimize(loss, start, targets, optimizer, report, self.stop)
        self._keep("spectrogram", solution)
        with self._timed("phase"):
            phase = self.config.phase
            self.progress(Progress("phase", 0, phase.iterations, None))
            recovery = recover(
                losses.expand(solution.params, config, wanted.level),
                self.n,
                first.settings,
                method=phase.method,
                iterations=phase.iterations,
                momentum=phase.momentum,
                init=phase.init,
                key=jax.random.fold_in(self.key, 1),
            )
            self.spectral_convergence = float(jnp.mean(recovery.spectral_convergence))
            self.progress(Progress("phase", phase.iterations, phase.iterations, None))
        return recovery.samples

    def _stopped(self) -> bool:
        return self.stop is not None and self.stop()

    def _report(self, stage: str) -> Callable[[int, int, float], None]:
        return lambda step, total, loss: self.progress(Progress(stage, step, total, loss))

    def _keep(self, stage: str, solution: Solution) -> None:
        self.losses[stage] = solution.history
        self.status = solution.status

    def _timed(self, stage: str) -> _Timer:
        return _Timer(self.times, stage)


class _Timer:
    def __init__(self, times: dict[str, float], stage: str) -> None:
        self.times, self.stage = times, stage

    def __enter__(self) -> None:
        self.start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.times[self.stage] = time.perf_counter() - self.start


def work_length(n: int, hops: tuple[int, ...]) -> int:
    """Least multiple of all hops, not below ``n``, whose transforms are fast."""
    step = math.lcm(*hops)
    return step * int(scipy.fft.next_fast_len(math.ceil(n / step), real=False))
