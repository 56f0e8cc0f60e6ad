"""How loud a sound is, and how high it peaks between its samples: ITU-R BS.1770-4."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt

from texturize.files.layouts import LOW_FREQUENCY, SURROUNDS, USUAL_LAYOUTS, speakers
from texturize.files.zero_phase import filtered, taps_of

BLOCK_SECONDS, STEP_SECONDS = 0.4, 0.1
ABSOLUTE_GATE = -70.0
RELATIVE_GATE = -10.0

_STANDARD_RATE = 48_000
_SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)
_HIGH_PASS = (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)
"""The two stages of the K-weighting at 48 kHz, each numerator and denominator: BS.1770-4, tables 1 and 2."""
WEIGHTING_SECONDS = 0.1
"""Half the length of its taps at any rate: beyond, 38 Hz has decayed to 1e-10."""

OVERSAMPLED_RATE = 384_000
"""The standard asks for 192 kHz; at twice that, a peak of a tone at 20 kHz is read at most 0.06 dB too low."""
INTERPOLATORS = ((32, 6.0), (10, 5.0))
"""Samples on either side that one in between is made from, and the shape of their Kaiser window. What the filter does
near the Nyquist frequency is left open by the standard, and meters differ: the higher reading of two filters counts."""
_EDGE = 32
_BLOCK = 1 << 17


def channel_weights(channels: int) -> npt.NDArray[np.float64]:
    """Weight of each channel's power (channels,), by the usual layout of as many.

    The low-frequency channel is not heard by the meter. Surrounds behind the listener count as those at the side do, as
    in FFmpeg's meter.
    """
    kinds = speakers(USUAL_LAYOUTS[channels])
    return np.array([0.0 if kind == LOW_FREQUENCY else 1.41 if kind in SURROUNDS else 1.0 for kind in kinds])


def _lufs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(power))  # BS.1770-4, equation 2


@cache
def _weighting(sr: int) -> npt.NDArray[np.float64]:
    """Taps of the K-weighting at any rate: symmetric, so without phase.

    The standard's coefficients are those at 48 kHz; at other rates, filters "should be chosen to provide the same
    frequency response". Those that come from its coefficients by way of an analogue filter do not: at 8 kHz they read
    0.3 LU too much. Above 24 kHz the response is that at 24 kHz.
    """

    def gain(f: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        z = np.exp(2j * np.pi * np.minimum(f, _STANDARD_RATE / 2) / _STANDARD_RATE)
        both = [
            np.polyval(numerator, z) / np.polyval(denominator, z) for numerator, denominator in (_SHELF, _HIGH_PASS)
        ]
        return np.asarray(np.abs(both[0] * both[1]))

    return taps_of(gain, sr, WEIGHTING_SECONDS)


def _weighted_power(channel: npt.NDArray[np.float32], sr: int) -> npt.NDArray[np.float64]:
    """Squares (n,) of the K-weighted samples of a channel (n,)."""
    taps = _weighting(sr)
    return np.concatenate([np.square(block) for block in filtered(np.pad(channel, taps.size // 2), taps)])


def integrated_loudness(y: npt.NDArray[np.float32], sr: int) -> float:
    """Integrated loudness of a sound.

    Parameters
    ----------
    y : (channels, n)
        One to eight channels, full scale at 1.
    sr : int
        Sample rate in Hz.

    Returns
    -------
    float
        In LUFS; minus infinity where nothing passes the gate: a sound shorter than 0.4 s or below -70 LUFS.

    References
    ----------
    ITU-R BS.1770-4, annex 1: equations 1 to 7.
    """
    size = round(BLOCK_SECONDS * sr)
    # Whole steps of 100 ms: what is left over at the end does not count.
    steps = math.floor((y.shape[-1] - size) / (STEP_SECONDS * sr) + 1e-9)
    if steps < 0:
        return -math.inf
    starts = np.minimum(np.round(np.arange(steps + 1) * STEP_SECONDS * sr).astype(int), y.shape[-1] - size)
    z = np.zeros(steps + 1)
    for channel, weight in zip(y, channel_weights(len(y)), strict=True):
        if weight:
            total = np.concatenate([[0.0], np.cumsum(_weighted_power(channel, sr))])
            z += weight * (total[starts + size] - total[starts]) / size
    z = np.maximum(z, 0.0)  # differences of sums
    kept = _lufs(z) > ABSOLUTE_GATE
    if not kept.any():
        return -math.inf
    kept &= _lufs(z) > _lufs(z[kept].mean()) + RELATIVE_GATE
    return float(_lufs(z[kept].mean()))


def ungated_loudness(y: npt.NDArray[np.float32], sr: int) -> float:
    """Loudness of all of a sound (channels, n) as one block, in LUFS."""
    power = [np.mean(_weighted_power(channel, sr)) for channel in y]
    return float(_lufs(channel_weights(len(y)) @ np.array(power)))


def loudness(y: npt.NDArray[np.float32], sr: int) -> float:
    """Integrated loudness of a sound (channels, n) in LUFS, ungated where it is too short or too faint for the gate."""
    integrated = integrated_loudness(y, sr)
    return integrated if math.isfinite(integrated) else ungated_loudness(y, sr)


def follow_loudness(
    y: npt.NDArray[np.float32], sr: int, targets: npt.ArrayLike, length: float
) -> npt.NDArray[np.float32]:
    """Give parts of ``y`` (channels, n) of ``length`` samples a loudness each, in LUFS.

    The gain is that of a part at its middle, and goes from one to the next in a straight line of decibels. There may be
    more targets than parts.
    """
    gains, middles = [], []
    for index, target in enumerate(np.asarray(targets)):
        part = y[:, round(index * length) : round((index + 1) * length)]
        found = ungated_loudness(part, sr) if part.shape[-1] > length / 2 else -math.inf
        if math.isfinite(found):
            gains.append(target - found)
            middles.append((index + 0.5) * length)
    if not gains:
        return y
    gain = np.interp(np.arange(y.shape[-1]), middles, gains)
    return np.asarray(y * 10 ** (gain / 20), np.float32)


def true_peak(y: npt.NDArray[np.float32], sr: int) -> float:
    """Highest level between the samples of a sound.

    Parameters
    ----------
    y : (channels, n)
        Full scale at 1.
    sr : int
        Sample rate in Hz.

    Returns
    -------
    float
        In dBTP, at least fourfold oversampled; minus infinity for silence.

    References
    ----------
    ITU-R BS.1770-4, annex 2.
    """
    import scipy.signal  # noqa: PLC0415  (takes a second, and few sounds are given a true peak)

    up = max(4, math.ceil(OVERSAMPLED_RATE / sr))
    filters = [
        scipy.signal.firwin(2 * half * up + 1, 1 / up, window=("kaiser", beta)).astype(np.float32)
        for half, beta in INTERPOLATORS
    ]
    peak = float(np.max(np.abs(y), initial=0.0))
    padded = np.pad(np.asarray(y, np.float32), ((0, 0), (2 * _EDGE, 2 * _EDGE)))
    for start in range(0, padded.shape[-1] - 2 * _EDGE, _BLOCK):
        piece = padded[:, start : start + _BLOCK + 2 * _EDGE]
        for taps in filters:
            between = scipy.signal.resample_poly(piece, up, 1, axis=-1, window=taps)[:, _EDGE * up : -_EDGE * up]
            peak = max(peak, float(np.max(np.abs(between), initial=0.0)))
    return 20 * math.log10(peak) if peak else -math.inf
