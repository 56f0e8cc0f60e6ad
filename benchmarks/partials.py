"""How the partials of a struck sound begin and end: their rise and decay times, and what lies between them.

The partials are the strongest lines of the clip's mean spectrum, and the same frequencies are followed in other sounds.
A strike of one is where it is much stronger over the next quarter of a second than over the last: that sees strikes and
swells alike, and beats, which come and go sooner, hardly.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import ndimage, signal, stats

Array = NDArray[np.float64]

MOST = 20
FAINT = 50.0  # dB below the strongest
PROMINENCE = 10.0  # dB above what is around; averages over a clip of noise vary by one or two
APART = 40.0  # Hz, at the least, and the lines of a window of 64 ms are 31 Hz wide to each side
LOWEST = 80.0  # Hz
LONG, SHORT, HOP = 0.4, 0.064, 0.004  # seconds: windows to find partials and to follow them
LASTING = 0.25  # seconds
STEP = 6.0  # dB: a strike
HEARD = 20.0  # dB below the strongest of its partial, at most
FALL = 20.0  # dB, over which a decay is measured
BEATS = 0.1  # seconds of power that are averaged where a decay is measured
QUIETEST = 1e-4  # of a partial's greatest power
LEAST_DECAY = 0.15  # seconds


class Strikes(NamedTuple):
    """Medians over all strikes of all partials.

    ``rise`` is the time from 10 to 90 % of the amplitude gained in seconds, 0.03 at least with this window; ``decay``
    that in which a partial falls by 60 dB, from the slope of the first 20 or until the next strike; ``rate`` strikes a
    second of a partial; ``between`` the level half way between neighbouring partials, in dB of theirs; ``direction``
    the skewness of a partial's changes in dB over a quarter of a second: above 0 where it rises at once and falls
    slowly, 0 where it is the same backwards.
    """

    rise: float
    decay: float
    rate: float
    between: float
    direction: float


def mean_level(y: Array, sr: float) -> tuple[Array, Array]:
    """Frequencies in Hz and mean levels in dB of a sound (n,)."""
    length = min(round(LONG * sr), y.size)
    f, power = signal.welch(y, sr, "blackman", length, length // 2, detrend=False)
    return f, 10 * np.log10(power + np.finfo(float).tiny)


def strongest_partials(y: Array, sr: float) -> Array:
    """Frequencies in Hz, ascending, of the partials of a sound (n,); none where nothing stands out."""
    f, level = mean_level(y, sr)
    apart = max(1, round(APART / f[1]))
    peaks, _ = signal.find_peaks(
        level, prominence=PROMINENCE, distance=apart, height=level.max() - FAINT, wlen=8 * apart + 1
    )
    peaks = peaks[f[peaks] >= LOWEST]
    return np.sort(f[peaks[np.argsort(-level[peaks])[:MOST]]])


def envelopes(y: Array, sr: float, partials: Array) -> Array:
    """Amplitudes of partials in a sound (n,), a frame every 4 ms: (partials, frames)."""
    window = signal.get_window("hann", round(SHORT * sr))
    wave = np.exp(-2j * np.pi * np.arange(window.size)[:, None] * partials / sr) * window[:, None]
    frames = sliding_window_view(y, window.size)[:: round(HOP * sr)]
    return np.abs(frames @ (wave * 2 / window.sum())).T


def onsets(amplitude: Array) -> NDArray[np.intp]:
    """Frames of an envelope at which what follows is much stronger than what was before."""
    span = round(LASTING / HOP)
    total = np.cumsum(np.pad(amplitude**2, (1, 0)))
    mean = 10 * np.log10((total[span:] - total[:-span]) / span + np.finfo(float).tiny)
    step = mean[span:] - mean[:-span]
    found, _ = signal.find_peaks(step, height=STEP, distance=span)
    heard = amplitude.max() * 10 ** (-HEARD / 20)
    return np.array([at for at in found + span if amplitude[at : at + span].max() >= heard], int)


def rise_and_decay(amplitude: Array) -> list[tuple[float, float]]:
    """Times in seconds of each strike of an envelope (frames,); a decay that is cut short is NaN, one upwards inf."""
    span, found = round(LASTING / HOP), []
    slow = 10 * np.log10(ndimage.uniform_filter1d(amplitude**2, round(BEATS / HOP)) + np.finfo(float).tiny)
    for start, following in itertools.pairwise([*onsets(amplitude), amplitude.size]):
        peak = start + int(np.argmax(amplitude[start : min(start + span, following)]))
        before = amplitude[max(0, start - span) : peak + 1]
        least = np.quantile(before, 0.1)
        low, high = (np.flatnonzero(before <= least + part * (before[-1] - least))[-1] for part in (0.1, 0.9))
        course = slow[peak:following]
        fallen = np.flatnonzero(course < course[0] - FALL)
        course = course[: fallen[0] + 1 if fallen.size else None]
        decay = np.nan
        if fallen.size or course.size * HOP >= LEAST_DECAY:
            slope = np.polyfit(np.arange(course.size) * HOP, course, 1)[0]
            decay = -60 / slope if slope < 0 else np.inf
        found.append(((high - low) * HOP, decay))
    return found


def direction(amplitude: Array) -> float:
    """Mean over partials of the skewness of their changes, from envelopes (partials, frames)."""
    span = round(LASTING / HOP)
    power = np.maximum(amplitude**2, QUIETEST * np.max(amplitude**2, axis=1, keepdims=True))
    level = 10 * np.log10(ndimage.uniform_filter1d(power, span, axis=1))
    return float(np.mean(stats.skew(level[:, span:] - level[:, :-span], axis=1)))


def strikes(y: Array, sr: float, partials: Array) -> Strikes | None:
    """How the given partials of a sound (n,) are struck; None where they are not."""
    E = envelopes(y, sr, partials)
    found = np.array([times for row in E for times in rise_and_decay(row)]).reshape(-1, 2)
    decays = found[~np.isnan(found[:, 1]), 1]
    if not decays.size:
        return None
    f, level = mean_level(y, sr)
    at = np.interp(partials, f, level)
    middle = np.interp((partials[:-1] + partials[1:]) / 2, f, level)
    between = float(np.median(middle - (at[:-1] + at[1:]) / 2)) if middle.size else np.nan
    rate = len(found) / E.shape[0] / (E.shape[1] * HOP)
    return Strikes(float(np.median(found[:, 0])), float(np.median(decays)), rate, between, direction(E))
