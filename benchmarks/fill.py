"""Holes in recordings, filled by texturize and by four simpler ways, beside the real sound that was there.

    python benchmarks/fill.py CLIPS... --holes 5 --results holes/

Each hole is measured once and kept in the folder of ``--results``, with what was made: the same command goes on where
it stopped, and as the first hole of all clips comes before the second of any, it may be stopped anywhere. In the end
the tables of docs/fill.md are written. ``--ways filled`` measures what texturize makes alone, ``--ways others`` the
simpler ways and the real sound, ``--ways none`` only writes the tables. ``--ear FILE`` adds the column `told`, by a
module that has a function ``told(reference, result, sr)``. ``--only`` takes those clips alone whose name matches.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import scipy.signal
from clips import add_clip_options, chosen_clips
from figures import Section, Table, write_section
from tables import ROOT, code_label, machine

from texturize.compare import copying, texture_distance
from texturize.compare.retelling import retelling
from texturize.compare.seam import (
    LEVEL_SECONDS,
    PREDICTOR,
    SPECTRUM_SECONDS,
    autocovariance,
    in_units_of_the_usual,
    jump,
    level,
    places_inside,
    prediction_error,
    predictor,
    spectrum_difference,
)
from texturize.config.presets import load_config
from texturize.files.pieces import Piece
from texturize.files.recording import open_recording
from texturize.files.splicing import form_of, write_spliced
from texturize.runtime.cache import use_compilation_cache
from texturize.synthesis.fill.filling import fill

Sound = np.ndarray

PAGE = ROOT / "docs" / "fill.md"
LENGTHS = (1.0, 0.25, 2.0, 0.5, 0.1, 1.5, 1.0, 3.0, 0.5, 5.0)
"""Seconds of the holes of a clip, in their order; half of it where that is less."""
MOST_OF_CLIP = 0.5
EDGE = 0.2  # of the clip at either end, without a hole
WAYS = ("texturize", "silence", "noise of its spectrum", "the stretch before, cross-faded", "linear prediction")
JUMPS = ("level", "gap", "spectrum", "samples")
FADE = 0.02
TOLD = (WAYS[0], "real")
ORDER = 512
REAL_STRETCHES = 12
PASSES = {"all": ("filled", "real", "others"), "filled": ("filled",), "others": ("real", "others"), "none": ()}
"""What `--ways` measures, of one after another."""


def hole_of(y: Sound, sr: int, name: str, index: int) -> tuple[int, int]:
    """First and last sample of a hole, at random; the same each time."""
    n = min(round(LENGTHS[index % len(LENGTHS)] * sr), round(MOST_OF_CLIP * y.shape[-1]))
    rng = np.random.default_rng(zlib.crc32(f"{name} {index}".encode()))
    lowest, highest = round(EDGE * y.shape[-1]), round((1 - EDGE) * y.shape[-1]) - n
    start = int(rng.integers(min(lowest, highest), max(lowest, highest) + 1))
    return start, start + n


def put(y: Sound, new: Sound, hole: tuple[int, int], fade: int = 0) -> Sound:
    """A sound with a hole filled; what is new may be longer by a fade at each end, which goes over into the rest."""
    a, b = hole
    result = y.copy()
    if fade:
        rise = np.sin(np.pi / 2 * (np.arange(fade) + 0.5) / fade)
        new = new.copy()
        new[:, :fade] = new[:, :fade] * rise + y[:, a - fade : a] * rise[::-1]
        new[:, -fade:] = new[:, -fade:] * rise[::-1] + y[:, b : b + fade] * rise
    result[:, a - fade : b + fade] = new
    return result


def silence(y: Sound, sr: int, hole: tuple[int, int]) -> Sound:
    return put(y, np.zeros((len(y), hole[1] - hole[0])), hole)


def noise(y: Sound, sr: int, hole: tuple[int, int]) -> Sound:
    """Noise with the mean spectrum of what is around, cross-faded."""
    a, b = hole
    fade = round(FADE * sr)
    around = np.concatenate([y[:, :a], y[:, b:]], axis=-1)
    n = b - a + 2 * fade
    rng = np.random.default_rng(0)
    f, density = scipy.signal.welch(around, sr, nperseg=min(4096, around.shape[-1] // 4))
    gain = np.sqrt(np.stack([np.interp(np.fft.rfftfreq(n, 1 / sr), f, row) for row in density]) * sr / 2)
    return put(y, np.fft.irfft(np.fft.rfft(rng.standard_normal((len(y), n))) * gain, n), hole, fade)


def repeated(y: Sound, sr: int, hole: tuple[int, int]) -> Sound:
    """What comes right before, once more; what comes after where there is too little."""
    a, b = hole
    fade = round(FADE * sr)
    n = b - a + 2 * fade
    return put(y, y[:, a - n : a] if a >= n else y[:, b : b + n], hole, fade)


def predicted(y: Sound, sr: int, hole: tuple[int, int]) -> Sound:
    """Linear prediction (Burg, by librosa) onwards from the one side and backwards from the other, cross-faded."""
    a, b = hole
    n = b - a
    rise = (np.arange(n) + 0.5) / n

    def onwards(x: Sound) -> Sound:
        filter_ = librosa.lpc(x[-sr:].astype(float), order=ORDER)
        state = scipy.signal.lfiltic([1.0], filter_, x[-1 : -ORDER - 1 : -1])
        return np.asarray(scipy.signal.lfilter([1.0], filter_, np.zeros(n), zi=state)[0])

    new = [onwards(row[:a]) * (1 - rise) + onwards(row[:b:-1])[::-1] * rise for row in y]
    return put(y, np.stack(new), hole)


OTHERS: dict[str, Callable[[Sound, int, tuple[int, int]], Sound]] = dict(
    zip(WAYS[1:], (silence, noise, repeated, predicted), strict=True)
)


def jumps(y: Sound, sr: int, at: int) -> dict[str, float]:
    """Jumps at a place in units of their limits, as of loops: the largest of a hundred places inside, and a tenth."""
    y = np.asarray(y, float)
    power, inside = np.mean(y**2, axis=1), places_inside(y.shape[1], round(SPECTRUM_SECONDS * sr) + PREDICTOR)
    half, place = round(LEVEL_SECONDS * sr / 2), np.array([at])

    def step(p: np.ndarray) -> np.ndarray:
        return np.abs(level(y, p, p + 2 * half, power) - level(y, p - 2 * half, p, power))

    def around(p: np.ndarray) -> np.ndarray:
        return level(y, p - half, p + half, power)

    usual = np.median(around(inside), axis=-1, keepdims=True)
    spectra = (spectrum_difference(y, p, sr) for p in (place, inside))
    predictors = [predictor(autocovariance(row)) for row in y]
    found = {
        "level": jump(step(place), step(inside), least=0.5),
        "gap": jump(np.maximum(usual - around(place), 0), np.maximum(usual - around(inside), 0), least=0.5),
        "spectrum": jump(*in_units_of_the_usual(*spectra), least=1.0),
        "samples": jump(*(prediction_error(y, p, sr, predictors) for p in (place, inside)), least=1.0),
    }
    return {name: one.value / one.limit for name, one in found.items()}


def judged(y: Sound, filled: Sound, sr: int, hole: tuple[int, int], ear: Any) -> dict[str, Any]:
    """Figures of one way to fill a hole."""
    a, b = hole
    around, stretch = np.concatenate([y[:, :a], y[:, b:]], axis=-1), filled[:, a:b]
    found: dict[str, Any] = {"jumps": [jumps(filled, sr, at) for at in hole]}
    if b - a >= 0.25 * sr and np.any(stretch):
        copied = copying(around, stretch, sr)
        found["copying"] = [copied.short - copied.baseline_short, copied.long - copied.baseline_long]
    if b - a >= sr and np.any(stretch):
        found["distance"] = texture_distance(around, stretch, sr).total
        found["retelling"] = retelling(around, stretch, sr).excess
    if b - a >= sr and ear is not None:
        beside = y[:, 2 * a - b : a] if a >= b - a else y[:, b : 2 * b - a]
        found["told"] = ear.told(beside.mean(axis=0), stretch.mean(axis=0), sr)
    return found


def real_distances(y: Sound, sr: int, n: int) -> list[float]:
    """Texture distance of real stretches of a length from the rest of their clip."""
    starts = np.linspace(0, y.shape[-1] - n, REAL_STRETCHES).astype(int)
    rest = [np.concatenate([y[:, :a], y[:, a + n :]], axis=-1) for a in starts]
    return [texture_distance(x, y[:, a : a + n], sr).total for x, a in zip(rest, starts, strict=True)]


def same_bits(path: Path, hole: tuple[int, int], new: Sound, out: Path) -> bool:
    """Write the file with what is new: whether it has the same samples outside the hole."""
    recording = open_recording(path)
    write_spliced(out, recording, [Piece(*hole, new)], form_of(recording, out), seed=0, replace=True)
    old, now = (each.exactly(0, recording.frames, "int32") for each in (recording, open_recording(out)))
    outside = np.r_[0 : hole[0], hole[1] : recording.frames]
    return bool(np.array_equal(old[outside], now[outside]))


def kept(path: Path, made: Callable[[], Any]) -> Any:
    """What a file holds; if there is none, it is made."""
    if not path.exists():
        path.write_text(json.dumps(made()))
        print(path, flush=True)
    return json.loads(path.read_text())


class Hole:
    """A hole of a clip, and where what is known of it is kept."""

    def __init__(self, path: Path, index: int, options: argparse.Namespace, ear: Any) -> None:
        self.path, self.index, self.options, self.ear = path, index, options, ear
        recording = open_recording(path)
        self.sr, self.y = recording.sample_rate, recording.read(0, recording.frames)
        self.at = hole_of(self.y, self.sr, path.name, index)
        self.name = f"{path.stem}.{index}"

    def file(self, what: str) -> Path:
        """File of some of its figures."""
        return Path(self.options.results) / f"{self.name}.{what}.json"

    def filled(self) -> dict[str, Any]:
        """Figures of what texturize makes."""
        (a, b), sr = self.at, self.sr
        config = load_config(self.options.preset, self.options.set)
        start, start_cpu = time.perf_counter(), time.process_time()
        result = fill(self.y, sr, [(a / sr, b / sr)], config=config, seed=self.index)
        seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        out = Path(self.options.results) / f"{self.name}{self.path.suffix}"
        return {
            "same bits": same_bits(self.path, self.at, result.samples[:, a:b], out),
            "seconds": seconds,
            "processor": cpu,
            "loss": result.fills[0].losses[-1:],
            "ways": {WAYS[0]: judged(self.y, result.samples, sr, self.at, self.ear)},
        }

    def real(self) -> dict[str, Any]:
        """Figures of the real sound in it, and of others as long."""
        n = self.at[1] - self.at[0]
        found: dict[str, Any] = {"ways": {"real": judged(self.y, self.y, self.sr, self.at, self.ear)}}
        if n >= self.sr:
            file = Path(self.options.results) / f"{self.path.stem}.{n / self.sr:g}s.json"
            found["real distances"] = kept(file, lambda: real_distances(self.y, self.sr, n))
        return found

    def others(self) -> dict[str, Any]:
        """Figures of the simpler ways."""
        made = {way: other(self.y, self.sr, self.at) for way, other in OTHERS.items()}
        return {"ways": {way: judged(self.y, sound, self.sr, self.at, self.ear) for way, sound in made.items()}}

    def measure(self, what: str) -> None:
        """Find out what is not yet known of it."""
        kept(self.file(what), getattr(self, what))

    def known(self) -> dict[str, Any]:
        """All that is."""
        found: dict[str, Any] = {"clip": self.path.stem, "seconds of hole": (self.at[1] - self.at[0]) / self.sr}
        ways: dict[str, Any] = {}
        for file in (self.file(what) for what in PASSES["all"]):
            part = json.loads(file.read_text()) if file.exists() else {"ways": {}}
            ways |= part["ways"]
            found |= part
        return found | {"ways": ways}


def median(values: list[float]) -> str:
    return f"{np.median(values):.2f}" if values else ""


def share(values: list[bool]) -> str:
    return f"{sum(values)} of {len(values)}"


def summary(holes: list[dict[str, Any]]) -> Table:
    """A row for each way."""
    head = [
        "way",
        "holes",
        "seams within",
        "texture within",
        "distance",
        "copying, 50 ms",
        "250 ms",
        "retelling",
        "told",
    ]
    rows = []
    for way in (*WAYS, "real"):
        figures = [(hole, hole["ways"][way]) for hole in holes if way in hole["ways"]]
        edges = [all(value <= 1 for value in edge.values()) for _, each in figures for edge in each["jumps"]]
        near = [
            each["distance"] <= np.percentile(hole["real distances"], 95)
            for hole, each in figures
            if "distance" in each and "real distances" in hole
        ]
        columns = [
            [each["distance"] for _, each in figures if "distance" in each],
            *([each["copying"][i] for _, each in figures if "copying" in each] for i in (0, 1)),
            [each["retelling"] for _, each in figures if each.get("retelling") is not None],
            [each["told"] for _, each in figures if "told" in each],
        ]
        counted = str(len(figures))
        rows.append([way, counted, share(edges), share(near) if near else "", *map(median, columns)])
    return Table(head, rows, "seams within")


def by_clip(holes: list[dict[str, Any]]) -> Table:
    """A row for each clip, of what texturize makes."""
    head = [
        "clip",
        "holes",
        "seams within",
        "distance",
        "real stretches, median",
        "told",
        "real sound",
        "seconds, median",
    ]
    rows = []
    for clip in sorted({hole["clip"] for hole in holes}):
        these = [hole for hole in holes if hole["clip"] == clip]
        ours = [hole["ways"][WAYS[0]] for hole in these]
        edges = [all(value <= 1 for value in edge.values()) for each in ours for edge in each["jumps"]]
        real = [value for hole in these for value in hole.get("real distances", ())]
        distance = median([each["distance"] for each in ours if "distance" in each])
        told = [median([h["ways"][way]["told"] for h in these if "told" in h["ways"].get(way, {})]) for way in TOLD]
        taken = f"{np.median([hole['processor'] for hole in these]):.0f}"
        rows.append([clip, str(len(these)), share(edges), distance, median(real), *told, taken])
    return Table(head, rows)


def ear_of(path: Path | None) -> Any:
    """Module of a file."""
    if path is None:
        return None
    spec = importlib.util.spec_from_file_location("ear", path)
    assert spec is not None and spec.loader is not None
    ear = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(ear)
    return ear


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    add_clip_options(parser, "fill")
    parser.add_argument("--holes", type=int, default=10, help="of each clip")
    parser.add_argument("--results", type=Path, default=Path("holes"), help="folder that they are kept in")
    parser.add_argument("--ear", type=Path, help="module with a function told(reference, result, sr)")
    parser.add_argument("--ways", choices=PASSES, default="all", help="which are measured")
    options = parser.parse_args()
    options.results.mkdir(exist_ok=True)
    use_compilation_cache()
    ear = ear_of(options.ear)
    all_holes = list(itertools.product(range(options.holes), chosen_clips(options)))
    for what in PASSES[options.ways]:
        for index, path in all_holes:
            Hole(path, index, options, ear).measure(what)
    found = [Hole(path, index, options, ear).known() for index, path in all_holes]
    filled = [hole for hole in found if WAYS[0] in hole["ways"]]
    lengths, clips = [hole["seconds of hole"] for hole in filled], {hole["clip"] for hole in filled}
    said = [
        f"{len(filled)} holes of {min(lengths):.1f} to {max(lengths):.1f} s in {len(clips)} recordings, preset "
        f"`{options.preset}`. Outside the hole all samples of the file are the same bits: "
        f"{share([hole['same bits'] for hole in filled])}.",
        summary(found),
        "*Seams within*: edges at which the jumps of level, spectrum and samples are no larger than the largest of a "
        "hundred places inside, and a tenth. *Texture within*: holes of 1 s and more that are no farther from what is "
        "around them than 95 of 100 real stretches. Copying and retelling are what is above that of the clip's own "
        "second half. Medians.",
        by_clip(filled),
        "Seconds of one processor, with what was compiled.",
    ]
    write_section(PAGE, "holes", Section(said, code_label(), machine()), "Filling")


if __name__ == "__main__":
    main()
