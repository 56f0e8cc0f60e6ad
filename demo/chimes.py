"""Make a clip of wind chimes: tubes that ring when the wind swings a clapper against them.

A tube hung at its nodes is a bar with free ends: its modes are at 1, 2.756, 5.404 and 8.933 times the lowest (Rossing &
Fletcher), and the higher ring shorter. Six tubes are tuned to a pentatonic scale. Strikes come as the wind blows: at
random times, more of them in gusts, each as hard as chance has it. The wind itself is a hiss that rises and falls with
the gusts.

    python demo/chimes.py chimes.flac
"""

from __future__ import annotations

import sys

import numpy as np
import soundfile
from make_clip import SAMPLE_RATE, SECONDS, add, filtered_noise, poisson_times, ring, slow

TUBES = 523.25 * 2.0 ** (np.array([0, 2, 4, 7, 9, 12]) / 12)  # Hz: C5 to C6
MODES = ((1.0, 1.0, 0.55), (2.756, 0.7, 0.3), (5.404, 0.35, 0.12), (8.933, 0.15, 0.05))  # ratio, strength, decay in s
STRIKES_PER_SECOND = 20.0
SEED = 1689


def strike(rng: np.random.Generator, f: float) -> np.ndarray:
    """One struck tube, (samples,); a harder strike is brighter."""
    hardness = rng.lognormal(0.0, 0.35)
    y = np.zeros(int(7 * MODES[0][2] * SAMPLE_RATE))
    for ratio, strength, decay in MODES:
        if ratio * f < 0.45 * SAMPLE_RATE:
            add(y, 0, hardness * strength * min(1.0, hardness) ** (ratio - 1) * ring(ratio * f, decay))
    return y


def make_clip() -> np.ndarray:
    """Make the clip, (samples,) float64, its peak at 0.8 of full scale; the same at each call."""
    rng = np.random.default_rng(SEED)
    n, lead = int(SECONDS * SAMPLE_RATE), 2 * SAMPLE_RATE  # what rang before the clip begins rings on
    gusts = slow(rng, n + lead, 2.0, 0.2)
    y = 0.05 * filtered_noise(rng, n + lead, 150.0, 4000.0, 4.0) * gusts
    for at in poisson_times(rng, 2 * STRIKES_PER_SECOND, n + lead):
        if rng.random() < 0.5 * gusts[at]:  # twice as many, of which the wind has some
            add(y, at, 0.1 * strike(rng, rng.choice(TUBES)))
    y = y[lead:]
    return 0.8 * y / np.abs(y).max()


if __name__ == "__main__":
    soundfile.write(sys.argv[1], make_clip(), SAMPLE_RATE, "PCM_16")
