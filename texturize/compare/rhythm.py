"""Rhythm: the autocorrelation of the onset envelope, and what a result keeps of the reference's beat."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft, ndimage, signal

from texturize.compare.cochleagram import ENVELOPE_RATE, Array, cochleagram
from texturize.compare.excerpts import alike, at_most, excerpt_length, excerpts

HIGHEST_SR = 20_000
SILENCE = 1e-4  # -80 dB
SMOOTHING_SECONDS = 0.005  # deviation; onsets this close in time are the same
LISTENED_TO = 60.0  # seconds of a result that is longer than the reference
LEAST_LAG, MOST_LAG = 0.1, 2.0  # seconds: where rhythms are compared
LEAST_PERIOD = 0.025  # seconds: a ratchet's
NEAR = 0.03  # a period within 3 % is the same
WORTH_THE_NAME = 0.1  # autocorrelation
CHANCE = 5.0  # deviations of the autocorrelation of noise
LEAST_SELF_DISTANCE = 0.01
LEAST_KEPT = 0.2  # of less, no more is heard to be missing


@dataclass(frozen=True)
class Rhythm:
    """How alike two rhythms are.

    Attributes
    ----------
    distance : float
        Root mean square difference of the autocorrelations, lags 0.1 to 2 s.
    relative : float
        The same, divided by that between the reference's halves: 1 is another excerpt of the recording.
    period : float or None
        Lag in seconds of the reference's strongest periodicity; None if it has none worth the name.
    strength : float or None
        The reference's autocorrelation there, 1 at most.
    kept : float or None
        The result's autocorrelation within 3 % of that lag over the reference's; 1 is all of it.
    """

    distance: float
    relative: float
    period: float | None
    strength: float | None
    kept: float | None

    @property
    def closeness(self) -> float | None:
        """1 where all of the periodicity is kept, as by another excerpt, more where less is: 2.2 at most.

        The reciprocal root of what is kept, for an autocorrelation goes with the square of what repeats. None where the
        reference has no period. (Its distances are no such figure: those of real excerpts, whose period drifts, are
        larger than those of noise.)
        """
        return None if self.kept is None else float(1 / np.sqrt(min(max(self.kept, LEAST_KEPT), 1.0)))


def rhythm(reference: ArrayLike, result: ArrayLike, sr: float, result_sr: float | None = None) -> Rhythm:
    """Compare the rhythm of ``result`` to that of ``reference``.

    Parameters
    ----------
    reference, result : array_like (n,) or (channels, n)
        Sounds; the onsets of all channels are put together.
    sr, result_sr : float
        Sample rates in Hz; the result's is the reference's if not given.

    Returns
    -------
    Rhythm

    Raises
    ------
    AudioError
        For a silent reference, or a sound too short to be judged.
    """
    sounds = at_most(alike(reference, result, sr, result_sr), HIGHEST_SR)
    longest = max(sounds.reference.shape[1], round(LISTENED_TO * sounds.sr))
    ref, res = (onset_envelope(y, sounds.sr) for y in (sounds.reference, sounds.result[:, :longest]))

    length = excerpt_length(ref, res)
    of_reference = [autocorrelation(onsets, MOST_LAG) for onsets in excerpts(ref, length)]
    of_result = [autocorrelation(onsets, MOST_LAG) for onsets in excerpts(res, length)]
    distance = float(np.mean([rms_beyond(a - b, LEAST_LAG) for a, b in product(of_reference, of_result)]))
    own = float(np.mean([rms_beyond(a - b, LEAST_LAG) for a, b in combinations(of_reference, 2)]))

    length = min(ref.size, res.size)
    period, strength = strongest_periodicity(ref)
    kept = None
    if period is not None and strength is not None and period < 0.5 * length / ENVELOPE_RATE / (1 + NEAR):
        kept = float(np.mean([autocorrelation_near(onsets, period) for onsets in excerpts(res, length)])) / strength
    return Rhythm(distance, distance / max(own, LEAST_SELF_DISTANCE), period, strength, kept)


def onset_envelope(y: Array, sr: float) -> Array:
    """Rises of the compressed band envelopes (McDermott & Simoncelli's), 400 a second, put together.

    Parameters
    ----------
    y : ndarray (channels, n)
        Sound.
    sr : float
        Sample rate in Hz.

    Returns
    -------
    ndarray (frames,)
    """
    floor = SILENCE * float(np.sqrt(np.mean(y**2)))
    smoothing = SMOOTHING_SECONDS * ENVELOPE_RATE
    envelopes = ndimage.gaussian_filter1d(np.concatenate([cochleagram(channel, sr, floor) for channel in y]), smoothing)
    return np.asarray(np.maximum(np.diff(envelopes, axis=1), 0.0).sum(0))


def autocorrelation(onsets: Array, most_lag: float) -> Array:
    """Autocorrelation (lags,) of the onsets less their mean, 1 at lag 0, up to ``most_lag`` s or half the length.

    Each lag is divided by the number of products it is the sum of, so that a steady beat gives 1 at every period.
    """
    n = onsets.size
    lags = min(round(most_lag * ENVELOPE_RATE), n // 2) + 1
    O = fft.rfft(onsets - onsets.mean(), fft.next_fast_len(2 * n, real=True))  # noqa: E741
    products = fft.irfft(O.real**2 + O.imag**2, fft.next_fast_len(2 * n, real=True))[:lags]
    variance = products[0] / n
    if variance <= 1e-12 * float(np.mean(onsets)) ** 2 or variance == 0:
        return np.zeros(lags)
    return np.asarray(products / (n - np.arange(lags)) / variance)


def autocorrelation_near(onsets: Array, period: float) -> float:
    """Largest autocorrelation within 3 % of a lag in seconds; 0 if it is negative throughout."""
    r = autocorrelation(onsets, MOST_LAG * (1 + 2 * NEAR))
    first, last = np.floor(period * (1 - NEAR) * ENVELOPE_RATE), np.ceil(period * (1 + NEAR) * ENVELOPE_RATE)
    return max(0.0, float(r[int(first) : int(last) + 1].max(initial=0.0)))


def strongest_periodicity(onsets: Array) -> tuple[float | None, float | None]:
    """Lag in seconds and height of the autocorrelation's highest local peak, 25 ms to 2 s.

    Of peaks nearly as high (nine tenths) the first counts: a beat of period T also repeats after 2 T. A peak worth the
    name stands out by 0.1, and by five deviations of what noise as long and as smooth would show; ``(None, None)`` if
    there is none.
    """
    r = autocorrelation(onsets, MOST_LAG)
    independent = onsets.size / (2 * np.sqrt(np.pi) * SMOOTHING_SECONDS * ENVELOPE_RATE)
    least = max(WORTH_THE_NAME, CHANCE / float(np.sqrt(independent)))
    peaks, _ = signal.find_peaks(r, height=least, prominence=least)
    peaks = peaks[peaks >= LEAST_PERIOD * ENVELOPE_RATE]
    if not peaks.size:
        return None, None
    peak = int(peaks[r[peaks] >= 0.9 * r[peaks].max()][0])
    return peak / ENVELOPE_RATE, float(r[peak])


def rms_beyond(r: Array, least_lag: float) -> float:
    """Root mean square of an autocorrelation from ``least_lag`` s on."""
    return float(np.sqrt(np.mean(r[round(least_lag * ENVELOPE_RATE) :] ** 2)))
