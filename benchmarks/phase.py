"""Phase recovery against librosa.griffinlim on the true magnitudes of a folder of clips.

Run ``python benchmarks/phase.py CLIPS_FOLDER``. For every clip (mono mix, own sample rate, 32 ms Hann window, hop a
quarter of it) and method: spectral convergence of the final signal, both measured by librosa's own transform; its ratio
to that of ``librosa.griffinlim`` with its defaults at the same number of iterations; and how many times faster.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import librosa
import numpy as np
import soundfile as sf

from texturize.config import SpectrogramConfig
from texturize.signal.phase.recovery import Init, Method, recover
from texturize.signal.spectrogram import Stft, resolve

METHODS: list[tuple[Method, Init]] = [
    ("griffin_lim", "random"),
    ("fast_griffin_lim", "random"),
    ("accelerated", "random"),
    ("admm", "random"),
    ("raar", "random"),
    ("difference_map", "random"),
    ("raar_accelerated", "random"),
    ("fast_griffin_lim", "pghi"),
    ("accelerated", "pghi"),
    ("raar_accelerated", "pghi"),
]


class Case(NamedTuple):
    """A clip, and librosa's result on it."""

    magnitudes: np.ndarray
    n: int
    settings: Stft
    convergence: float
    seconds: float


def timed(function: Callable[[], np.ndarray], repeats: int) -> tuple[np.ndarray, float]:
    """Result and the shortest time of several calls, after a first one that compiles."""
    result = function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return result, min(times)


def transform(y: np.ndarray, settings: Stft) -> np.ndarray:
    return np.abs(librosa.stft(y, n_fft=settings.n_fft, hop_length=settings.hop_length, pad_mode="constant"))


def convergence(y: np.ndarray, magnitudes: np.ndarray, settings: Stft) -> float:
    return float(np.linalg.norm(transform(y, settings) - magnitudes) / np.linalg.norm(magnitudes))


def prepare(path: Path, seconds: float, iterations: int, repeats: int) -> Case:
    y, sr = sf.read(path, dtype="float32", always_2d=True)
    y = y[: int(seconds * sr)].mean(axis=1)
    settings = resolve(SpectrogramConfig(), sr)
    magnitudes = transform(y, settings)
    sizes = {"n_fft": settings.n_fft, "hop_length": settings.hop_length, "length": len(y)}
    found, taken = timed(
        lambda: librosa.griffinlim(magnitudes, n_iter=iterations, random_state=0, **sizes), max(1, repeats - 1)
    )
    return Case(magnitudes, len(y), settings, convergence(found, magnitudes, settings), taken)


def compare(case: Case, method: Method, init: Init, iterations: int, repeats: int) -> tuple[float, float, float]:
    """Spectral convergence, its ratio to librosa's, and librosa's time over ours, the start included."""
    given = np.ascontiguousarray(case.magnitudes.T)[None]

    def run() -> np.ndarray:
        found = recover(
            given, case.n, case.settings, method=method, iterations=iterations, init=init, key=jax.random.key(0)
        )
        return np.asarray(found.samples[0])

    y, taken = timed(run, repeats)
    error = convergence(y, case.magnitudes, case.settings)
    return error, error / case.convergence, case.seconds / taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path, help="folder of .flac or .wav files")
    parser.add_argument("--seconds", type=float, default=4.5, help="length taken from the start of each clip")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=2, help="timed runs; the shortest counts")
    options = parser.parse_args()
    paths = sorted(p for p in options.clips.iterdir() if p.suffix in {".flac", ".wav"})
    versions = f"librosa {librosa.__version__}, jax {jax.__version__}"
    print(f"{options.iterations} iterations, first {options.seconds} s; {versions}\n")
    print(
        "| clip | method | init | spectral convergence | ratio to librosa | times faster |\n|---|---|---|---|---|---|"
    )
    rows: dict[tuple[Method, Init], list[tuple[float, float, float]]] = {}
    for path in paths:
        case = prepare(path, options.seconds, options.iterations, options.repeats)
        print(f"| {path.stem} | librosa.griffinlim | random | {case.convergence:.4f} | 1 | 1 |", flush=True)
        for method, init in METHODS:
            row = compare(case, method, init, options.iterations, options.repeats)
            rows.setdefault((method, init), []).append(row)
            print(f"| {path.stem} | {method} | {init} | {row[0]:.4f} | {row[1]:.2f} | {row[2]:.1f} |", flush=True)
    print("\n| method | init | mean ratio | largest ratio | times faster, median |\n|---|---|---|---|---|")
    for (method, init), values in rows.items():
        _, ratios, faster = np.array(values).T
        print(f"| {method} | {init} | {ratios.mean():.3f} | {ratios.max():.3f} | {np.median(faster):.1f} |")


if __name__ == "__main__":
    main()
