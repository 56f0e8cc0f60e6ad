"""What is kept of a sound to hold others against it: features of the judge's, as numbers that fit into a JSON file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft, ndimage, signal

from texturize.compare.channels import stereo
from texturize.compare.cochleagram import Array, half_cosine_bands
from texturize.compare.copied import copying
from texturize.compare.event_statistics import Floors, event_statistics
from texturize.compare.events import HIGHEST_SR as EVENTS_SR
from texturize.compare.events import silence
from texturize.compare.excerpts import as_channels, excerpts, resample
from texturize.compare.rhythm import MOST_LAG, autocorrelation, onset_envelope, strongest_periodicity
from texturize.compare.seam import seam
from texturize.compare.statistics import SILENCE, texture_statistics
from texturize.signal.loudness import loudness

STATISTICS_SR = 20_000
HIGHEST_HZ = 20_000.0
LEAST_DB = -200.0
FINE_PER_OCTAVE = 48
FINE_LOWEST_HZ = 100.0
FINE_WINDOW_SECONDS = 0.128
FRAME_SECONDS = 0.005
GAP_DB = 50.0  # below the sound's level a frame belongs to a gap
DIGITS = 6


@dataclass(frozen=True)
class Features:
    """Features of one sound.

    Attributes
    ----------
    sample_rate, channels, samples, subtype
        Its format; samples of each channel.
    level : list of float
        Root mean square of each channel in dB of full scale.
    bands : list of list of float
        Level of each of 30 bands on the ERB scale, for each channel, in dB of full scale.
    fine_spectrum : list of float
        Power density in dB, 48 points an octave from 100 Hz on, of all channels together.
    statistics : list of list of dict
        For each channel, of each excerpt, the statistics of `texture_statistics`.
    excerpt_samples : int
        Length of these excerpts, at 20 kHz at most.
    onsets : list of float
        Autocorrelation of the onset envelope, 400 lags a second, up to 2 s.
    period : float or None
        Lag of its strongest periodicity in seconds; None if it has none worth the name.
    gap, dropout : float
        Longest stretch in seconds, in any channel, 50 dB below the channel's level; and of one and the same value.
    seam : float or None
        Largest jump from its end to its start, in units of those inside; None for silence.
    balance, coherence : list of list of float, or None
        Relations of every two channels in 30 bands, of `stereo`.
    copying : list of float, or None
        Of 50 ms and 250 ms, out of the clip; None where no clip is given.
    loudness : list of float, or None
        Of each channel, in LUFS (ITU-R BS.1770): what results are matched by. One loud event moves the root mean
        square of a short sound by half a decibel, and is heard as no change of level. None in older goldens.
    seam_jumps, seam_limits : list of float, or None
        The four jumps at the seam, and what jumps inside reach; None for silence, and in older goldens.
    events : list of list of dict, or None
        For each channel, of each excerpt, the statistics of `event_statistics`; None in older goldens.
    silence : list of float, or None
        Powers that these hold to be silence, with the sound's own level taken out.
    """

    sample_rate: int
    channels: int
    samples: int
    subtype: str
    level: list[float]
    bands: list[list[float]]
    fine_spectrum: list[float]
    statistics: list[list[dict[str, Any]]]
    excerpt_samples: int
    onsets: list[float]
    period: float | None
    gap: float
    dropout: float
    seam: float | None
    balance: list[list[float]] | None
    coherence: list[list[float]] | None
    copying: list[float] | None
    loudness: list[float] | None = None
    seam_jumps: list[float] | None = None
    seam_limits: list[float] | None = None
    events: list[list[dict[str, Any]]] | None = None
    silence: list[float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)


def measure(
    y: ArrayLike,
    sr: int,
    subtype: str,
    *,
    clip: tuple[ArrayLike, int] | None = None,
    like: Features | None = None,
) -> Features:
    """Measure a sound.

    Parameters
    ----------
    y : array_like (n,) or (channels, n)
        The sound.
    sr : int
        Its sample rate in Hz.
    subtype : str
        libsndfile's name of its sample format.
    clip : tuple of array_like and int, optional
        The clip it was learnt from and its sample rate, to look for copies of.
    like : Features, optional
        Of a sound it is to be compared to: the excerpts have the same length.

    Returns
    -------
    Features

    Raises
    ------
    AudioError
        For a sound of less than 0.25 s, or a silent clip.
    """
    given = as_channels(y, "sound")
    power = float(np.mean(given**2))
    jump = seam(given, sr)
    rate = min(sr, STATISTICS_SR)
    worked = resample(given, sr, rate) / (np.sqrt(power) or 1.0)
    length = worked.shape[1] // 2 if like is None else min(like.excerpt_samples, worked.shape[1])
    onsets = onset_envelope(worked, rate)
    fine_sr = min(sr, EVENTS_SR)
    fine = resample(given, sr, fine_sr) / (np.sqrt(power) or 1.0)
    floors = silence(fine, fine_sr) if like is None or like.silence is None else Floors(*like.silence)
    fine_length = min(round(length * fine_sr / rate), fine.shape[1])
    image = stereo(given, sr) if len(given) > 1 else None
    copied = None if clip is None else copying(clip[0], given, clip[1], sr)
    return Features(
        sample_rate=sr,
        channels=len(given),
        samples=given.shape[1],
        subtype=subtype,
        level=_plain(decibels(np.mean(given**2, axis=1))),
        bands=_plain(band_levels(given, sr)),
        fine_spectrum=_plain(fine_spectrum(given, sr)),
        statistics=[[_statistics(piece, rate) for piece in excerpts(channel, length)] for channel in worked],
        excerpt_samples=length,
        onsets=_plain(autocorrelation(onsets, MOST_LAG)),
        period=strongest_periodicity(onsets)[0],
        gap=max(longest_gap(channel, sr) for channel in given),
        dropout=max(longest_run(channel[1:] == channel[:-1]) for channel in given) / sr,
        seam=None if jump is None else jump.largest,
        balance=None if image is None else _plain(image.level_difference),
        coherence=None if image is None else _plain(image.coherence),
        copying=None if copied is None else [copied.short, copied.long],
        loudness=_plain(np.array([max(loudness(channel[None], sr), LEAST_DB) for channel in given])),
        seam_jumps=None if jump is None else _plain(np.array([each.value for each in jump.jumps.values()])),
        seam_limits=None if jump is None else _plain(np.array([each.limit for each in jump.jumps.values()])),
        events=[[_events(piece, fine_sr, floors) for piece in excerpts(channel, fine_length)] for channel in fine],
        silence=[floors.fine, floors.coarse],
    )


def _plain(values: Array) -> Any:
    """Nested lists of numbers of six digits."""
    if values.ndim > 1:
        return [_plain(row) for row in values]
    return [float(f"{value:.{DIGITS}g}") for value in values]


def _statistics(y: Array, sr: float) -> dict[str, Any]:
    return {name: _plain(values) for name, values in texture_statistics(y, sr, SILENCE).items()}


def _events(y: Array, sr: float, floors: Floors) -> dict[str, Any]:
    return {name: _plain(values) for name, values in event_statistics(y, sr, floors).items()}


def decibels(power: Array) -> Array:
    """Power in dB, -200 at least."""
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (LEAST_DB / 10))))


def band_levels(y: Array, sr: float) -> Array:
    """Level (channels, 30) in dB of bands on the ERB scale, from 50 Hz to 20 kHz or the Nyquist frequency."""
    n = y.shape[1]
    gains = half_cosine_bands(fft.rfftfreq(n, 1 / sr), highest=min(HIGHEST_HZ, sr / 2)) ** 2
    return decibels(2 / n**2 * np.abs(fft.rfft(y, axis=1)) ** 2 @ gains.T)


def fine_spectrum(y: Array, sr: float) -> Array:
    """Power density (points,) in dB of all channels together, 48 points an octave from 100 Hz on."""
    n_fft = min(fft.next_fast_len(round(FINE_WINDOW_SECONDS * sr), real=True), y.shape[1])
    f, density = signal.welch(y, sr, nperseg=n_fft, axis=1)
    points = FINE_LOWEST_HZ * 2 ** np.arange(0, np.log2(0.95 * sr / 2 / FINE_LOWEST_HZ), 1 / FINE_PER_OCTAVE)
    return decibels(np.interp(points, f, density.sum(0)))


def longest_gap(y: Array, sr: float) -> float:
    """Seconds of the longest stretch of a sound (n,) that lies 50 dB below its level, in frames of 5 ms."""
    frame = round(FRAME_SECONDS * sr)
    powers = ndimage.uniform_filter1d(y**2, frame)[frame // 2 :: max(1, frame // 4)]
    run = longest_run(powers < 10 ** (-GAP_DB / 10) * np.mean(y**2))
    return (run - 1) * max(1, frame // 4) / sr + FRAME_SECONDS if run else 0.0


def longest_run(true: Array) -> int:
    """Length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(np.int8)))
    return int(np.max(edges[1::2] - edges[::2], initial=0))
