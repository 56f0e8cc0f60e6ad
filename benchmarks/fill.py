"""Holes in recordings, filled by texturize and by four simpler ways, beside the real sound that was there.

    python benchmarks/fill.py CLIPS... --holes 5 --results holes/

Each hole is measured once and kept in the folder of ``--results``: the same command goes on where it stopped. In the
end the tables of docs/fill.md are written. ``--ear FILE`` adds the column `told`, by a module that has a function
``told(reference, result, sr)``. ``--only`` takes those clips alone whose name matches.
"""

from __future__ import annotations

import argparse
import importlib.util
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
"""Seconds of the holes of a clip, in their order, as far as they leave 60 % of it."""
MOST_OF_CLIP = 0.4
EDGE = 0.2  # of the clip at either end, without a hole
WAYS = ("texturize", "silence", "noise of its spectrum", "the stretch before, cross-faded", "linear prediction")
JUMPS = ("level", "gap", "spectrum", "samples")
FADE = 0.02
ORDER = 512
REAL_STRETCHES = 12


def hole_of(y: Sound, sr: int, name: str, index: int) -> tuple[int, int] | None:
    """First and last sample of a hole, at random; the same each time."""
    n = round(LENGTHS[index % len(LENGTHS)] * sr)
    if n > MOST_OF_CLIP * y.shape[-1]:
        return None
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


def judged(y: Sound, filled: Sound, sr: int, hole: tuple[int, int]) -> dict[str, Any]:
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
    return found


def real_distances(y: Sound, sr: int, n: int) -> list[float]:
    """Texture distance of real stretches of a length from the rest of their clip."""
    starts = np.linspace(0, y.shape[-1] - n, REAL_STRETCHES).astype(int)
    rest = [np.concatenate([y[:, :a], y[:, a + n :]], axis=-1) for a in starts]
    return [texture_distance(x, y[:, a : a + n], sr).total for x, a in zip(rest, starts, strict=True)]


def same_bits(path: Path, hole: tuple[int, int], new: Sound, folder: Path) -> bool:
    """Whether the file that is written has the same samples outside the hole."""
    recording = open_recording(path)
    out = folder / f"filled{path.suffix}"
    write_spliced(out, recording, [Piece(*hole, new)], form_of(recording, out), seed=0)
    old, now = (each.exactly(0, recording.frames, "int32") for each in (recording, open_recording(out)))
    out.unlink()
    outside = np.r_[0 : hole[0], hole[1] : recording.frames]
    return bool(np.array_equal(old[outside], now[outside]))


def measure(path: Path, index: int, options: argparse.Namespace, ear: Any) -> dict[str, Any] | None:
    """All figures of one hole."""
    recording = open_recording(path)
    sr, y = recording.sample_rate, recording.read(0, recording.frames)
    hole = hole_of(y, sr, path.name, index)
    if hole is None:
        return None
    a, b = hole
    start = time.perf_counter()
    result = fill(y, sr, [(a / sr, b / sr)], config=load_config(options.preset, options.set), seed=index)
    seconds = time.perf_counter() - start
    filled = {WAYS[0]: result.samples} | {way: other(y, sr, hole) for way, other in OTHERS.items()}
    found: dict[str, Any] = {
        "clip": path.stem,
        "hole": [a / sr, b / sr],
        "same bits": same_bits(path, hole, result.samples[:, a:b], options.results),
        "seconds": seconds,
        "loss": result.fills[0].losses[-1:],
        "ways": {way: judged(y, sound, sr, hole) for way, sound in filled.items()} | {"real": judged(y, y, sr, hole)},
    }
    if b - a >= sr:
        found["real distances"] = real_distances(y, sr, b - a)
        if ear is not None:
            n = b - a
            beside = (y[:, a - n : a] if a >= n else y[:, b : b + n]).mean(axis=0)
            for way, sound in (filled | {"real": y}).items():
                found["ways"][way]["told"] = ear.told(beside, sound[:, a:b].mean(axis=0), sr)
    return found


def median(values: list[float]) -> str:
    return f"{np.median(values):.2f}" if values else ""


def share(values: list[bool]) -> str:
    return f"{sum(values)} of {len(values)}"


def summary(holes: list[dict[str, Any]]) -> Table:
    """A row for each way."""
    head = ["way", "seams within", "texture within", "distance", "copying, 50 ms", "250 ms", "retelling", "told"]
    rows = []
    for way in (*WAYS, "real"):
        figures = [(hole, hole["ways"][way]) for hole in holes]
        edges = [all(value <= 1 for value in edge.values()) for _, each in figures for edge in each["jumps"]]
        near = [
            each["distance"] <= np.percentile(hole["real distances"], 95)
            for hole, each in figures
            if "distance" in each
        ]
        columns = [
            [each["distance"] for _, each in figures if "distance" in each],
            *([each["copying"][i] for _, each in figures if "copying" in each] for i in (0, 1)),
            [each["retelling"] for _, each in figures if each.get("retelling") is not None],
            [each["told"] for _, each in figures if "told" in each],
        ]
        rows.append([way, share(edges), share(near) if near else "", *map(median, columns)])
    return Table(head, rows, "seams within")


def by_clip(holes: list[dict[str, Any]]) -> Table:
    """A row for each clip, of what texturize makes."""
    head = ["clip", "holes", "seams within", "distance", "real stretches, median", "seconds, median"]
    rows = []
    for clip in sorted({hole["clip"] for hole in holes}):
        these = [hole for hole in holes if hole["clip"] == clip]
        ours = [hole["ways"][WAYS[0]] for hole in these]
        edges = [all(value <= 1 for value in edge.values()) for each in ours for edge in each["jumps"]]
        real = [value for hole in these for value in hole.get("real distances", ())]
        distance = median([each["distance"] for each in ours if "distance" in each])
        taken = f"{np.median([hole['seconds'] for hole in these]):.0f}"
        rows.append([clip, str(len(these)), share(edges), distance, median(real), taken])
    return Table(head, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    add_clip_options(parser, "fill")
    parser.add_argument("--holes", type=int, default=10, help="of each clip")
    parser.add_argument("--results", type=Path, default=Path("holes"), help="folder that they are kept in")
    parser.add_argument("--ear", type=Path, help="module with a function told(reference, result, sr)")
    options = parser.parse_args()
    options.results.mkdir(exist_ok=True)
    use_compilation_cache()
    ear = None
    if options.ear:
        spec = importlib.util.spec_from_file_location("ear", options.ear)
        assert spec is not None and spec.loader is not None
        ear = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(ear)
    for path in chosen_clips(options):
        for index in range(options.holes):
            kept = options.results / f"{path.stem}.{index}.json"
            if kept.exists():
                continue
            found = measure(path, index, options, ear)
            if found is not None:
                kept.write_text(json.dumps(found))
                print(kept, f"{found['seconds']:.1f} s", found["same bits"], flush=True)
    holes = [json.loads(path.read_text()) for path in sorted(options.results.glob("*.json"))]
    outside = share([hole["same bits"] for hole in holes])
    clips = len({hole["clip"] for hole in holes})
    said = [
        f"{len(holes)} holes of {min(h['hole'][1] - h['hole'][0] for h in holes):.1f} to "
        f"{max(h['hole'][1] - h['hole'][0] for h in holes):.1f} s in {clips} recordings, preset `{options.preset}`. "
        f"Outside the hole all samples of the file are the same bits: {outside}.",
        summary(holes),
        "*Seams within*: edges at which the jumps of level, spectrum and samples are no larger than the largest of a "
        "hundred places inside, and a tenth. *Texture within*: holes of 1 s and more that are no farther from what is "
        "around them than 95 of 100 real stretches. Copying and retelling are what is above that of the clip's own "
        "second half. Medians.",
        by_clip(holes),
    ]
    write_section(PAGE, "holes", Section(said, code_label(), machine()), "Filling")


if __name__ == "__main__":
    main()
