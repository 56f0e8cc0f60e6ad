"""From a texture to the sound that is handed over: channel balance, fades, loudness, peaks, in this order.

Whatever would change what another step brings about comes before it: the loudness is that of the result with its fades,
and both are those at the sample rate that it is written with.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from texturize.config import OutputConfig
from texturize.delivery.levels import Levels, Samples, match_channels
from texturize.errors import ConfigError
from texturize.files.codec import CONTAINERS, as_decoded
from texturize.files.dither import DITHERED_BITS, headroom
from texturize.signal.limiter import limit, most_gain
from texturize.signal.loudness import loudness, true_peak, ungated_loudness

PEAK = 0.999
"""Highest sample where no true peak is asked for."""
PEAK_MARGIN = 0.05
"""Decibels that the true peak stays below its ceiling: meters differ by as much."""
NEAR = 0.02
"""Loudness units that are near enough."""
SHORTFALL = 0.1
"""Loudness units that are missing or too many worth a word."""
PASSES = 8
MOST_DROWNED = 3.0
"""Decibels that a sound may be turned down to make up for the dither of its format."""
UNBOUNDED = ("FLOAT", "DOUBLE")
"""Sample formats that hold more than full scale."""


class Delivery(NamedTuple):
    """A sound as it is handed over."""

    samples: Samples
    """(channels, n), full scale at 1."""
    notes: tuple[str, ...]
    """What had to be done to it that one would not expect."""


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
        peak = math.inf if output.subtype in UNBOUNDED else PEAK - room
        y, notes = match_loudness(y, sr, target, peak, output.subtype, dither=output.dither)
        highest = float(np.max(np.abs(y), initial=0.0))
        if highest > 1:
            over = 20 * math.log10(highest)
            notes += (
                f"peaks reach {over:.1f} dB above full scale, which {output.subtype} can hold; "
                "with --true-peak -1 there are none",
            )
        return Delivery(y, notes)
    y, notes = match_loudness(y, sr, target, math.inf, output.subtype, dither=output.dither)
    ceiling = 20 * math.log10(10 ** ((output.true_peak - PEAK_MARGIN) / 20) - room)
    y, gain = keep_below(y, sr, ceiling, output.subtype, loop=loop)
    if gain == 0:
        return Delivery(y, notes)
    found = loudness(as_decoded(y, sr, output.subtype, dither=output.dither), sr)
    what = f"turned down by {-gain:.1f} dB to keep the true peak at {output.true_peak:g} dBTP"
    return Delivery(y, (f"{what}: the loudness is {found:.1f} LUFS instead of {target:.1f}",))


def keep_below(
    y: Samples, sr: int, ceiling: float, subtype: str | None = None, *, loop: bool = False
) -> tuple[Samples, float]:
    """Turn all of ``y`` down until its true peak is not above a ceiling in dBTP; also the gain that took, in dB."""
    gain, turned = 0.0, y
    subtype = subtype if subtype in CONTAINERS else None
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
    y: Samples, sr: int, target: float, peak: float = math.inf, subtype: str | None = None, *, dither: bool = True
) -> tuple[Samples, tuple[str, ...]]:
    """Give ``y`` (channels, n) a loudness in LUFS by one gain, and limit its samples to ``peak``; and say so.

    What the limiter takes away and a codec or dither adds is made up for, so the gain is found step by step; the
    absolute gate needs that too. It stays within what a limiter can do that is not heard (`most_gain`).
    """
    gain = first = target - ungated_loudness(y, sr)
    if not math.isfinite(gain):
        return limit(y, sr, peak)  # nothing in it that the meter hears
    most = most_gain(y, peak)
    least = first - MOST_DROWNED if subtype in DITHERED_BITS else -math.inf
    for _ in range(PASSES):
        gain = min(max(gain, least), most)
        result, notes = limit(_amplify(y, gain), sr, peak)
        missing = target - loudness(as_decoded(result, sr, subtype, dither=dither), sr)
        if abs(missing) < NEAR or not math.isfinite(missing) or gain == (most if missing > 0 else least):
            break
        gain += missing
    what = f"the loudness is {target - missing:.1f} LUFS instead of {target:.1f}"
    if math.isinf(missing):
        notes += (f"nothing of it is left in the steps of {subtype}; use --subtype PCM_24",)
    elif missing > SHORTFALL:
        notes += (f"{what}: louder, peaks would be flattened; a .wav file with --subtype FLOAT holds them",)
    elif missing < -SHORTFALL and gain == least:
        notes += (f"{what}: {subtype} cannot be quieter without drowning it in dither; use --subtype PCM_24",)
    return result, notes


def _amplify(y: Samples, decibels: float) -> Samples:
    return np.asarray(y * 10 ** (decibels / 20), np.float32)
