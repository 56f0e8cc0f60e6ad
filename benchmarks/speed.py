"""Speed, everything side by side in one run; ratios first. Writes docs/speed.md between its markers.

Run ``python benchmarks/speed.py``; ``--parts a,c`` for some of it:

a  one loss and gradient of the reference objective (six widths x 512 filters, Gram term), against PyTorch's conv1d
b  its share of the matrix-multiply peak of this machine, measured in the same rounds
c  Griffin-Lim against librosa, and torchaudio where it is there, at equal iterations
d  whole ``texturize synth`` commands, cold and warm, stage by stage, with their peak memory
e  time per second of result, by length
f  several variations at once, and stereo against mono
g  time to reach a texture distance, by steps

profile  where a step goes: each term forward and with its gradient, transforms, optimizer; of the first of ``--clips``

``--against REV`` measures instead whole commands of the files here and of a revision, in turns, on ``--clips``.

Ways that are compared take turns within a round, and medians over the rounds count. The sound is generated.
PyTorch is the extra `bench`, or any interpreter that has it: ``--torch-python PATH``.
"""

# ruff: noqa: PLC0415  (each part imports what it needs; the side of PyTorch has no JAX)
from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from figures import Section, Table, write_section
from tables import ROOT, code_label, machine

WIDTHS, COUNT, FRAMES, BINS = (2, 4, 8, 16, 64, 128), 512, 2500, 257
PEAK_SIZE = 2048
WAVE_SECONDS, ITERATIONS = 10, 100
LONG_SECONDS = 100.0
STAGES = ("statistics", "spectrogram", "phase", "refine")
Call = Callable[[], object]
Content = list[str | Table]


def rain_with_clicks(seconds: float, sr: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Hiss, drops of random loudness and pitch, and a click every half second: (channels, n), peak 0.5."""
    rng = np.random.default_rng(seed)
    n = round(seconds * sr)
    y = 0.01 * rng.standard_normal((channels, n)).astype(np.float32)
    t = np.arange(round(0.03 * sr)) / sr
    for start in rng.integers(0, n - t.size, round(60 * seconds)):
        drop = rng.lognormal(-3, 0.6) * np.exp(-t / 0.006) * np.sin(2 * np.pi * rng.uniform(1000, 6000) * t)
        y[:, start : start + t.size] += (rng.uniform(0.3, 1, (channels, 1)) * drop).astype(np.float32)
    y[:, :: sr // 2] += 0.3
    return 0.5 * y / np.abs(y).max()


def medians(ways: dict[str, Call], rounds: int) -> dict[str, float]:
    """Median seconds of each way; all take turns within a round, and the first round, which compiles, is left out."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, call in ways.items():
            start = time.perf_counter()
            call()
            if turn:
                taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


# The other side, in an interpreter of its own: commands come in, seconds go out, so that it can take its turns.


def torch_side() -> None:
    """Answer each line with a JSON line; runs where PyTorch is."""
    import torch

    versions = {"torch": torch.__version__, "threads": torch.get_num_threads()}
    try:
        import torchaudio

        versions["torchaudio"] = torchaudio.__version__
    except ImportError:
        torchaudio = None
    print(json.dumps(versions), flush=True)
    calls: dict[str, Call] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if "load" in order:
            given = dict(np.load(order["load"]))
            if "S" in given:
                calls["evaluate"] = torch_evaluation(torch, given)
            elif torchaudio is not None:
                calls["griffin_lim"] = torchaudio_griffin_lim(torch, torchaudio, given)
            print(json.dumps(sorted(calls)), flush=True)
            continue
        start = time.perf_counter()
        found = calls[order["call"]]()
        seconds = time.perf_counter() - start
        if "save" in order:
            np.save(order["save"], found)
        print(json.dumps({"seconds": seconds, "value": float(found) if np.ndim(found) == 0 else None}), flush=True)


def torch_evaluation(torch: Any, given: dict[str, np.ndarray]) -> Call:
    """The plain program: ``conv1d`` and automatic differentiation."""
    weights = [torch.tensor(np.ascontiguousarray(given[f"W{w}"].transpose(2, 1, 0))) for w in WIDTHS]
    targets = [torch.tensor(given[f"G{w}"]) for w in WIDTHS]
    S = torch.tensor(np.ascontiguousarray(given["S"].T))[None].requires_grad_()

    def call() -> float:
        S.grad = None
        loss = 0.0
        for W, target in zip(weights, targets, strict=True):
            F = torch.relu(torch.nn.functional.conv1d(S, W))[0]
            loss = loss + ((F @ F.T / F.shape[1] - target) ** 2).sum() / (target**2).sum()
        loss.backward()
        return float(loss.detach())

    return call


def torchaudio_griffin_lim(torch: Any, torchaudio: Any, given: dict[str, np.ndarray]) -> Call:
    """Torchaudio's fast Griffin-Lim, momentum as librosa's default."""
    transform = torchaudio.transforms.GriffinLim(
        n_fft=int(given["n_fft"]), hop_length=int(given["hop_length"]), n_iter=ITERATIONS, power=1.0, momentum=0.99,
        length=int(given["n"]),
    )  # fmt: skip
    M = torch.tensor(given["magnitudes"])
    return lambda: transform(M).numpy()


class TorchSide:
    """PyTorch in another process, or the reason why it is not there."""

    def __init__(self, python: str, folder: Path) -> None:
        self.folder = folder
        self.why = ""
        self.versions: dict[str, Any] = {}
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [python, __file__, "--torch-side"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env=environment,
        )  # fmt: skip
        first = self.process.stdout.readline()
        if first:
            self.versions = json.loads(first)
        else:
            self.why = "PyTorch is not installed: the extra `bench` has it"

    def ask(self, **order: Any) -> Any:
        """Answer to one order."""
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def load(self, name: str, arrays: dict[str, np.ndarray]) -> list[str]:
        """Hand over arrays; the calls that can be made now."""
        path = self.folder / f"{name}.npz"
        np.savez(path, **arrays)
        return list(self.ask(load=str(path)))

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


# The parts; each returns a table and what is to be said of it


def evaluation_table(taken: dict[str, float], operations: dict[str, float], values: dict[str, float]) -> Table:
    """Table of the ways to evaluate the objective: ``taken`` seconds each, "peak" among them."""
    peak, base = 2.0 * PEAK_SIZE**3 / taken["peak"], taken["texturize"]
    lines = []
    for name, seconds in taken.items():
        if name == "peak":
            continue
        rate = operations.get(name, float("nan")) / seconds
        share = [f"{rate / 1e9:.0f}", f"{100 * rate / peak:.0f} %"] if np.isfinite(rate) else ["–", "–"]
        off = abs(values[name] / values["texturize"] - 1)
        lines.append([name, f"{seconds / base:.2f}", f"{seconds:.3f}", *share, f"{off:.0e}"])
    head = ["float32", "time over texturize's", "seconds", "GFLOP/s", "share of the peak", "loss differs by"]
    return Table(head, lines, "time over texturize's")


def part_ab(options: argparse.Namespace, torch: TorchSide) -> Content:
    """Loss and gradient of the reference objective, and the share of the peak."""
    import jax
    import jax.numpy as jnp

    from texturize.signal.banks import random_bank
    from texturize.signal.filters import apply, prepare
    from texturize.signal.statistics import gram_matrix

    frames, count = (200, 32) if options.tiny else (FRAMES, COUNT)
    banks = [random_bank(0, width, BINS, count, 0.0) for width in WIDTHS]
    S = jnp.abs(jax.random.normal(jax.random.key(1), (frames, BINS)))
    clip = jnp.abs(jax.random.normal(jax.random.key(2), (frames, BINS))) ** 2

    def sum_of_terms(features, S, filters, targets):
        terms = 0.0
        for bank, G in zip(filters, targets, strict=True):
            terms += jnp.sum((gram_matrix(features(bank, S)) - G) ** 2) / jnp.sum(G**2)
        return terms

    def convolve(bank, S):
        dimensions = ("NWC", "WIO", "NWC")
        return jax.nn.relu(
            jax.lax.conv_general_dilated(S[None], bank.weights, (1,), "VALID", dimension_numbers=dimensions)[0]
        )

    def ours(precision):
        return [prepare(bank, frames, precision=precision) for bank in banks]

    targets = [gram_matrix(apply(bank, clip)) for bank in ours("float32")]
    ways: dict[str, Call] = {}
    values, gradients, operations = {}, {}, {}
    kinds = [("texturize", apply, ours("float32")), ("XLA's own convolution", convolve, banks)]
    if options.bfloat16:
        kinds.append(("texturize, bfloat16 operands", apply, ours("bfloat16")))
    for name, features, filters in kinds:
        evaluate = jax.jit(jax.value_and_grad(partial(sum_of_terms, features)))
        compiled = evaluate.lower(S, filters, targets).compile()
        operations[name] = float((compiled.cost_analysis() or {}).get("flops", float("nan")))
        values[name], gradients[name] = compiled(S, filters, targets)
        ways[name] = partial(lambda run, f: jax.block_until_ready(run(S, f, targets)), compiled, filters)
    a = jax.random.normal(jax.random.key(0), (PEAK_SIZE, PEAK_SIZE))
    product = jax.jit(partial(jnp.matmul, precision="highest"))
    ways["peak"] = lambda: jax.block_until_ready(product(a, a))
    reported: dict[str, list[float]] = {}
    if not torch.why:
        arrays = {f"W{bank.weights.shape[0]}": np.asarray(bank.weights) for bank in banks}
        arrays |= {f"G{w}": np.asarray(G) for w, G in zip(WIDTHS, targets, strict=True)} | {"S": np.asarray(S)}
        torch.load("evaluation", arrays)
        name = f"PyTorch {torch.versions['torch']}, conv1d"

        def by_torch() -> None:
            answer = torch.ask(call="evaluate")
            values[name] = answer["value"]
            reported.setdefault(name, []).append(answer["seconds"])

        ways[name] = by_torch
    taken = medians(ways, options.rounds)
    taken |= {name: statistics.median(seconds[1:]) for name, seconds in reported.items()}
    found = evaluation_table(taken, operations, {name: float(value) for name, value in values.items()})
    peak = 2.0 * PEAK_SIZE**3 / taken["peak"]
    plain = sum(6.0 * frames * count * ((1 - (w - 1) / frames) * w * BINS + count) for w in WIDTHS)
    text = (
        f"Six widths {WIDTHS}, {count} filters each, {BINS} bins x {frames} frames; Gram term, value and gradient; "
        f"median of {options.rounds} rounds. (b) The peak, a product of {PEAK_SIZE} x {PEAK_SIZE} matrices in the same "
        f"rounds, is {peak / 1e9:.0f} GFLOP/s; operations are those XLA counts in each program. Done directly the "
        f"objective takes some {plain / 1e9:.0f} GFLOP, so texturize does it at "
        f"{100 * plain / taken['texturize'] / peak:.0f} % of the peak in these terms."
    )
    return [found, text + (f" {torch.why}." if torch.why else "")]


def part_c(options: argparse.Namespace, torch: TorchSide) -> Content:
    """Phase recovery at equal iterations."""
    import jax
    import librosa

    from texturize.signal.phase.recovery import recover
    from texturize.signal.spectrogram import Stft

    n_fft, hop, rate = options.wave
    n, iterations = WAVE_SECONDS * rate, 3 if options.tiny else ITERATIONS
    sizes = {"n_fft": n_fft, "hop_length": hop}
    settings = Stft(n_fft, hop)
    y = rain_with_clicks(WAVE_SECONDS, rate)[0]
    M = np.abs(librosa.stft(y, **sizes, pad_mode="constant"))
    given = np.ascontiguousarray(M.T)[None]
    found: dict[str, np.ndarray] = {}

    def by_librosa() -> None:
        found["librosa.griffinlim"] = librosa.griffinlim(M, n_iter=iterations, random_state=0, length=n, **sizes)

    def ours(name: str, method: str, init: str) -> Call:
        def call() -> None:
            done = recover(
                given,
                n,
                settings,
                method=method,
                iterations=iterations,
                momentum=0.99,
                init=init,
                key=jax.random.key(0),
            )
            found[name] = np.asarray(done.samples[0])

        return call

    names = {
        "texturize: fast_griffin_lim, random (the same method)": ("fast_griffin_lim", "random"),
        "texturize: raar_accelerated, pghi (its default)": ("raar_accelerated", "pghi"),
    }
    ways: dict[str, Call] = {name: ours(name, *how) for name, how in names.items()}
    ways["librosa.griffinlim"] = by_librosa
    reported: dict[str, list[float]] = {}
    why = torch.why
    if not why and "griffin_lim" not in torch.load("waves", {"magnitudes": M, "n": n, **sizes}):
        why = "torchaudio is not installed"
    if not why:
        name = f"torchaudio {torch.versions['torchaudio']}"

        def by_torchaudio() -> None:
            saved = torch.folder / "torchaudio.npy"
            reported.setdefault(name, []).append(torch.ask(call="griffin_lim", save=str(saved))["seconds"])
            found[name] = np.load(saved)

        ways[name] = by_torchaudio
    taken = medians(ways, max(2, options.rounds // 2))
    taken |= {name: statistics.median(seconds[1:]) for name, seconds in reported.items()}

    def error(x: np.ndarray) -> float:
        X = np.abs(librosa.stft(np.asarray(x, np.float32), **sizes, pad_mode="constant"))
        return float(np.linalg.norm(X - M) / np.linalg.norm(M))

    other = taken["librosa.griffinlim"]
    lines = [[k, f"{other / s:.2f}", f"{s:.3f}", f"{error(found[k]):.4f}"] for k, s in taken.items()]
    head = ["", "times as fast as librosa", "seconds", "spectral convergence (lower is better)"]
    text = f"{WAVE_SECONDS} s at {rate} Hz, n_fft {n_fft}, hop {hop}, {iterations} iterations, float32; "
    text += "by librosa's own transform."
    return [Table(head, lines, head[1]), text + (f" {why[0].upper()}{why[1:]}." if why else "")]


FIRST_STEP = """
import sys, time
from contextlib import contextmanager
start = time.perf_counter()
import texturize.cli.support.progress
@contextmanager
def noted(quiet):
    seen = []
    def report(at):
        if not seen:
            seen.append(at)
            print(time.perf_counter() - start, flush=True)
    yield report
texturize.cli.support.progress.progress_bars = noted
import texturize.cli
texturize.cli.main()
"""

PROBE = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.run(sys.argv[1:]).returncode
print(code, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def write_clip(folder: Path, seconds: float, sr: int, channels: int = 1) -> Path:
    """The generated sound as a WAV file; twenty seconds are enough as a model of any length."""
    from texturize.files.audio_writing import write_audio

    path = folder / f"rain-{seconds:g}-{sr}-{channels}.wav"
    if not path.exists():
        write_audio(path, rain_with_clicks(seconds, sr, channels), sr)
    return path


def command(folder: Path, cache: Path, clip: Path, *arguments: str) -> dict[str, Any]:
    """One ``texturize synth`` in a process of its own: wall seconds, those before the first step, peak MB, and what
    its manifest says.
    """
    out = folder / "out.wav"
    line = [sys.executable, "-c", FIRST_STEP, "synth", str(clip), "-o", str(out), "--force", "--manifest", "-q"]
    # The caches of the package and of JAX both follow these; a folder of its own is cold.
    environment = os.environ | {"XDG_CACHE_HOME": str(cache), "JAX_COMPILATION_CACHE_DIR": str(cache / "jax")}
    if (ROOT / "texturize").is_dir():
        environment["PYTHONPATH"] = str(ROOT)
    probe = [sys.executable, "-c", PROBE, *line, *arguments]
    done = subprocess.run(probe, capture_output=True, text=True, check=False, env=environment)
    *first, code, seconds, memory = done.stdout.split()
    if code != "0":
        return {"error": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit code {code}"}
    scale = 1 if sys.platform == "darwin" else 1024
    manifest = json.loads(Path(f"{out}.json").read_text(encoding="utf-8"))
    stages = {k: float(v) for k, v in manifest["seconds"].items()}
    steps = {k: len(v) - 1 for k, v in manifest["losses"].items()}
    return {
        "wall": float(seconds), "first": float(first[0]), "MB": float(memory) * scale / 1e6, "stages": stages,
        "steps": steps, "out": out,
    }  # fmt: skip


def overrides(options: argparse.Namespace) -> list[str]:
    return [word for item in options.set for word in ("--set", item)]


def part_d(options: argparse.Namespace, folder: Path) -> Content:
    """Whole commands."""
    clip = write_clip(folder, options.seconds, options.rate)
    from texturize.compare import texture_distance
    from texturize.files.audio import read_audio

    help_times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "texturize", "--help"], capture_output=True, check=True, cwd=ROOT)
        help_times.append(time.perf_counter() - start)
    reference = read_audio(clip)
    lines, failures = [], []
    for preset in options.presets.split(","):
        cache = folder / f"cache-{preset}"
        for name, runs in (("cold", 1), ("warm", options.runs)):
            found = [command(folder, cache, clip, "-c", preset, *overrides(options)) for _ in range(runs)]
            failures += [f"{preset}, {name}: {one['error']}" for one in found if "error" in one]
            found = [one for one in found if "error" not in one]
            if not found:
                continue
            walls = [one["wall"] for one in found]
            middle = min(found, key=lambda one: abs(one["wall"] - statistics.median(walls)))
            stages = middle["stages"]
            result = read_audio(middle["out"])
            distance = texture_distance(reference.samples, result.samples, reference.sample_rate).total
            rest = middle["wall"] - sum(stages.values())
            lines.append(
                [
                    f"{preset}, {name}",
                    f"{statistics.median(walls):.1f}",
                    *(f"{stages.get(stage, 0.0):.1f}" for stage in STAGES),
                    f"{rest:.1f}",
                    f"{middle['first']:.1f}",
                    " + ".join(str(n) for n in middle["steps"].values()),
                    f"{max(one['MB'] for one in found):.0f}",
                    f"{distance:.2f}",
                ]
            )
    head = ["", "whole command, s", *STAGES, "import, read, write", "before the first step", "steps",
            "peak MB", "texture distance"]  # fmt: skip
    text = (
        f"A clip of {options.seconds:g} s at {options.rate} Hz, one channel; seconds. "
        f"Cold: empty compilation caches. Warm: the same command again, median of {options.runs}. Each stage includes "
        f"its own compilation, or the loading of what is cached. `texturize --help` takes "
        f"{statistics.median(help_times):.2f} s."
    )
    return [Table(head, lines, "whole command, s"), text, *(f"Failed: {failure}" for failure in failures)]


def part_e(options: argparse.Namespace, folder: Path) -> Content:
    """Time per second of result."""
    clip = write_clip(folder, options.seconds, options.rate, options.channels)
    cache = folder / "cache-lengths"
    lines, base = [], None
    for seconds in options.lengths:
        arguments = ["--duration", f"{seconds:g}", "-c", options.presets.split(",")[0], *overrides(options)]
        if options.same_steps:
            arguments += ["--set", "optimize.tolerance=0", "--set", "refine.tolerance=0", "--set", "refine.goal=0"]
        compiles = 1 if seconds < LONG_SECONDS else 0  # of long ones it is a small part
        found = [command(folder, cache, clip, *arguments) for _ in range(compiles + options.runs_long)]
        warm = [one for one in found[compiles:] if "error" not in one]
        if not warm:
            error = found[-1].get("error", "")
            lines.append([f"{seconds:g} s", "–", "–", "–", "–", error])
            continue
        wall = statistics.median(one["wall"] for one in warm)
        work = statistics.median(sum(one["stages"].values()) for one in warm)
        base = base or work / seconds
        steps = " + ".join(str(n) for n in warm[0]["steps"].values())
        memory = f"{max(one['MB'] for one in warm):.0f}"
        lines.append([f"{seconds:g} s", f"{work / seconds / base:.2f}", f"{work / seconds:.3f}", f"{wall:.1f}",
                      memory, steps])  # fmt: skip
    head = ["result", f"cost of a second over that at {options.lengths[0]:g} s", "seconds per second of result",
            "whole command, s", "peak MB", "steps"]  # fmt: skip
    text = (
        f"From a clip of {options.seconds:g} s at {options.rate} Hz, {options.channels} channel(s), warm cache "
        f"below {LONG_SECONDS:g} s; the cost is that of the stages, without the import."
        + (" Every run takes all its steps." if options.same_steps else " Steps until the loss has flattened.")
    )
    return [Table(head, lines, head[1]), text]


def part_f(options: argparse.Namespace, folder: Path) -> Content:
    """Variations side by side, and channels, which are made jointly: whole commands, and what is within them."""
    from texturize.config.presets import load_config
    from texturize.synthesis.api import variations

    at_all_steps = ["optimize.tolerance=0", "refine.tolerance=0", "refine.goal=0"] if options.same_steps else []
    clip = rain_with_clicks(options.seconds, options.rate)
    stereo = rain_with_clicks(options.seconds, options.rate, 2)

    def several(y: np.ndarray, count: int) -> Call:
        keys = [*options.set, *at_all_steps, f"output.variations={count}"]
        config = load_config(options.presets.split(",")[0], keys)
        return lambda: list(variations(y, options.rate, config=config))

    def whole(channels: int, count: int) -> Call:
        out = folder / ("out-{n}.wav" if count > 1 else "out.wav")
        made = write_clip(folder, options.seconds, options.rate, channels)
        line = [sys.executable, "-m", "texturize", "synth", str(made), "-o", str(out), "--force", "-q"]
        line += ["--variations", str(count), "-c", options.presets.split(",")[0]]
        line += [word for item in (*options.set, *at_all_steps) for word in ("--set", item)]
        return lambda: subprocess.run(line, check=True, cwd=ROOT)

    names = {count: f"{count} variation{'s' * (count > 1)}" for count in options.variations}
    stages = {name: several(clip, count) for count, name in names.items()} | {"stereo": several(stereo, 1)}
    commands = {name: whole(1, count) for count, name in names.items()} | {"stereo": whole(2, 1)}
    columns = [medians(commands, options.runs), medians(stages, options.runs)]
    first = next(iter(stages))
    lines = [
        [name, *(cell for taken in columns for cell in (f"{taken[name] / taken[first]:.2f}", f"{taken[name]:.1f}"))]
        for name in stages
    ]
    head = ["mono unless said otherwise", "whole command over that of one", "seconds"]
    found = Table([*head, "without import, reading and writing", "seconds"], lines, head[1])
    text = f"A clip of {options.seconds:g} s at {options.rate} Hz, compiled before."
    return [found, text + (" Every run takes all its steps." if options.same_steps else "")]


def part_g(options: argparse.Namespace) -> Content:
    """Texture distance against time: each line a run of its own with that many steps in the last stage."""
    from texturize.compare import texture_distance
    from texturize.config.presets import load_config
    from texturize.synthesis.api import synthesize

    clip = rain_with_clicks(options.seconds, options.rate)
    lines = []
    for count in options.steps:
        chosen = [*options.set, f"refine.max_steps={count}", "refine.tolerance=0"]
        config = load_config(options.presets.split(",")[0], chosen)
        synthesize(clip, options.rate, config=config)  # compiles
        start = time.perf_counter()
        result = synthesize(clip, options.rate, config=config)
        seconds = time.perf_counter() - start
        distance = texture_distance(clip, result.samples, options.rate).total
        last = list(result.losses.values())[-1][-1]
        lines.append([count, f"{seconds:.1f}", f"{distance:.3f}", f"{last:.3g}"])
    return [Table(["steps of the refine stage", "seconds", "texture distance", "loss"], lines)]


def part_profile(options: argparse.Namespace, folder: Path) -> Content:
    """Where a step of the first preset goes."""
    from profile_step import profile

    return profile(options, (options.clips or [write_clip(folder, options.seconds, options.rate)])[0], medians)


def part_against(options: argparse.Namespace, folder: Path) -> Content:
    """Whole commands of two revisions."""
    from revisions import against

    return against(options, folder, options.clips or [write_clip(folder, options.seconds, options.rate)])


TITLES = {
    "ab": "One evaluation of loss and gradient",
    "c": "Phase recovery",
    "d": "Whole commands",
    "e": "Length of the result",
    "f": "Several at once",
    "g": "Time to a texture distance",
    "profile": "Where a step goes",
    "against": "Against an earlier revision",
}


def run(options: argparse.Namespace) -> None:
    chosen = "against" if options.against else options.parts
    parts = list(dict.fromkeys("ab" if part in {"a", "b"} else part for part in chosen.split(",")))
    made_with = code_label(), machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        torch = TorchSide(options.torch_python, folder) if {"ab", "c"} & set(parts) else None
        for part in parts:
            makers = {
                "ab": lambda: part_ab(options, torch),
                "c": lambda: part_c(options, torch),
                "d": lambda: part_d(options, folder),
                "e": lambda: part_e(options, folder),
                "f": lambda: part_f(options, folder),
                "g": lambda: part_g(options),
                "profile": lambda: part_profile(options, folder),
                "against": lambda: part_against(options, folder),
            }
            section = Section([f"## {TITLES[part]}", *makers[part]()], *made_with)
            print(f"\n{section.markdown()}", flush=True)
            write_section(options.out, part, section, "Speed")
        if torch is not None:
            torch.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="a,b,c,d,e,f", help="which, with commas between")
    parser.add_argument("--against", metavar="REV", help="compare whole commands with those of a revision")
    parser.add_argument("--clips", type=Path, nargs="+", help="of which, instead of the generated one")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each way in (a) to (c)")
    parser.add_argument("--runs", type=int, default=3, help="warm runs in (d) and (f)")
    parser.add_argument("--runs-long", type=int, default=1, help="warm runs of each length in (e)")
    parser.add_argument("--presets", default="default,preview", help="for (d); the first one for (e) to (g)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="in every preset")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the generated clip")
    parser.add_argument("--rate", type=int, default=44_100, help="its sample rate")
    parser.add_argument("--channels", type=int, default=1, help="its channels, in (e)")
    parser.add_argument("--lengths", type=float, nargs="+", default=[10, 60, 600], help="of the results in (e)")
    parser.add_argument("--variations", type=int, nargs="+", default=[1, 2, 4, 8], help="counts in (f)")
    parser.add_argument("--steps", type=int, nargs="+", default=[25, 50, 100, 200], help="of the refine stage in (g)")
    parser.add_argument("--same-steps", action="store_true", help="(e), (f): no early stop, so that costs compare")
    parser.add_argument(
        "--wave", type=int, nargs=3, default=[512, 128, 16_000], metavar=("N_FFT", "HOP", "RATE"), help="sizes in (c)"
    )
    parser.add_argument("--bfloat16", action="store_true", help="in (a) also with bfloat16 operands")
    parser.add_argument("--torch-python", default=sys.executable, metavar="PATH", help="interpreter with PyTorch")
    parser.add_argument("--tiny", action="store_true", help="small sizes in (a) to (c), to try the script")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "speed.md", help="page for the tables")
    run(parser.parse_args())


if __name__ == "__main__":
    if "--torch-side" in sys.argv:
        torch_side()
    else:
        main()
