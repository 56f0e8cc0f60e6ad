"""How loud a sound is, and how high it peaks between its samples: ITU-R BS.1770-4."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyloudnorm
import scipy.signal

BLOCK_SECONDS = 0.4
ABSOLUTE_GATE = -70.0
RELATIVE_GATE = -10.0

OVERSAMPLED_RATE = 384_000
"""The standard asks for 192 kHz; at twice that, a peak of a tone at 20 kHz is read at most 0.06 dB too low."""
INTERPOLATORS = ((32, 6.0), (10, 5.0))
"""Samples on either side that one in between is made from, and the shape of their Kaiser window. What the filter does
near the Nyquist frequency is left open by the standard, and meters differ: the higher reading of two filters counts."""
_EDGE = 32
_BLOCK = 1 << 17

_WEIGHTS = {
    1: "F", 2: "FF", 3: "FFF", 4: "FFFS", 5: "FFFSS",
    6: "FFFLSS", 7: "FFFLSSS", 8: "FFFLSSSS",
}  # fmt: skip
_WEIGHT = {"F": 1.0, "S": 1.41, "L": 0.0}


def channel_weights(channels: int) -> npt.NDArray[np.float64]:
    """Weight of each channel's power (channels,), by the usual order of channels.

    Left, right, centre; from six channels on a low-frequency channel, which is not heard by the meter; then surrounds.
    Surrounds behind the listener count as those at the side do, as in FFmpeg's meter.
    """
    return np.array([_WEIGHT[kind] for kind in _WEIGHTS[channels]])


def _lufs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(power))  # BS.1770-4, equation 2


def _block_powers(y: npt.NDArray[np.float32], sr: int, seconds: float) -> npt.NDArray[np.float64]:
    """Weighted sum over channels of the mean squares (blocks,) of K-weighted blocks that overlap by three quarters."""
    # The filters of this name have the standard's own coefficients; the class's default ones are an approximation.
    meter = pyloudnorm.Meter(sr, filter_class="DeMan", block_size=seconds)
    powers = []
    for channel in y:
        meter.integrated_loudness(channel.astype(np.float64))
        powers.append(10 ** ((np.array(meter.blockwise_loudness) + 0.691) / 10))
    return np.asarray(channel_weights(len(y)) @ np.stack(powers))


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
    # Whole steps of 100 ms: what is left over at the end does not count.
    n = math.floor(math.floor(y.shape[-1] / sr * 10 + 1e-9) * sr / 10)
    if n < BLOCK_SECONDS * sr:
        return -math.inf
    z = _block_powers(y[:, :n], sr, BLOCK_SECONDS)
    kept = _lufs(z) > ABSOLUTE_GATE
    if not kept.any():
        return -math.inf
    kept &= _lufs(z) > _lufs(z[kept].mean()) + RELATIVE_GATE
    return float(_lufs(z[kept].mean()))


def ungated_loudness(y: npt.NDArray[np.float32], sr: int) -> float:
    """Loudness of all of a sound (channels, n) as one block, in LUFS."""
    return float(_lufs(_block_powers(y, sr, y.shape[-1] / sr * (1 - 1e-9)))[0])  # not longer, by rounding, than it is


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
