"""How far the features of a new sound are from a golden's: one figure for each thing that a change may move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from texturize.compare.cochleagram import ENVELOPE_RATE, Array
from texturize.compare.events import event_distances, mean_difference
from texturize.compare.texture import class_distances, geometric_mean
from texturize.golden.features import FINE_PER_OCTAVE, Features

HEARD_DB = 60.0  # below the loudest band a band is not looked at
MOST_SHIFT = 10  # points of the fine spectrum: 15 %
SCALES = np.arange(0.88, 1.1201, 0.0025)
ENVELOPE_CLASSES = ("cv", "skew", "kurt", "modulation_power")


@dataclass(frozen=True)
class Figure:
    """One way in which a sound may move away from a golden.

    Attributes
    ----------
    name, unit : str
        As in the table.
    kind : str
        ``difference`` may be of either sign, ``distance`` never is negative, and of ``increase`` more is worse.
    between : callable
        Its value, of the golden's features and the new sound's; None where it is not defined.
    least : float
        Tolerance at least: what is not heard, or cannot be told from chance.
    default : float
        Tolerance where no spread was measured.
    alarm : float or None
        A tolerance beyond it lets changes pass that a check is there to find.
    """

    name: str
    unit: str
    kind: Literal["difference", "distance", "increase"]
    between: Callable[[Features, Features], float | None]
    least: float
    default: float
    alarm: float | None = None


def level_change(golden: Features, new: Features) -> float:
    """Largest change of a channel's loudness in dB; of its root mean square, where an older golden has no other."""
    if golden.loudness is None or new.loudness is None:
        changes = np.subtract(new.level, golden.level)
    else:
        changes = np.subtract(new.loudness, golden.loudness)
    return float(changes[np.argmax(np.abs(changes))])


def spectrum_distance(golden: Features, new: Features) -> float:
    """Root mean square difference in dB of band levels, over the bands with sound in either, levels taken out."""
    a, b = np.array(golden.bands), np.array(new.bands)
    heard = np.maximum(a - a.max(), b - b.max()) > -HEARD_DB
    difference = np.maximum(b - b.max(), -HEARD_DB) - np.maximum(a - a.max(), -HEARD_DB)
    return float(np.std(difference[heard]))


def brightness_change(golden: Features, new: Features) -> float:
    """Per cent by which the new spectrum lies higher, in whole: the shift that brings the two closest."""
    a, b = np.array(golden.fine_spectrum), np.array(new.fine_spectrum)
    n = min(a.size, b.size)
    heard = a[:n] > a[:n].max() - HEARD_DB
    shifts = np.arange(-MOST_SHIFT, MOST_SHIFT + 1)

    def mismatch(shift: int) -> float:
        at = np.arange(MOST_SHIFT, n - MOST_SHIFT)
        at = at[heard[at]]
        return float(np.var(b[at + shift] - a[at]))

    shift = lowest_point(shifts.astype(float), np.array([mismatch(int(shift)) for shift in shifts]))
    return float(100 * (2 ** (shift / FINE_PER_OCTAVE) - 1))


def lowest_point(x: Array, y: Array) -> float:
    """Where a sampled curve is lowest, by the parabola through its lowest point and the two beside it."""
    i = int(np.argmin(y))
    if i in (0, y.size - 1):
        return float(x[i])
    bend = y[i - 1] - 2 * y[i] + y[i + 1]
    return float(x[i] + (0.5 * (y[i - 1] - y[i + 1]) / bend if bend > 0 else 0.0) * (x[1] - x[0]))


def classes(golden: Features, new: Features) -> list[dict[str, float]]:
    """Distance of each class of texture statistics, for each channel; 1 is that between the golden's halves."""
    pairs = zip(golden.statistics, new.statistics, strict=True)
    return [class_distances(_arrays(a), _arrays(b)) for a, b in pairs]


def _arrays(excerpts: list[dict[str, Any]]) -> list[dict[str, Array]]:
    return [{name: np.asarray(values, float) for name, values in each.items()} for each in excerpts]


def envelope_distance(golden: Features, new: Features) -> float:
    """Texture distance of what tells of the envelopes alone: variation, skewness, kurtosis, modulation power."""
    return geometric_mean([each[name] for each in classes(golden, new) for name in ENVELOPE_CLASSES])


def texture_distance(golden: Features, new: Features) -> float:
    """Texture distance, over all classes and channels."""
    return geometric_mean([value for each in classes(golden, new) for value in each.values()])


def events_distance(golden: Features, new: Features) -> float | None:
    """Distance of the events, over all figures and channels; 1 is that between the golden's halves."""
    if golden.events is None or new.events is None:
        return None
    pairs = zip(golden.events, new.events, strict=True)
    return geometric_mean([d for a, b in pairs for d in event_distances(_arrays(a), _arrays(b)).values()])


def attacks_change(golden: Features, new: Features) -> float | None:
    """By how many dB the steepest rises are steeper, in the mean over bands and channels."""
    if golden.events is None or new.events is None:
        return None
    pairs = zip(golden.events, new.events, strict=True)
    return float(np.mean([mean_difference(_arrays(a), _arrays(b), "attacks") for a, b in pairs]))


def rhythm_distance(golden: Features, new: Features) -> float:
    """Root mean square difference of the autocorrelations of onsets, from 0.1 s on."""
    n = min(len(golden.onsets), len(new.onsets))
    first = min(round(0.1 * ENVELOPE_RATE), n - 1)
    return float(np.sqrt(np.mean(np.subtract(new.onsets[first:n], golden.onsets[first:n]) ** 2)))


def tempo_change(golden: Features, new: Features) -> float | None:
    """Per cent by which the new sound is faster; None where the golden has no beat.

    The autocorrelations of the onsets are laid over one another at lags of 25 ms to 2 s, one stretched by up to 12 %.
    """
    if golden.period is None:
        return None
    a, b = np.array(golden.onsets), np.array(new.onsets)
    lags = np.arange(round(0.025 * ENVELOPE_RATE), int(min(a.size, b.size) / SCALES[-1]) - 1)
    if lags.size < 2 or lags[-1] < golden.period * ENVELOPE_RATE:
        return None
    at = np.arange(b.size)
    mismatches = np.array([np.mean((np.interp(lags * scale, at, b) - a[lags]) ** 2) for scale in SCALES])
    return float(100 * (1 / lowest_point(SCALES, mismatches) - 1))


def seam_height(golden: Features, new: Features) -> float | None:
    """The new sound's jump from end to start, 1 at most where it is not heard; None where the golden is no loop.

    In units of the largest inside either sound: where events are few and loud, one of them may fall on the seam.
    """
    if golden.seam is None or golden.seam > 1:
        return None
    if golden.seam_limits is None or new.seam_limits is None or new.seam_jumps is None:
        return new.seam
    return float(np.max(np.divide(new.seam_jumps, np.maximum(golden.seam_limits, new.seam_limits))))


def balance_distance(golden: Features, new: Features) -> float | None:
    """Mean distance in dB of the level differences between channels, over the bands with sound."""
    return _stereo_distance(golden, golden.balance, new.balance)


def coherence_distance(golden: Features, new: Features) -> float | None:
    """Mean distance of the coherences between channels, over the bands with sound."""
    return _stereo_distance(golden, golden.coherence, new.coherence)


def _stereo_distance(golden: Features, a: list[list[float]] | None, b: list[list[float]] | None) -> float | None:
    if a is None or b is None:
        return None
    bands = np.array(golden.bands).max(0)
    heard = bands > bands.max() - HEARD_DB
    return float(np.mean(np.abs(np.subtract(b, a))[:, heard]))


def copying_increase(at: int) -> Callable[[Features, Features], float | None]:
    """By how much more is copied out of the clip, in pieces of 50 ms (0) or 250 ms (1)."""

    def increase(golden: Features, new: Features) -> float | None:
        if golden.copying is None or new.copying is None:
            return None
        return new.copying[at] - golden.copying[at]

    return increase


FIGURES = (
    Figure(
        "duration", "s", "difference", lambda a, b: b.samples / b.sample_rate - a.samples / a.sample_rate, 1e-3, 1e-3
    ),
    Figure("level", "dB", "difference", level_change, 0.1, 0.5, 0.9),
    Figure("spectrum", "dB", "distance", spectrum_distance, 0.2, 2.0),
    Figure("brightness", "%", "difference", brightness_change, 0.3, 2.0, 4.0),
    Figure("envelope", "", "distance", envelope_distance, 0.6, 1.6),
    Figure("texture distance", "", "distance", texture_distance, 0.6, 1.5),
    Figure("events", "", "distance", events_distance, 0.6, 2.0),
    Figure("attacks", "dB", "difference", attacks_change, 0.3, 2.0),
    Figure("rhythm", "", "distance", rhythm_distance, 0.01, 0.1),
    Figure("tempo", "%", "difference", tempo_change, 0.3, 2.0, 4.0),
    Figure("gap", "s", "increase", lambda a, b: b.gap - a.gap, 0.02, 0.03, 0.045),
    Figure("dropout", "s", "increase", lambda a, b: b.dropout - a.dropout, 0.01, 0.02, 0.045),
    Figure("seam", "", "increase", seam_height, 1.0, 1.0),
    Figure("stereo, level", "dB", "distance", balance_distance, 0.3, 2.0),
    Figure("stereo, coherence", "", "distance", coherence_distance, 0.02, 0.1),
    Figure("copying, 50 ms", "", "increase", copying_increase(0), 0.03, 0.05, 0.2),
    Figure("copying, 250 ms", "", "increase", copying_increase(1), 0.03, 0.05, 0.2),
)
"""In the order of the table."""

WAVEFORM = "waveform"
LEAST_WAVEFORM, DEFAULT_WAVEFORM = 0.01, 0.1


def waveform_distance(golden: Array, new: Array) -> float:
    """One less the correlation of two sounds (channels, n), sample by sample; cut to the shorter one."""
    n = min(golden.shape[1], new.shape[1])
    a, b = golden[:, :n].ravel(), new[:, :n].ravel()
    scale = float(np.sqrt(np.sum(a**2) * np.sum(b**2)))
    return 1.0 - float(np.sum(a * b)) / scale if scale else 1.0
