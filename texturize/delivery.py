"""From a texture to the sound that is handed over: channel balance, fades, loudness, peaks, in this order.

Whatever would change what another step brings about comes before it: the loudness is that of the result with its fades,
and both are those at the sample rate that it is written with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from texturize.audio_writing import write_audio
from texturize.codec import as_decoded
from texturize.config import Config, OutputConfig
from texturize.dither import headroom
from texturize.errors import ConfigError
from texturize.formats import check_format, check_subtype, format_of, subtype_for
from texturize.limiter import limit
from texturize.loudness import RELATIVE_GATE, loudness, true_peak, ungated_loudness
from texturize.tags import result_tags

if TYPE_CHECKING:
    from texturize.synthesis import Synthesis

Samples = npt.NDArray[np.float32]

PEAK = 0.999
"""Highest sample where no true peak is asked for."""
PEAK_MARGIN = 0.05
"""Decibels that the true peak stays below its ceiling: meters differ by as much."""
NEAR = 0.02
"""Loudness units that are near enough."""
SHORTFALL = 0.1
"""Loudness units that are missing worth a word."""
PASSES = 8


class Levels(NamedTuple):
    """How loud a sound is, and each of its channels."""

    rms: npt.NDArray[np.float64]  # (channels, 1)
    loudness: float  # in LUFS


class Delivery(NamedTuple):
    """A sound as it is handed over."""

    samples: Samples
    """(channels, n), full scale at 1."""
    notes: tuple[str, ...]
    """What had to be done to it that one would not expect."""


def write_result(
    target: Path | BinaryIO,
    result: Synthesis,
    output: OutputConfig,
    clip: str,
    origin: tuple[str | None, Sequence[str]],
    *,
    format: str | None = None,  # noqa: A002
    replace: bool = True,
) -> None:
    """Write a result's sound file as its config asks for it, with tags that say how it was made.

    Parameters
    ----------
    target : Path or binary stream
    result : Synthesis
    output : OutputConfig
        Its section, with the sample format settled.
    clip : str
        Name of the clip it was learnt from.
    origin : tuple
        Preset or config file, and keys set over it, that the config came from.
    format, replace
        As of `write_audio`, which says what is raised.
    """
    write_audio(
        target,
        result.samples,
        result.sample_rate,
        output.subtype,
        format,
        dither=result.seed if output.dither else None,
        tags=result_tags(clip, result.seed, *origin),
        loop=output.loop,
        replace=replace,
    )


def check_output(output: OutputConfig, seconds: float, *, loop: bool = False) -> None:
    """Refuse fades that a result of this length cannot have, before any work is done for it.

    Raises
    ------
    ConfigError
        If the fades are longer than the result, or the result is a loop, which has no ends.
    """
    if loop and (output.fade_in or output.fade_out):
        name, value = ("fade_in", output.fade_in) if output.fade_in else ("fade_out", output.fade_out)
        raise ConfigError(
            f"output.{name} is {value:g}, but a loop has no ends to fade", "leave out the fades or the loop"
        )
    if output.fade_in + output.fade_out > seconds:
        raise ConfigError(
            f"fades of {output.fade_in:g} s and {output.fade_out:g} s do not fit into a result of {seconds:.3g} s",
            "use shorter fades or a longer --duration",
        )


def settle_subtype(config: Config, path: Path, sample_rate: int, channels: int, subtype: str) -> Config:
    """Settle the sample format of the result at ``path``, and refuse one that the container cannot hold.

    Parameters
    ----------
    config : Config
        With ``output.subtype`` as asked for, which may be nothing.
    path : Path
        Whose ending picks the container.
    sample_rate, channels, subtype
        Those of the clip.

    Raises
    ------
    OutputError
        If the container has no such sample format, rate or number of channels.
    """
    wanted = config.output.subtype or subtype_for(format_of(path), subtype, path.suffix.lower())
    check_subtype(path, wanted)
    check_format(path, config.output.sample_rate or sample_rate, channels, wanted)
    return config.with_output(subtype=wanted)


def levels_of(y: Samples, sr: int) -> Levels:
    """Levels of a sound (channels, n)."""
    return Levels(_rms(y), loudness(y, sr))


def mix_levels(levels: Sequence[Levels], shares: Sequence[float]) -> Levels:
    """Levels between those of several sounds, in decibels; channels that are silent stay so."""
    if len(levels) == 1:
        return levels[0]
    rms = np.exp(sum(w * np.log(np.maximum(one.rms, 1e-12)) for w, one in zip(shares, levels, strict=True)))
    return Levels(np.asarray(rms), sum(w * one.loudness for w, one in zip(shares, levels, strict=True)))


def mean_levels(levels: Sequence[Levels]) -> Levels:
    """Levels of sounds of one length put one after another; the loudness gated as that of one sound is."""
    if len(levels) == 1:
        return levels[0]
    power = np.array([10 ** (one.loudness / 10) for one in levels])
    kept = power > np.mean(power) * 10 ** (RELATIVE_GATE / 10)
    rms = np.sqrt(np.mean([one.rms**2 for one in levels], axis=0))
    return Levels(rms, float(10 * np.log10(np.mean(power[kept]))))


def deliver(y: Samples, sr: int, levels: Levels, output: OutputConfig, *, loop: bool = False) -> Delivery:
    """Give a texture its levels, and the fades, loudness and peaks that are asked for.

    Parameters
    ----------
    y : (channels, n)
        The texture, at any level.
    sr : int
        Its sample rate in Hz, which is that of the result.
    levels : Levels
        Those of the sound it was learnt from, with as many channels.
    output : OutputConfig
        What is asked for.
    loop : bool
        Whether it will be heard as a loop: then the peaks across its seam count, too.

    Returns
    -------
    Delivery

    Raises
    ------
    ConfigError
        If a loop is to be faded.
    """
    check_output(output, math.inf, loop=loop)
    y = match_channels(y, levels.rms)
    y = fade(y, round(output.fade_in * sr), round(output.fade_out * sr))
    target = levels.loudness if output.loudness is None else output.loudness
    room = headroom(output.subtype) if output.dither else 0.0
    if output.true_peak is None:
        return Delivery(*match_loudness(y, sr, target, PEAK - room, output.subtype))
    y, _ = match_loudness(y, sr, target, math.inf, output.subtype)
    ceiling = 20 * math.log10(10 ** ((output.true_peak - PEAK_MARGIN) / 20) - room)
    y, gain = keep_below(y, sr, ceiling, output.subtype, loop=loop)
    if gain == 0:
        return Delivery(y, ())
    found = loudness(as_decoded(y, sr, output.subtype), sr)
    what = f"turned down by {-gain:.1f} dB to keep the true peak at {output.true_peak:g} dBTP"
    return Delivery(y, (f"{what}: the loudness is {found:.1f} LUFS instead of {target:.1f}",))


def keep_below(
    y: Samples, sr: int, ceiling: float, subtype: str | None = None, *, loop: bool = False
) -> tuple[Samples, float]:
    """Turn all of ``y`` down until its true peak is not above a ceiling in dBTP; also the gain that took, in dB."""
    gain, turned = 0.0, y
    # First as it is, for codecs clip what is far too loud; then as it will be heard.
    for codec in (None, *(subtype,) * PASSES):
        heard = as_decoded(turned, sr, codec)
        peak = true_peak(heard, sr)
        if loop:
            peak = max(peak, true_peak(np.roll(heard, heard.shape[-1] // 2, axis=-1), sr))  # across the seam, too
        if peak > ceiling + 1e-3:
            gain -= peak - ceiling
            turned = _amplify(y, gain)
        elif codec == subtype:
            break
    return turned, gain


def match_channels(y: Samples, rms: npt.NDArray[np.float64]) -> Samples:
    """Give each channel of ``y`` (channels, n) a root mean square (channels, 1)."""
    return np.asarray(y * (rms / np.maximum(_rms(y), 1e-12)), np.float32)


def _rms(y: Samples) -> npt.NDArray[np.float64]:
    return np.asarray(np.sqrt(np.mean(np.square(y, dtype=np.float64), axis=-1, keepdims=True)))


def fade(y: Samples, n_in: int, n_out: int) -> Samples:
    """Fade the first ``n_in`` and the last ``n_out`` samples of ``y`` (channels, n) by raised cosines.

    Of a result that was stopped early, and has fewer, the fade at its end is as long as there is room.
    """
    if not n_in and not n_out:
        return y
    n_in = min(n_in, y.shape[-1])
    n_out = min(n_out, y.shape[-1] - n_in)

    def ramp(n: int) -> npt.NDArray[np.float64]:
        return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.arange(n) / max(n, 1)))

    gain = np.concatenate([ramp(n_in), np.ones(y.shape[-1] - n_in - n_out), ramp(n_out)[::-1]])
    return np.asarray(y * gain, np.float32)


def match_loudness(
    y: Samples, sr: int, target: float, peak: float = math.inf, subtype: str | None = None
) -> tuple[Samples, tuple[str, ...]]:
    """Give ``y`` (channels, n) a loudness in LUFS by one gain, and limit its samples to ``peak``; and say so.

    What the limiter takes away and a codec adds is made up for, so the gain is found step by step; the absolute gate
    needs that too.
    """
    gain = target - ungated_loudness(y, sr)
    if not math.isfinite(gain):
        return limit(y, sr, peak)  # nothing in it that the meter hears
    for _ in range(PASSES):
        result, notes = limit(_amplify(y, gain), sr, peak)
        missing = target - loudness(as_decoded(result, sr, subtype), sr)
        if abs(missing) < NEAR:
            break
        gain += missing
    if missing > SHORTFALL:
        notes += (f"the loudness is {target - missing:.1f} LUFS instead of {target:.1f}: louder does not fit in",)
    return result, notes


def _amplify(y: Samples, decibels: float) -> Samples:
    return np.asarray(y * 10 ** (decibels / 20), np.float32)
