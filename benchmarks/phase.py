"""Phase recovery and spectrogram inversion against librosa, on a folder of clips: tables of docs/phase.md.

    python benchmarks/phase.py CLIPS_FOLDER --part methods --seconds 1 --repeats 1 --write
    python benchmarks/phase.py CLIPS_FOLDER --part time --part noise --part mel --part heard --torch PYTHON --write

Every clip is its first seconds as mono mix at its own rate, 32 ms Hann window, hop a quarter of it; for mel bands
the window is of 1024 samples at 22.05 kHz and of 2048 at 44.1 kHz.
Spectral convergence and mel errors are measured with librosa's own transform, for its result as for ours.

- ``methods``: each method and start at librosa's number of iterations, and at 30;
- ``time``: the default in as many iterations as take librosa's time for its 100; beside it torchaudio's Griffin-Lim,
  with a Python that has PyTorch (torch_griffin_lim.py), on magnitudes of the transform that reflects at the ends;
- ``noise``: true magnitudes, and the same times exp(0.3 noise), which belong to no signal;
- ``mel``: ``mel_to_audio`` against ``librosa.feature.inverse.mel_to_audio``, in log-mel error and time;
- ``heard``: log-spectral distances of a voice, bells and rain, with true magnitudes and others, and a picture.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import jax
import librosa
import numpy as np
import soundfile as sf
from figures import Section, Table, write_section
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
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
FEWER = 30
"""Iterations that methods are compared at, too."""
FLOOR = 80.0
"""Decibels below the loudest value, at which log errors end."""
MELS = [(22050, 80, 1024), (22050, 128, 1024), (44100, 80, 2048), (44100, 128, 2048)]
HEARD = ("speech_female", "church_bells_peal", "rain_cabin_roof")
DRAWN_KHZ = 8.0
OFF_DB = 6.0
"""Top of the scale of what is off, in a picture."""
PAGE = ROOT / "docs" / "phase.md"


class Case(NamedTuple):
    """A clip, and librosa's result on it."""

    magnitudes: np.ndarray
    n: int
    settings: Stft
    found: np.ndarray
    convergence: float
    seconds: float


def timed(
    function: Callable[[], np.ndarray], repeats: int, first: Callable[[], object] | None = None
) -> tuple[np.ndarray, float]:
    """Result and the shortest time of several calls, after a first one that compiles: a shorter one, where given."""
    (first or function)()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return result, min(times)


def transform(y: np.ndarray, settings: Stft, pad_mode: Literal["constant", "reflect"] = "constant") -> np.ndarray:
    return np.abs(librosa.stft(y, n_fft=settings.n_fft, hop_length=settings.hop_length, pad_mode=pad_mode))


def convergence(
    y: np.ndarray, magnitudes: np.ndarray, settings: Stft, pad_mode: Literal["constant", "reflect"] = "constant"
) -> float:
    return float(np.linalg.norm(transform(y, settings, pad_mode) - magnitudes) / np.linalg.norm(magnitudes))


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

    def theirs(count: int) -> np.ndarray:
        return np.asarray(librosa.griffinlim(magnitudes, n_iter=count, random_state=0, **sizes))

    found, taken = timed(lambda: theirs(iterations), max(1, repeats - 1), lambda: theirs(1))
    return Case(magnitudes, n, settings, found, convergence(found, magnitudes, settings), taken)


def prepare(path: Path, options: argparse.Namespace, iterations: int) -> Case:
    y, sr = read(path, options.seconds)
    settings = resolve(SpectrogramConfig(), sr)
    return case_of(transform(y, settings), len(y), settings, iterations, options.repeats)


def torchaudios(y: np.ndarray, settings: Stft, options: argparse.Namespace) -> tuple[float, float]:
    """Spectral convergence and seconds of torchaudio's Griffin-Lim; nothing where there is no PyTorch."""
    if options.torch is None:
        return float("nan"), float("nan")
    magnitudes = transform(y, settings, "reflect")
    sizes = {"n_fft": settings.n_fft, "hop": settings.hop_length, "length": len(y), "iterations": options.iterations}
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "given.npz", Path(folder) / "found.npz"
        np.savez(given, magnitudes=magnitudes, **sizes)
        subprocess.run([options.torch, Path(__file__).with_name("torch_griffin_lim.py"), given, found], check=True)
        with np.load(found) as result:
            return convergence(result["samples"], magnitudes, settings, "reflect"), float(result["seconds"])


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
    counts = (options.iterations, FEWER)
    found = np.empty((len(paths), len(counts), len(METHODS), 2))
    lines = []
    for path, figures in zip(paths, found, strict=True):
        cases = [prepare(path, options, count) for count in counts]
        for case, count, row in zip(cases, counts, figures, strict=True):
            for how, cell in zip(METHODS, row, strict=True):
                y, taken = timed(ours(case, count, *how), options.repeats, ours(case, 2, *how))
                cell[:] = convergence(y, case.magnitudes, case.settings) / case.convergence, case.seconds / taken
        ratios, faster = figures[0, :, 0], figures[0, -1, 1]
        cells = [f"{x:.2f}" for x in ratios]
        lines.append([path.stem, f"{cases[0].convergence:.4f}", *cells, f"{faster:.1f}", f"{figures[1, -1, 0]:.2f}"])
        print(*lines[-1], flush=True)
    columns = [f"{count}: {what}" for count in counts for what in ("mean", "largest", "times faster, median")]
    ratio, faster = found[..., 0], np.median(found[..., 1], axis=0)
    total = [
        [method, init]
        + [
            cell
            for j in range(len(counts))
            for cell in (f"{ratio[:, j, i].mean():.3f}", f"{ratio[:, j, i].max():.3f}", f"{faster[j, i]:.1f}")
        ]
        for i, (method, init) in enumerate(METHODS)
    ]
    names = [f"{method}, {init}" for method, init in METHODS]
    return [
        Table(["method", "init", *columns], total),
        Table(["clip", "librosa", *names, "times faster", f"{names[-1]}, at {FEWER}"], lines),
    ]


def equal_time(paths: Sequence[Path], options: argparse.Namespace) -> list[Table]:
    """The default at librosa's iterations, and in its time."""
    lines, figures = [], []
    for path in paths:
        case = prepare(path, options, options.iterations)
        other, seconds = torchaudios(read(path, options.seconds)[0], case.settings, options)
        few, many = (timed(ours(case, count), options.repeats, ours(case, 2))[1] for count in (2, options.iterations))
        each = max(many - few, 1e-4) / (options.iterations - 2)
        count = max(options.iterations, int(options.iterations + (case.seconds - many) / each))
        ratios, distances = [], []
        for iterations in (options.iterations, count):
            y = ours(case, iterations)()
            ratios.append(convergence(y, case.magnitudes, case.settings) / case.convergence)
            distances.append(log_spectral_distance(transform(y, case.settings), case.magnitudes))
        theirs = log_spectral_distance(transform(case.found, case.settings), case.magnitudes)
        figures.append((case.convergence, other / case.convergence, *ratios, theirs, *distances))
        lines.append(
            [path.stem, f"{case.convergence:.4f}", f"{other / case.convergence:.2f}", f"{case.seconds / seconds:.1f}"]
            + [f"{ratios[0]:.2f}", f"{case.seconds / many:.1f}", str(count), f"{ratios[1]:.2f}"]
            + [f"{x:.2f}" for x in (theirs, *distances)]
        )
        print(*lines[-1], flush=True)
    for name, row in zip(("mean", "largest"), summary(figures), strict=True):
        lines.append([name, row[0], row[1], "", row[2], "", "", *row[3:]])
    head = ["clip", "librosa", "torchaudio, ratio", "times faster ", "ratio, equal iterations", "times faster"]
    head += ["iterations in its time", "ratio, equal time", "librosa, dB", "equal iterations, dB", "equal time, dB"]
    return [Table(head, lines)]


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


def heard(paths: Sequence[Path], options: argparse.Namespace) -> list[Table]:
    """Log-spectral distances of a voice, bells and rain, and a picture of what is off."""
    rng, lines = np.random.default_rng(0), []
    chosen = [next(path for path in paths if path.stem == name) for name in HEARD]
    figure = Figure(figsize=(11.0, 7.5), dpi=64, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(chosen), 3, sharex=True, sharey=True)
    for path, row in zip(chosen, axes, strict=True):
        y, sr = read(path, options.seconds)
        settings = resolve(SpectrogramConfig(), sr)
        true = transform(y, settings)
        given = (true * np.exp(0.3 * rng.standard_normal(true.shape))).astype(np.float32)
        for name, magnitudes in (("true", true), ("times exp(0.3 noise)", given)):
            case = case_of(magnitudes, len(y), settings, options.iterations, 1)
            results = [case.found, ours(case, options.iterations)()]
            own = [transform(found, settings) for found in results]
            off = [convergence(found, magnitudes, settings) for found in results]
            distances = [log_spectral_distance(have, true) for have in own]
            lines.append([path.stem, name, *(f"{x:.3f}" for x in off), *(f"{x:.2f}" for x in distances)])
            print(*lines[-1], flush=True)
            if magnitudes is true:
                draw_row(row, path.stem, true, own, settings, sr)
    for ax in axes[-1]:
        ax.set(xlabel="seconds")
    figure.savefig(PAGE.with_suffix(".png"), format="png", metadata={"Software": None})
    columns = ["convergence, librosa", "ours", "distance from the true, librosa, dB", "ours, dB"]
    return [Table(["clip", "magnitudes", *columns], lines)]


def draw_row(axes: np.ndarray, name: str, true: np.ndarray, own: list[np.ndarray], settings: Stft, sr: int) -> None:
    """A spectrogram, and by how many dB those of two results are off."""
    bins = int(min(DRAWN_KHZ * 1000, sr / 2) * settings.n_fft / sr)
    want = in_decibels(true, true.max())[:bins]
    pictures = [want - want.max(), *(np.abs(in_decibels(have, true.max())[:bins] - want) for have in own)]
    extent = (0.0, true.shape[1] * settings.hop_length / sr, 0.0, bins * sr / settings.n_fft / 1000)
    titles = (f"{name}: level", "off, librosa's griffinlim", "off, texturize's default")
    for ax, picture, title, (low, high) in zip(
        axes, pictures, titles, ((-70, 0), (0, OFF_DB), (0, OFF_DB)), strict=True
    ):
        image = ax.imshow(picture, origin="lower", aspect="auto", cmap="magma", vmin=low, vmax=high, extent=extent)
        ax.set_title(title, loc="left", fontsize=9)
        ax.figure.colorbar(image, ax=ax, label="dB")
    axes[0].set(ylabel="kHz")


PARTS = {"methods": methods, "time": equal_time, "noise": noise, "mel": mel, "heard": heard}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder of .flac or .wav files")
    parser.add_argument("--part", action="append", choices=PARTS, help="what to measure; may be repeated")
    parser.add_argument("--seconds", type=float, default=4.5, help="length taken from the start of each clip")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=2, help="timed runs; the shortest counts")
    parser.add_argument("--torch", metavar="PYTHON", help="a Python that has PyTorch, for torchaudio's Griffin-Lim")
    parser.add_argument("--only", action="append", metavar="CLIP", help="one of the clips; may be repeated")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/phase.md")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", module="librosa")
    paths = sorted(p for p in options.clips.iterdir() if p.suffix in {".flac", ".wav"})
    paths = [path for path in paths if path.stem in (options.only or [path.stem])]
    for part in options.part or PARTS:
        tables = PARTS[part](paths, options)
        print("\n\n".join(table.markdown() for table in tables), flush=True)
        if options.write:
            write_section(PAGE, part, Section(tables, code_label(), machine()), "Phase recovery")


if __name__ == "__main__":
    main()
