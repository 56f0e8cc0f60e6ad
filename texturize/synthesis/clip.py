"""What a clip must be to learn a texture from it, and a config that fits a short one."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from texturize.config import AudioConfig, Config, ResolutionConfig
from texturize.errors import AudioError, ConfigError
from texturize.files.audio import MAX_LEVEL
from texturize.files.offset import without_offset
from texturize.signal.spectral_tilt import brighten
from texturize.signal.spectrogram import resolve

SILENCE = 1e-6
MOST_CHANNELS = 8
MOST_WORK = 2  # of the clip's length


def check_samples(y: npt.ArrayLike, sr: int) -> npt.NDArray[np.float32]:
    """The clip as (channels, n) float32, without an offset.

    Raises
    ------
    AudioError
        It has more than two axes or eight channels, no samples, or is not finite, silent or constant.
    """
    samples = np.atleast_2d(np.asarray(y, np.float32))
    if samples.ndim != 2 or not 1 <= samples.shape[0] <= MOST_CHANNELS:
        raise AudioError(
            f"samples of shape {np.shape(y)} are not (n,) or (channels, n) with at most {MOST_CHANNELS} channels",
            "put channels first",
        )
    if not 8000 <= sr <= 192_000:
        raise AudioError(f"sample rate {sr} Hz is out of range", "resample the clip to between 8000 and 192000 Hz")
    if samples.shape[-1] == 0:
        raise AudioError("the clip has no samples", "give a clip of a few seconds")
    if not np.isfinite(samples).all():
        count = int((~np.isfinite(samples)).sum())
        raise AudioError(f"{count} samples are NaN or infinite", "export the clip again, or cut the damaged part out")
    level = float(np.max(np.abs(samples)))
    if level > MAX_LEVEL:
        raise AudioError(f"the clip reaches {level:.3g} of full scale", "scale it down")
    if level < SILENCE:
        raise AudioError(f"the clip is silent (its peak is {level:.1g})", "give a clip with sound in it")
    if float(np.max(samples.max(axis=-1) - samples.min(axis=-1))) < SILENCE:
        raise AudioError(f"the clip is constant (every sample is {samples[0, 0]:.3g})", "give a clip with sound in it")
    return without_offset(samples, sr)[0]


def excerpt(y: npt.NDArray[np.float32], sr: int, audio: AudioConfig) -> npt.NDArray[np.float32]:
    """What is learnt from: the part of the clip (channels, n) from ``audio.start`` to ``audio.end``, with its
    ``audio.brightness``.

    Raises
    ------
    AudioError
        The clip ends before one of them, or nothing lies between them.
    """
    n = y.shape[-1]
    start, end = round(audio.start * sr), n if audio.end is None else round(audio.end * sr)
    if end > n:
        raise AudioError(f"end {audio.end:g} s is beyond the clip's {n / sr:.3f} s", "choose an earlier --end, or none")
    if start >= n:
        raise AudioError(
            f"start {audio.start:g} s is not within the clip's {n / sr:.3f} s", "choose an earlier --start"
        )
    if start >= end:
        raise AudioError(f"there is no sample from {audio.start:g} s to {audio.end:g} s", "choose a later --end")
    learnt, _ = without_offset(y[:, start:end], sr)  # of a quiet part, it may be large where the whole has little
    return brighten(learnt, sr, audio.brightness)


def fit_config(config: Config, n: int, sr: int) -> tuple[Config, tuple[str, ...]]:
    """A config whose filters fit a clip of ``n`` samples at ``sr`` Hz, and what had to be left out for that.

    Raises
    ------
    AudioError
        Not even the narrowest filters fit; the error says how long the clip must be.
    ConfigError
        The hops have no common multiple within reach.
    """
    rate = config.audio.sample_rate or sr
    samples = math.ceil(n * rate / sr)
    kept, dropped, needed = [], [], []
    for resolution in config.resolutions:
        settings = resolve(resolution.spectrogram, rate)
        if settings.hop_length > settings.n_fft:
            raise ConfigError(
                f"hop_length {settings.hop_length} is larger than the window of {settings.n_fft} samples",
                f"use at most {settings.n_fft // 2}",
            )
        widths = resolution.filters.widths
        # Frames that lie within the clip; a filter must be able to see at least its own width of different places.
        frames = (samples - settings.n_fft) // settings.hop_length
        fitting = tuple(width for width in widths if 2 * width <= frames)
        needed.append((2 * min(widths) * settings.hop_length + settings.n_fft) / rate)
        dropped += [f"{width} x {settings.n_fft} samples" for width in widths if width not in fitting]
        if fitting:
            filters = resolution.filters.model_copy(update={"widths": fitting})
            kept.append(ResolutionConfig(spectrogram=resolution.spectrogram, filters=filters))
    if not kept or samples / rate < 0.1:
        raise AudioError(
            f"the clip is {n / sr:.3f} s long, too short for the narrowest filter",
            f"give at least {max(0.1, min(needed)):.2f} s, or use smaller `filters.widths` or `spectrogram.window_ms`",
        )
    _check_hops(kept, rate, samples)
    warnings: tuple[str, ...] = ()
    if dropped:
        warnings = (f"the clip is short ({n / sr:.2f} s): left out the filters of {', '.join(dropped)}",)
    return config.model_copy(update={"resolutions": tuple(kept)}), warnings


def _check_hops(resolutions: list[ResolutionConfig], rate: int, samples: int) -> None:
    hops = [resolve(r.spectrogram, rate).hop_length for r in resolutions]
    if math.lcm(*hops) > MOST_WORK * samples:
        raise ConfigError(
            f"hops of {', '.join(map(str, hops))} samples have no common multiple within the clip",
            "use hops that divide one another",
        )
