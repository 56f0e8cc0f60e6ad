"""Phase recovery and spectrogram inversion against librosa, on a folder of clips: tables of docs/phase.md.

    python benchmarks/phase.py CLIPS_FOLDER --part methods --iterations 100
    python benchmarks/phase.py CLIPS_FOLDER --part time --part noise --part mel --write

Every clip is its first seconds as mono mix at its own rate, 32 ms Hann window, hop a quarter of it; for mel bands
the window is of 1024 samples at 22.05 kHz and of 2048 at 44.1 kHz.
Spectral convergence and mel errors are measured with librosa's own transform, for its result as for ours.

- ``methods``: each method and start at librosa's number of iterations;
- ``time``: the default in as many iterations as take librosa's time for its 100;
- ``noise``: true magnitudes, and the same times exp(0.3 noise), which belong to no signal;
- ``mel``: ``mel_to_audio`` against ``librosa.feature.inverse.mel_to_audio``, in log-mel error and time.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import librosa
import numpy as np
import soundfile as sf
from figures import Section, Table, write_section
from tables import ROOT, code_label, machine

from texturize.config import SpectrogramConfig
from texturize.signal.inversion.like_librosa import mel_to_audio
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
DEFAULT = METHODS[-1]
FLOOR = 80.0
"""Decibels below the loudest value, at which log errors end."""
MELS = [(22050, 80, 1024), (22050, 128, 1024), (44100, 80, 2048), (44100, 128, 2048)]
PAGE = ROOT / "docs" / "phase.md"


class Case(NamedTuple):
    """A clip, and librosa's result on it."""

    magnitudes: np.ndarray
    n: int
    settings: Stft
    found: np.ndarray
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


def in_decibels(values: np.ndarray, loudest: float) -> np.ndarray:
    return 20 * np.log10(np.maximum(values, loudest * 10 ** (-FLOOR / 20)))


def log_spectral_distance(values: np.ndarray, target: np.ndarray) -> float:
    """Mean over frames of the root mean square over bins, in dB."""
    off = in_decibels(values, target.max()) - in_decibels(target, target.max())
    return float(np.sqrt((off**2).mean(axis=0)).mean())


def read(path: Path, seconds: float) -> tuple[np.ndarray, int]:
    y, sr = sf.read(path, dtype="float32", always_2d=True)
    return y[: int(seconds * sr)].mean(axis=1), sr


def case_of(magnitudes: np.ndarray, n: int, settings: Stft, iterations: int, repeats: int) -> Case:
    sizes = {"n_fft": settings.n_fft, "hop_length": settings.hop_length, "length": n}
    found, taken = timed(
        lambda: librosa.griffinlim(magnitudes, n_iter=iterations, random_state=0, **sizes), max(1, repeats - 1)
    )
    return Case(magnitudes, n, settings, found, convergence(found, magnitudes, settings), taken)


def prepare(path: Path, options: argparse.Namespace) -> Case:
    y, sr = read(path, options.seconds)
    settings = resolve(SpectrogramConfig(), sr)
    return case_of(transform(y, settings), len(y), settings, options.iterations, options.repeats)


def ours(case: Case, iterations: int, method: Method = DEFAULT[0], init: Init = DEFAULT[1]) -> Callable[[], np.ndarray]:
    given = np.ascontiguousarray(case.magnitudes.T)[None]

    def run() -> np.ndarray:
        how = {"method": method, "iterations": iterations, "init": init, "key": jax.random.key(0)}
        return np.asarray(recover(given, case.n, case.settings, **how).samples[0])

    return run


def summary(rows: Sequence[Sequence[float]], digits: int = 3) -> list[list[str]]:
    """Rows for the mean and the largest of columns of figures."""
    values = np.array(rows)
    return [[f"{x:.{digits}f}" for x in values.mean(axis=0)], [f"{x:.{digits}f}" for x in values.max(axis=0)]]


def methods(paths: Sequence[Path], options: argparse.Namespace) -> list[Table]:
    """Every method at equal iterations."""
    rows: dict[tuple[Method, Init], list[tuple[float, float]]] = {how: [] for how in METHODS}
    lines = []
    for path in paths:
        case = prepare(path, options)
        for how in METHODS:
            y, taken = timed(ours(case, options.iterations, *how), options.repeats)
            error = convergence(y, case.magnitudes, case.settings)
            rows[how].append((error / case.convergence, case.seconds / taken))
        ratios = [f"{rows[how][-1][0]:.2f}" for how in METHODS]
        lines.append([path.stem, f"{case.convergence:.4f}", *ratios, f"{rows[DEFAULT][-1][1]:.1f}"])
        print(*lines[-1], flush=True)
    total = [
        [*how, f"{np.mean(r):.3f}", f"{np.max(r):.3f}", f"{np.median(t):.1f}"]
        for how, values in rows.items()
        for r, t in [zip(*values, strict=True)]
    ]
    names = [f"{method}, {init}" for method, init in METHODS]
    return [
        Table(["method", "init", "ratio, mean", "largest", "times faster, median"], total),
        Table(["clip", "librosa", *names, "times faster"], lines),
    ]


def equal_time(paths: Sequence[Path], options: argparse.Namespace) -> list[Table]:
    """The default at librosa's iterations, and in its time."""
    lines, figures = [], []
    for path in paths:
        case = prepare(path, options)
        few, many = (timed(ours(case, count), options.repeats)[1] for count in (2, options.iterations))
        each = max(many - few, 1e-4) / (options.iterations - 2)
        count = max(options.iterations, int(options.iterations + (case.seconds - many) / each))
        ratios, distances = [], []
        for iterations in (options.iterations, count):
            y = ours(case, iterations)()
            ratios.append(convergence(y, case.magnitudes, case.settings) / case.convergence)
            distances.append(log_spectral_distance(transform(y, case.settings), case.magnitudes))
        theirs = log_spectral_distance(transform(case.found, case.settings), case.magnitudes)
        figures.append((case.convergence, *ratios, theirs, *distances))
        lines.append(
            [
                path.stem,
                f"{case.convergence:.4f}",
                f"{ratios[0]:.2f}",
                f"{case.seconds / many:.1f}",
                str(count),
                f"{ratios[1]:.2f}",
                *(f"{x:.2f}" for x in (theirs, *distances)),
            ]
        )
        print(*lines[-1], flush=True)
    mean, most = summary(figures)
    for name, row in (("mean", mean), ("largest", most)):
        lines.append([name, row[0], row[1], "", "", row[2], *row[3:]])
    head = ["clip", "librosa", "ratio, equal iterations", "times faster", "iterations in its time", "ratio, equal time"]
    return [Table([*head, "librosa, dB", "equal iterations, dB", "equal time, dB"], lines)]


def noise(paths: Sequence[Path], options: argparse.Namespace) -> list[Table]:
    """Magnitudes that belong to no signal."""
    rng, lines, figures = np.random.default_rng(0), [], []
    for path in paths:
        y, sr = read(path, options.seconds)
        settings = resolve(SpectrogramConfig(), sr)
        true = transform(y, settings)
        given = (true * np.exp(0.3 * rng.standard_normal(true.shape))).astype(np.float32)
        row = []
        for magnitudes in (true, given):
            case = case_of(magnitudes, len(y), settings, options.iterations, 1)
            found = ours(case, options.iterations)()
            row += [case.convergence, convergence(found, magnitudes, settings)]
        figures.append(row)
        lines.append([path.stem, *(f"{x:.3f}" for x in row)])
        print(*lines[-1], flush=True)
    lines.append(["mean", *summary(figures)[0]])
    return [Table(["clip", "true: librosa", "ours", "times exp(0.3 noise): librosa", "ours"], lines)]


def mel(paths: Sequence[Path], options: argparse.Namespace) -> list[Table]:
    """Mel bands at 22.05 and 44.1 kHz: log-mel error in dB, and time."""
    lines = []
    for sr, bands, n_fft in MELS:
        rows = []
        for path in paths:
            y, rate = read(path, options.seconds)
            y = librosa.resample(y, orig_sr=rate, target_sr=sr)
            sizes = {"sr": sr, "n_fft": n_fft, "hop_length": n_fft // 4}

            def bands_of(y: np.ndarray, sizes: dict[str, int] = sizes, bands: int = bands) -> np.ndarray:
                return librosa.feature.melspectrogram(y=y, n_mels=bands, pad_mode="constant", **sizes)

            M = bands_of(y)

            def error(found: np.ndarray, M: np.ndarray = M, of: Callable[..., np.ndarray] = bands_of) -> float:
                off = in_decibels(np.sqrt(of(found)), np.sqrt(M.max())) - in_decibels(np.sqrt(M), np.sqrt(M.max()))
                return float(np.abs(off).mean())

            start = time.perf_counter()
            theirs = librosa.feature.inverse.mel_to_audio(M, length=len(y), **sizes)
            taken = time.perf_counter() - start
            row = [error(theirs), taken]
            for count in (10, 32):
                how = {"n_iter": count, "length": len(y), **sizes}
                found, own = timed(lambda M=M, how=how: mel_to_audio(M, **how), options.repeats)
                row += [error(found) / row[0], own / taken]
            rows.append(row)
            print(sr, bands, path.stem, *(f"{x:.3f}" for x in row), flush=True)
        mean, most = np.mean(rows, axis=0), np.max(rows, axis=0)
        lines.append(
            [f"{sr} Hz, {bands} bands", f"{mean[0]:.2f}", f"{mean[1]:.1f}"]
            + [f"{mean[i]:.2f}, {most[i]:.2f}" for i in (2, 3, 4, 5)]
        )
        print(*lines[-1], flush=True)
    columns = ["error at 10 iterations", "time", "error at 32 iterations", "time "]
    return [Table(["mel spectrogram", "librosa, dB", "s", *columns], lines)]


PARTS = {"methods": methods, "time": equal_time, "noise": noise, "mel": mel}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder of .flac or .wav files")
    parser.add_argument("--part", action="append", choices=PARTS, help="what to measure; may be repeated")
    parser.add_argument("--seconds", type=float, default=4.5, help="length taken from the start of each clip")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=2, help="timed runs; the shortest counts")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/phase.md")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", module="librosa")
    paths = sorted(p for p in options.clips.iterdir() if p.suffix in {".flac", ".wav"})
    for part in options.part or PARTS:
        tables = PARTS[part](paths, options)
        print("\n\n".join(table.markdown() for table in tables), flush=True)
        if options.write:
            write_section(PAGE, part, Section(tables, code_label(), machine()), "Phase recovery")


if __name__ == "__main__":
    main()
