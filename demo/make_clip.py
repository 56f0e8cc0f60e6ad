"""Make the demo's clip: rain over a crackling fire, modelled from how the two sounds come about.

Rain is many small impacts, independent and so Poisson in time. A drop on water rings like a bubble: a decaying
sinusoid whose pitch follows from the bubble's radius (Minnaert 1933: f = 3.26 m/s / radius) and whose decay follows
from its pitch. Drops too many and too far to be told apart are a hiss. A fire is a low rumble, a hiss of escaping gas
that breathes slowly, and crackles: bursts of clicks, each click a wide-band impulse that dies within milliseconds.

    python demo/make_clip.py rain-on-fire.flac
"""

from __future__ import annotations

import sys

import numpy as np
import soundfile

SAMPLE_RATE = 32_000
SECONDS = 5.0
SEED = 1933


def poisson_times(rng: np.random.Generator, rate: float, n: int) -> np.ndarray:
    """Sample positions of independent events, ``rate`` per second."""
    return np.sort(rng.integers(0, n, rng.poisson(rate * n / SAMPLE_RATE)))


def filtered_noise(rng: np.random.Generator, n: int, low: float, high: float, slope_db: float) -> np.ndarray:
    """Gaussian noise between two frequencies in Hz, falling by ``slope_db`` per octave; RMS 1."""
    f = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    edges = 1 / (1 + (low / np.maximum(f, 1.0)) ** 6) / (1 + (f / high) ** 6)
    tilt = (np.maximum(f, low) / low) ** (-slope_db / 6.02)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * edges * tilt, n)
    return noise / noise.std()


def slow(rng: np.random.Generator, n: int, hz: float, depth: float) -> np.ndarray:
    """Modulation around 1, no faster than ``hz``."""
    f = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    curve = np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * (f < hz), n)
    return np.exp(depth * curve / curve.std())


def ring(f: float, decay: float, sweep: float = 0.0) -> np.ndarray:
    """Decaying sinusoid at ``f`` Hz that falls by 1/e in ``decay`` seconds, its pitch rising by ``sweep`` a second."""
    t = np.arange(int(7 * decay * SAMPLE_RATE)) / SAMPLE_RATE
    attack = 1 - np.exp(-t / 2e-4)
    return attack * np.exp(-t / decay) * np.sin(2 * np.pi * f * t * (1 + sweep * t))


def add(y: np.ndarray, at: int, sound: np.ndarray) -> None:
    """Mix a sound in; what exceeds the end is left out."""
    y[at : at + len(sound)] += sound[: len(y) - at]


def rain(rng: np.random.Generator, n: int) -> np.ndarray:
    """Single drops before a hiss of far ones."""
    y = 0.035 * filtered_noise(rng, n, 1200.0, 11_000.0, 3.0) * slow(rng, n, 1.5, 0.08)
    for at in poisson_times(rng, 260.0, n):
        radius = 1e-3 * np.clip(rng.lognormal(np.log(0.9), 0.35), 0.35, 3.0)  # metres
        f = 3.26 / radius
        loudness = 0.045 * rng.lognormal(0.0, 0.7) * (radius / 1e-3)
        add(y, at, loudness * ring(f, decay=6.0 / f * 2.5, sweep=rng.uniform(0.0, 4.0)))
        splash = filtered_noise(rng, 192, 2500.0, 12_000.0, 0.0) * np.exp(-np.arange(192) / 30.0)
        add(y, at, 0.25 * loudness * splash)
    return y


def fire(rng: np.random.Generator, n: int) -> np.ndarray:
    """Rumble, breathing hiss, and bursts of crackles."""
    y = 0.05 * filtered_noise(rng, n, 40.0, 300.0, 6.0) * slow(rng, n, 4.0, 0.35)
    y += 0.012 * filtered_noise(rng, n, 500.0, 6000.0, 3.0) * slow(rng, n, 6.0, 0.5)
    for burst in poisson_times(rng, 3.5, n):
        clicks = 1 + rng.poisson(4.0)
        for at in burst + rng.exponential(0.03 * SAMPLE_RATE, clicks).astype(int):
            if at >= n:
                continue
            length = int(0.02 * SAMPLE_RATE)
            decay = rng.uniform(0.4e-3, 3e-3) * SAMPLE_RATE
            click = rng.standard_normal(length) * np.exp(-np.arange(length) / decay)
            add(y, at, 0.16 * rng.lognormal(0.0, 0.6) * click)
    return y


def make_clip() -> np.ndarray:
    """Make the clip, (samples,) float64, its peak at 0.8 of full scale; the same at each call."""
    rng = np.random.default_rng(SEED)
    n = int(SECONDS * SAMPLE_RATE)
    y = rain(rng, n) + fire(rng, n)
    return 0.8 * y / np.abs(y).max()


if __name__ == "__main__":
    soundfile.write(sys.argv[1], make_clip(), SAMPLE_RATE, "PCM_16")
