"""What is measured of a clip by itself: silence, pitches, bandwidth."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import fft, signal

from texturize.compare.excerpts import resample
from texturize.signal.steady_region import EDGE_SECONDS, SILENCE_DB, levels

Array = NDArray[np.float64]

PITCH_SR = 8000
PITCH_SECONDS = 0.064
PITCH_HZ = (80.0, 400.0)
SEMITONE = 1 / 12
PITCHED = 0.5  # autocorrelation at the pitch
QUIET_FRAME = 0.05  # of the mean power
ALL_BUT = 1e-6  # share of the power that lies above the bandwidth
CUT_OFF_DB = 25.0
CUT_OFF_HZ = 500.0


def silent_seconds(y: Array, sr: float) -> float:
    """Silence within a sound (channels, n)."""
    fine = levels(y, sr, EDGE_SECONDS)
    return round(EDGE_SECONDS * float(np.sum(fine < fine.max() + SILENCE_DB)), 2)


def harmonic_share(y: Array, sr: float) -> float:
    """Share of frames of 64 ms of a sound (n,) with a pitch of 80 to 400 Hz that is not the usual one.

    The mean spectrum is divided out first, so that a hum is gone; of what is left, pitches within a semitone of the
    median do not count.
    """
    if not np.any(y):  # channels that cancel each other
        return 0.0
    y = resample(y, sr, PITCH_SR)
    n = round(PITCH_SECONDS * PITCH_SR)
    frequencies, density = signal.welch(y, PITCH_SR, nperseg=2 * n)
    f = fft.rfftfreq(y.size, 1 / PITCH_SR)
    usual = np.sqrt(np.interp(f, frequencies, density) + 1e-9 * density.max())
    white = fft.irfft(np.where((f > PITCH_HZ[0]) & (f < 0.45 * PITCH_SR), fft.rfft(y) / usual, 0), y.size)
    power = np.mean(sliding_window_view(y, n)[:: n // 2] ** 2, axis=1)
    frames = sliding_window_view(white, n)[:: n // 2][power > QUIET_FRAME * power.mean()]
    window = signal.get_window("hann", n)
    r = (autocorrelation(frames * window) / autocorrelation(window))[:, : round(PITCH_SR / PITCH_HZ[0])]
    r[:, : round(PITCH_SR / PITCH_HZ[1])] = 0
    peaks = r.max(axis=1, keepdims=True)
    lags = np.argmax(r >= 0.9 * peaks, axis=1)[peaks[:, 0] > PITCHED]  # the first of peaks nearly as high
    away = np.abs(np.log2(lags / np.median(lags))) > SEMITONE if lags.size else np.zeros(0, bool)
    return float(away.sum() / len(frames))


def autocorrelation(x: Array) -> Array:
    """Autocorrelation (..., n / 2) of frames (..., n), 1 at lag 0."""
    n = x.shape[-1]
    r = fft.irfft(np.abs(fft.rfft(x, 2 * n, axis=-1)) ** 2, axis=-1)[..., : n // 2]
    return np.asarray(r / np.maximum(r[..., :1], np.finfo(float).tiny))


def bandwidth_of(y: Array, sr: float) -> tuple[float, float | None]:
    """Frequency below which all power lies but a millionth, and that of a steep edge with nothing above, in Hz."""
    f, density = signal.welch(y, sr, nperseg=min(4096, y.shape[1]))
    power = density.sum(0)
    share = np.cumsum(power) / power.sum()
    bandwidth = float(f[np.argmax(share >= 1 - ALL_BUT)])
    db = 10 * np.log10(power + 1e-14 * power.max())
    step = max(1, round(CUT_OFF_HZ / (f[1] - f[0])))
    means = np.convolve(db, np.ones(step) / step, "valid")  # of the bins from each on
    gap = max(1, step // 4)
    drops = means[: -step - gap] - means[step + gap :]
    edges = np.flatnonzero(drops >= CUT_OFF_DB)
    edges = edges[f[edges] > sr / 8]  # below it, a steep edge is the sound's own
    if not edges.size:
        return bandwidth, None
    at = int(edges[np.argmax(drops[edges])])
    cut_off = float(round(f[at + step + gap // 2], -2))
    return bandwidth, cut_off if bandwidth < 1.05 * cut_off else None
