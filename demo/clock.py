"""Make a clip of a small clock in a room: the beats of its escapement, and what the room makes of them.

An alarm clock's balance swings twice a second, and each swing lets the escape wheel go twice: 14,400 beats an hour,
four a second. A beat is three impacts within some milliseconds (unlocking, impulse, drop), each of which rings the
movement and the case: decaying sinusoids. Tick and tock differ, as the pallets do. The room adds noise that decays by
60 dB in its reverberation time, sooner at high frequencies, and a quiet hiss of its own.

    python demo/clock.py clock.flac
"""

from __future__ import annotations

import sys

import numpy as np
import soundfile
from make_clip import SAMPLE_RATE, SECONDS, add, filtered_noise, ring

BEATS_PER_SECOND = 4.0
JITTER = 0.8e-3  # seconds, standard deviation
IMPACTS = ((0.0, 0.25), (2.5e-3, 0.5), (7.0e-3, 1.0))  # seconds and strength: unlocking, impulse, drop
MODES = ((1450.0, 9e-3), (2900.0, 5e-3), (4700.0, 3e-3), (7600.0, 1.5e-3), (10_300.0, 1e-3))  # Hz and seconds of decay
REVERBERATION = ((200.0, 1200.0, 0.45), (1200.0, 5000.0, 0.35), (5000.0, 12_000.0, 0.2))  # Hz, Hz, seconds to -60 dB
SEED = 1675


def beat(rng: np.random.Generator, detune: float) -> np.ndarray:
    """One tick, (samples,): its modes ring anew at each impact."""
    y = np.zeros(int(0.1 * SAMPLE_RATE))
    for at, strength in IMPACTS:
        for f, decay in MODES:
            loudness = strength * rng.lognormal(0.0, 0.4)
            add(y, int(at * SAMPLE_RATE), loudness * ring(detune * f, decay))
    return y


def room(rng: np.random.Generator) -> np.ndarray:
    """Impulse response of a furnished room, (samples,), its direct sound 1."""
    n = int(0.45 * SAMPLE_RATE)
    t = np.arange(n) / SAMPLE_RATE
    response = sum(
        0.02 * filtered_noise(rng, n, low, high, 0.0) * 10 ** (-3 * t / seconds) for low, high, seconds in REVERBERATION
    )
    response[: int(3e-3 * SAMPLE_RATE)] = 0.0  # the nearest wall
    response[0] = 1.0
    return response


def make_clip() -> np.ndarray:
    """Make the clip, (samples,) float64, its peak at 0.8 of full scale; the same at each call."""
    rng = np.random.default_rng(SEED)
    n = int(SECONDS * SAMPLE_RATE)
    response, dry = room(rng), np.zeros(n)
    for i in range(int(SECONDS * BEATS_PER_SECOND)):
        at = (i + 0.1) / BEATS_PER_SECOND + rng.normal(0.0, JITTER)
        add(dry, int(at * SAMPLE_RATE), beat(rng, 1.0 if i % 2 else 0.93))
    size = n + len(response)
    y = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(response, size), size)[:n]
    y += 4e-3 * np.abs(y).max() * filtered_noise(rng, n, 80.0, 8000.0, 4.0)
    return 0.8 * y / np.abs(y).max()


if __name__ == "__main__":
    soundfile.write(sys.argv[1], make_clip(), SAMPLE_RATE, "PCM_16")
