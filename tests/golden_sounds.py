"""Generated textures: stationary sounds whose every seed has the same statistics, and changes that a check must find."""

from __future__ import annotations

import numpy as np
from scipy import signal

from texturize.signal.loudness import integrated_loudness

SR, SECONDS = 16_000, 2.5
N = int(SR * SECONDS)
LONG = int(1.06 * N)


def ring(hz: float, seconds: float) -> np.ndarray:
    t = np.arange(round(6 * seconds * SR)) / SR
    return np.exp(-t / seconds) * np.sin(2 * np.pi * hz * t)


def normalized(y: np.ndarray, n: int) -> np.ndarray:
    """Cut and brought to a loudness, as results are brought to the loudness of their clip."""
    y = np.atleast_2d(y)[:, :n]
    return y * 10 ** ((-25 - integrated_loudness(y, SR)) / 20)


def wind(rng: np.random.Generator, n: int = N) -> np.ndarray:
    """Noise with resonances and slow gusts, in two half-correlated channels."""
    common, own = rng.standard_normal(LONG), rng.standard_normal((2, LONG))
    gusts = signal.sosfiltfilt(signal.butter(2, 3, fs=SR, output="sos"), rng.standard_normal(LONG))
    y = 0.0
    for hz, q in ((400, 6), (1100, 8), (2700, 10)):
        y = y + signal.lfilter(*signal.iirpeak(hz, q, fs=SR), common + own)
    return normalized(y * (1 + 0.3 * gusts / gusts.std()) + 0.02 * own, n)


def clock(rng: np.random.Generator, n: int = N) -> np.ndarray:
    """Ticks four times a second, each a little different, over hiss."""
    y = 0.01 * rng.standard_normal(LONG)
    for start in range(0, LONG - SR // 4, SR // 4):
        tick = ring(2400 * rng.uniform(0.98, 1.02), 0.01) + 0.5 * ring(900, 0.02)[: ring(2400, 0.01).size][:960]
        y[start : start + tick.size] += rng.uniform(0.8, 1.2) * tick
    return normalized(y[None], n)


def rain(rng: np.random.Generator, n: int = N) -> np.ndarray:
    """Drops at random, two hundred a second, over hiss."""
    drops = np.where(rng.random(LONG) < 200 / SR, rng.exponential(1, LONG), 0)
    drops = drops * np.sign(rng.standard_normal(LONG))
    y = np.convolve(drops, ring(3000, 0.002))[:LONG] + np.convolve(drops, ring(1200, 0.004))[:LONG]
    return normalized((y + 0.05 * rng.standard_normal(LONG))[None], n)


TEXTURES = {"wind": wind, "clock": clock, "rain": rain}


def faster(y: np.ndarray) -> np.ndarray:
    return signal.resample_poly(y, 20, 21, axis=1)[:, :N]


def slower(y: np.ndarray) -> np.ndarray:
    return signal.resample_poly(y, 21, 20, axis=1)[:, :N]


def brighter(y: np.ndarray) -> np.ndarray:
    """All frequencies up by 5 %, at the same tempo: bands of a long transform moved, frame by frame."""
    f, _, S = signal.stft(y, SR, nperseg=1024, noverlap=896)
    moved = np.interp(f / 1.05, f, f)
    out = np.empty_like(S)
    for c in range(len(y)):
        magnitude = np.stack([np.interp(moved, f, frame) for frame in np.abs(S[c]).T], axis=1)
        out[c] = magnitude * np.exp(1j * np.angle(S[c]) * 1.05)
    return signal.istft(out, SR, nperseg=1024, noverlap=896)[1][:, :N]


def with_silence(y: np.ndarray) -> np.ndarray:
    y = y.copy()
    y[:, N // 3 : N // 3 + SR // 20] = 0
    return y


def splice(rng: np.random.Generator, clip: np.ndarray) -> np.ndarray:
    """Pieces of half a second of the clip in another order."""
    pieces = np.split(clip[:, :N], 8, axis=1)
    return np.concatenate([pieces[i] for i in rng.permutation(8)], axis=1)
