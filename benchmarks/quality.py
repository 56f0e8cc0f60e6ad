"""Quality of what the presets make of the clips of a folder, judged by ``texturize.compare``, beside controls.

Run ``python benchmarks/quality.py FOLDER...``. Every clip is taken at its own rate with all its channels. Rows go to
docs/quality.json as soon as they are there, and a run takes up where the last one ended: a row is done when clip,
resolved config, seed and code are the same. The tables of docs/quality.md are rewritten between their markers.
Pictures (the clip above the result) and the results themselves go to bench/.
"""

from __future__ import annotations

import argparse
import csv
import fnmatch
import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from figures import Section, Table, write_section
from tables import ROOT, code_label, machine

from texturize.compare import compare, copying, texture_distance
from texturize.config import Config
from texturize.config.presets import load_config
from texturize.errors import TexturizeError
from texturize.files.atomic import write_text
from texturize.files.audio import read_audio
from texturize.files.audio_writing import write_audio
from texturize.show.picture import draw_spectrograms
from texturize.synthesis.api import synthesize

Row = dict[str, Any]
TITLE = "Quality"
CLASSES = {"mean": "mean", "cv": "cv", "skew": "skew", "kurt": "kurt", "corr": "corr", "modulation_power": "mod",
           "C1": "C1", "C2": "C2"}  # fmt: skip
MOST_LOSS_LEFT = 0.01
MOST_LEVEL_DIFFERENCE = 1.0
MOST_COPYING = 0.05
SPLICE_SECONDS = 0.5

# What each ablation sets; a key of `spectrogram` or `filters` is set in every resolution. Keys that a config does not
# have, and ablations that change nothing, are passed over.
ABLATIONS: dict[str, dict[str, Any]] = {
    "no refine stage": {"refine.max_steps": 0},
    "no envelope statistics": {"loss.envelopes.weight": 0.0},
    "no rhythm term": {"loss.rhythm.weight": 0.0},
    "no splices term": {"loss.splices.weight": 0.0},
    "no Gram term": {"loss.gram.weight": 0.0},
    "no bias": {"filters.bias": 0.0},
    "no standardization": {"spectrogram.standardize": False},
    "no normalization": {"spectrogram.normalize": False},
    "square root instead of log1p": {"spectrogram.compression": "power"},
}

ABLATED = "Each ingredient taken away in turn, of presets with the keys set that their names have."


class Clip(NamedTuple):
    """A clip of a folder."""

    name: str
    group: str
    samples: np.ndarray  # (channels, n)
    sr: int
    hash: str
    path: Path


class Task(NamedTuple):
    """A config under the name it has in the tables."""

    name: str
    config: Config
    ablation_of: str | None = None


# Clips and configs


def read_groups(path: Path | None) -> dict[str, str]:
    if path is None or not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {line["clip"].strip(): line["group"].strip() for line in csv.DictReader(file)}


def find_clips(folders: Iterable[Path], only: list[str], groups: dict[str, str]) -> list[Clip]:
    clips = []
    for folder in folders:
        paths = [folder] if folder.is_file() else sorted(folder.iterdir())
        for path in paths:
            if path.suffix.lower() not in {".wav", ".flac"} or not any(fnmatch.fnmatch(path.stem, g) for g in only):
                continue
            sound = read_audio(path)
            parent = path.resolve().parent.name
            group = groups.get(path.stem, "paper" if parent == "references" else parent)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
            clips.append(Clip(path.stem, group, sound.samples, sound.sample_rate, digest, path))
    return clips


def by_shape(clips: Iterable[Clip]) -> list[Clip]:
    """Clips of one shape after another: what is compiled for one serves the next."""
    return sorted(clips, key=lambda c: (c.sr, c.samples.shape, c.name))


def config_hash(config: Config) -> str:
    raw = config.model_dump(mode="json")
    raw.pop("seed")
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:16]


def changed(config: Config, changes: dict[str, Any]) -> Config | None:
    """The config with keys set, those of resolutions in each; None if it has not all of the keys."""
    raw = config.model_dump(mode="python")
    for dotted, value in changes.items():
        section, *rest = dotted.split(".")
        places = [raw[section]] if section in raw else []
        if section in {"spectrogram", "filters"}:
            places += [entry[section] for entry in raw["resolutions"]]
        for place in places:
            at = place
            for key in rest[:-1]:
                at = at.get(key, {})
            if rest[-1] not in at:
                return None
            at[rest[-1]] = value
        if not places:
            return None
    return Config.model_validate(raw)


def ablations(name: str, config: Config) -> Iterator[Task]:
    """The config with each ingredient taken away in turn."""
    yield Task(name, config)
    for what, changes in ABLATIONS.items():
        less = changed(config, changes)
        if less is not None and less != config:
            yield Task(f"{name}: {what}", less, name)
    if len(config.resolutions) > 1:
        for i, resolution in enumerate(config.resolutions):
            settings = resolution.spectrogram
            window = f"{settings.n_fft} samples" if settings.n_fft else f"{settings.window_ms:g} ms"
            one = config.model_copy(update={"resolutions": (config.resolutions[i],)})
            yield Task(f"{name}: only the resolution of {window}", one, name)


# Rows


class Results:
    """The JSON file: read anew before each writing, so that runs side by side add to one another."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> dict[str, Row]:
        """All rows by key."""
        return json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}

    def add(self, key: str, row: Row) -> None:
        """Put a row into the file, in place of one of the same key."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, json.dumps(dict(sorted((self.rows() | {key: row}).items())), indent=1) + "\n")

    def once(self, key: str, make: Callable[[], Row]) -> Row:
        """The row of that key, made if it is not there or was an error."""
        found = self.rows().get(key)
        if found is not None and "error" not in found:
            return found
        row = make()
        self.add(key, row)
        return row


def judge_hash() -> str:
    """Of the judge's sources: figures that depend on nothing else of the code are keyed by it."""
    sources = sorted((ROOT / "texturize" / "compare").glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:8]


def rounded(value: Any) -> Any:
    """Floats to 5 digits, throughout."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.5g}")
    return value


def about(clip: Clip) -> Row:
    return {
        "clip": clip.name,
        "hash": clip.hash,
        "group": clip.group,
        "sample_rate": clip.sr,
        "samples": clip.samples.shape[-1],
    }


def judged(clip: Clip, samples: np.ndarray, sr: int) -> Row:
    """Figures of ``compare``."""
    return rounded(compare(clip.samples, samples, clip.sr, sr).to_dict())


def sound_checks(clip: Clip, samples: np.ndarray, sr: int, figures: Row) -> dict[str, bool]:
    """What any result must be, whatever it sounds like."""
    levels = [d for d in figures["level_difference_db"] if d is not None]
    return {
        "rate": sr == clip.sr,
        "channels": samples.shape[0] == clip.samples.shape[0],
        "length": samples.shape[1] == clip.samples.shape[1],
        "finite": bool(np.isfinite(samples).all()),
        "peak": bool(np.abs(samples).max() < 1.0),
        "level": all(abs(d) <= MOST_LEVEL_DIFFERENCE for d in levels),
    }


def picture_path(folder: Path, clip: Clip, name: str, seed: int, ending: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(c if c.isalnum() or c in "=." else "-" for c in name)
    return folder / f"{clip.name}.{clip.hash[:4]}.{name}.{seed}{ending}"


SHAPES_SEEN: set[tuple[Any, ...]] = set()


def synthesized(clip: Clip, task: Task, seed: int, label: str, folder: Path) -> Row:
    """Row of one result; its sound and picture are left in ``folder``."""
    row = about(clip) | {"preset": task.name, "seed": seed, "label": label, "config": config_hash(task.config)}
    row |= {"ablation_of": task.ablation_of}
    shape = (config_hash(task.config), clip.samples.shape, clip.sr)
    start = time.perf_counter()
    try:
        result = synthesize(clip.samples, clip.sr, config=task.config, seed=seed)
    except TexturizeError as error:
        return row | {"error": str(error)}
    seconds = time.perf_counter() - start
    samples = np.atleast_2d(result.samples)
    figures = judged(clip, samples, result.sample_rate)
    histories = {stage: losses for stage, losses in result.losses.items() if len(losses)}
    losses = list(histories.values())
    left = float(losses[-1][-1] / losses[0][0]) if losses else None
    checks = sound_checks(clip, samples, result.sample_rate, figures)
    if left is not None:
        checks["loss"] = left <= MOST_LOSS_LEFT
    write_audio(picture_path(folder, clip, task.name, seed, ".wav"), samples, result.sample_rate, "FLOAT")
    draw_spectrograms(picture_path(folder, clip, task.name, seed, ".png"), clip.samples, samples, clip.sr)
    row |= figures
    row |= rounded(
        {
            "seconds": seconds,
            "stages": dict(result.times),
            "compiled_in_this_run": shape not in SHAPES_SEEN,
            "steps": {stage: len(history) - 1 for stage, history in histories.items()},
            "losses": {stage: [float(h[0]), float(h[-1])] for stage, h in histories.items()},
            "loss_left": left,
            "status": result.status.name,
            "spectral_convergence": result.spectral_convergence,
            "warnings": list(result.warnings),
            "checks": checks,
        }
    )
    SHAPES_SEEN.add(shape)
    return row


def spectrum_matched_noise(y: np.ndarray, seed: int = 0) -> np.ndarray:
    """The sound (channels, n) with its phases turned at random, all channels alike."""
    turns = np.exp(2j * np.pi * np.random.default_rng(seed).random(y.shape[1] // 2 + 1))
    return np.asarray(np.fft.irfft(np.fft.rfft(y) * turns, y.shape[1]))


def controls(clip: Clip) -> Row:
    """What sounds score whose quality is known: for calibration of the figures on this clip."""
    half, n = clip.samples.shape[1] // 2, clip.samples.shape[1]
    first, second = clip.samples[:, :half], clip.samples[:, half : 2 * half]
    piece = clip.samples[:, half : half + round(SPLICE_SECONDS * clip.sr)]
    splice = np.tile(piece, -(-n // piece.shape[1]))[:, :n]
    copied = copying(clip.samples, splice, clip.sr)
    return about(clip) | rounded(
        {
            "second_half": texture_distance(first, second, clip.sr).total,
            "noise": texture_distance(clip.samples, spectrum_matched_noise(clip.samples), clip.sr).total,
            "splice": [copied.short, copied.long],
        }
    )


def published(clip: Clip, folder: Path) -> Row:
    """Row of a published result for this clip, of the same file name in ``folder``."""
    sound = read_audio(next(path for path in sorted(folder.glob(f"{clip.name}.*"))))
    figures = judged(clip, sound.samples, sound.sample_rate)
    checks = sound_checks(clip, sound.samples, sound.sample_rate, figures)
    return about(clip) | {"preset": f"published: {folder.name}", "seed": 0} | figures | {"checks": checks}


def has_published(clip: Clip, folder: Path | None) -> bool:
    return folder is not None and any(folder.glob(f"{clip.name}.*"))


def seed_pairs(clip: Clip, task: Task, seeds: range, sounds: list[np.ndarray], label: str) -> Row:
    """Copying between each two results of one clip, and between each and the clip."""

    def figures(a: np.ndarray, b: np.ndarray) -> list[float]:
        found = copying(a, b, clip.sr)
        return [found.short, found.long]

    baseline = copying(clip.samples, sounds[0], clip.sr)
    between = {f"{i}-{j}": figures(sounds[i], sounds[j]) for i, j in itertools.combinations(range(len(seeds)), 2)}
    return (
        about(clip)
        | {"preset": task.name, "label": label, "pairs": rounded(between)}
        | rounded({"to_clip": {str(seed): figures(clip.samples, y) for seed, y in zip(seeds, sounds, strict=True)}})
        | rounded({"baseline": [baseline.baseline_short, baseline.baseline_long]})
    )


# Tables


def geometric_mean(values: Iterable[float]) -> float:
    return float(np.exp(np.mean(np.log(np.maximum(list(values), 1e-3)))))


def excess(row: Row) -> float:
    """Copying beyond the baseline, the larger of 50 and 250 ms."""
    c = row["copying"]
    return max(c["short"] - c["baseline_short"], c["long"] - c["baseline_long"])


def mean_of(rows: list[Row], of: Callable[[Row], float]) -> str:
    return f"{geometric_mean(of(row) for row in rows):.3f}" if rows else ""


def total(row: Row) -> float:
    return float(row["texture"]["total"])


def kept_text(row: Row) -> str:
    rhythm = row["rhythm"]
    if rhythm["kept"] is None:
        return "–"
    return f"{rhythm['kept']:.2f} of {rhythm['period']:.2f} s ({rhythm['strength']:.2f})"


def seam_text(row: Row) -> str:
    """The largest jump from the end to the start, in units of the largest inside."""
    seam = row.get("seam")
    if not seam:
        return "–"
    jumps = (jump["value"] / jump["limit"] for name, jump in seam.items() if name != "inside")
    return f"{max(jumps):.2f}" + ("" if seam["inside"] else " (audible)")


def stereo_text(row: Row) -> str:
    """How far level and coherence between channels are off, mean over bands."""
    found = row["channels"]
    return f"{found['level_difference']:.2f} dB, {found['coherence']:.3f}" if found else "–"


def clip_line(row: Row, control: Row | None) -> list[object]:
    c, levels = row["copying"], [d for d in row["level_difference_db"] if d is not None]
    failed = [name for name, passed in row["checks"].items() if not passed]
    steps = " + ".join(f"{n}" for n in row.get("steps", {}).values()) or "–"
    left = row.get("loss_left")
    return [
        row["clip"] + (f" (seed {row['seed']})" if row["seed"] else ""),
        row["group"],
        f"{total(row):.2f}",
        *(f"{row['texture']['classes'][name]:.2f}" for name in CLASSES),
        f"{control['second_half']:.2f}" if control else "",
        f"{control['noise']:.2f}" if control else "",
        f"{c['short']:.2f} / {c['long']:.2f}",
        f"{c['baseline_short']:.2f} / {c['baseline_long']:.2f}",
        "{:.2f} / {:.2f}".format(*control["splice"]) if control else "",
        kept_text(row),
        f"{max(levels, key=abs, default=0.0):+.2f}",
        seam_text(row),
        stereo_text(row),
        "–" if left is None else f"{100 * left:.2g} %",
        steps,
        f"{row['seconds']:.0f}" if "seconds" in row else "–",
        ", ".join(failed) or "ok",
    ]


CLIP_HEAD = ["clip", "group", "texture distance", *CLASSES.values(), "its second half", "matched noise",
             "copying 50 / 250 ms", "a fresh excerpt", "a loop of 0.5 s", "rhythm kept (strength)", "level dB",
             "seam as a loop", "between channels", "loss left", "steps", "seconds", "checks"]  # fmt: skip


def preset_table(rows: list[Row], controls_of: dict[str, Row]) -> Table:
    lines = [
        clip_line(row, controls_of.get(row["hash"])) for row in sorted(rows, key=lambda r: (r["group"], r["clip"]))
    ]
    return Table(CLIP_HEAD, lines, "texture distance")


def of_one_seed(by_preset: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Rows of the first seed: a clip of which there are several counts once."""
    return {name: [row for row in rows if not row.get("seed")] for name, rows in by_preset.items()}


def summary_table(by_preset: dict[str, list[Row]], controls_of: dict[str, Row], groups: list[str]) -> Table:
    """Geometric means of the texture distance of each group."""
    lines = []
    for name, rows in by_preset.items():
        of_group = {g: [r for r in rows if r["group"] == g] for g in groups}
        seconds = [row["seconds"] for row in rows if "seconds" in row]
        lines.append(
            [
                name,
                *(mean_of(of_group[g], total) for g in groups),
                f"{max(map(excess, rows)):+.2f}",
                f"{np.median(seconds):.0f}" if seconds else "–",
            ]
        )
    for title, key in (("its own second half", "second_half"), ("spectrum-matched noise", "noise")):
        found = list(controls_of.values())
        means = [mean_of([r for r in found if r["group"] == g], lambda r, key=key: r[key]) for g in groups]
        lines.append([f"control: {title}", *means, "", ""])
    return Table(["", *groups, "largest copying over baseline", "seconds, median"], lines)


def ablation_table(rows: list[Row], whole: str) -> list[str | Table]:
    """Geometric means over the clips that the whole and every ablation were run on; nothing where there are none."""
    found = {r["preset"] for r in rows if r["ablation_of"] == whole}
    order = [f"{whole}: {what}" for what in ABLATIONS]
    names = [whole, *sorted(found, key=lambda name: (order.index(name) if name in order else len(order), name))]
    of_name = {name: {(r["clip"], r["seed"]): r for r in rows if r["preset"] == name} for name in names}
    common = set.intersection(*(set(found) for found in of_name.values()))
    if not common:
        return []
    lines = []
    for name in names:
        mine = [of_name[name][key] for key in sorted(common)]
        periodic = [r["rhythm"]["kept"] for r in mine if r["rhythm"]["kept"] is not None]
        ratio = geometric_mean(map(total, mine)) / geometric_mean(total(of_name[whole][key]) for key in common)
        lines.append(
            [
                name.removeprefix(f"{whole}: "),
                mean_of(mine, total),
                f"{ratio:.2f}",
                *(mean_of(mine, lambda r, k=k: r["texture"]["classes"][k]) for k in CLASSES),
                " / ".join(f"{np.mean([r['copying'][k] for r in mine]):.2f}" for k in ("short", "long")),
                f"{np.mean(periodic):.2f}" if periodic else "–",
                f"{np.median([r['seconds'] for r in mine]):.0f}",
            ]
        )
    clips = ", ".join(sorted({clip for clip, _ in common}))
    head = [
        "taken away",
        "texture distance",
        "ratio",
        *CLASSES.values(),
        "copying 50 / 250 ms",
        "rhythm kept",
        "seconds",
    ]
    return [f"Geometric means over {clips}.", Table(head, lines, "texture distance")]


def pairs_table(rows: list[Row]) -> Table:
    lines = []
    for row in rows:
        for title, figures in (("each pair", row["pairs"]), ("each to the clip", row["to_clip"])):
            values = np.array(list(figures.values()))
            spans = [f"{v.mean():.3f} ({v.min():.3f} to {v.max():.3f})" for v in values.T]
            lines.append([f"{row['clip']}, {len(row['to_clip'])} seeds: {title}", *spans])
        lines.append([f"{row['clip']}: a fresh excerpt", *(f"{v:.3f}" for v in row["baseline"])])
    return Table(["", "copying 50 ms", "250 ms"], lines)


def write_page(page: Path, results: Results, label: str) -> None:
    """All tables, from the rows of this code."""
    found = results.rows()
    current = {key: row for key, row in found.items() if "error" not in row and row.get("label", label) == label}
    judge = judge_hash()
    controls_of = {row["hash"]: row for key, row in current.items() if key.startswith(f"controls {judge}")}
    others = [row for key, row in current.items() if key.startswith(f"published {judge}")]
    rows = [row for key, row in current.items() if key.startswith("synth")]
    presets = [row for row in rows if row["ablation_of"] is None]
    by_preset: dict[str, list[Row]] = {}
    for row in sorted(presets, key=lambda r: (r["preset"] != "default", r["preset"])) + others:
        by_preset.setdefault(row["preset"], []).append(row)
    if by_preset:
        groups = sorted({row["group"] for row in presets + others})
        parts: list[str | Table] = [summary_table(of_one_seed(by_preset), controls_of, groups)]
        for name, mine in by_preset.items():
            parts += [f"### {name}", preset_table(mine, controls_of)]
        write_section(page, "clips", Section(parts, label, machine()), TITLE)
    ablated = dict.fromkeys(row["ablation_of"] for row in rows if row["ablation_of"])
    if ablated:
        parts = ["## Ablations", ABLATED, *(part for whole in ablated for part in ablation_table(rows, whole))]
        write_section(page, "ablations", Section(parts, label, machine()), TITLE)
    pairs = [row for key, row in current.items() if key.startswith("pairs")]
    if pairs:
        write_section(page, "seeds", Section(["## Seeds", pairs_table(pairs)], label, machine()), TITLE)


# The run


def say(row: Row, done: str) -> None:
    if "error" in row:
        print(f"{row['clip']:24s} {row['preset']}: {row['error']}", flush=True)
        return
    c = row["copying"]
    failed = [name for name, passed in row["checks"].items() if not passed]
    print(
        f"{done} {row['clip']:22s} {row['preset']:28s} {total(row):.3f}  copying {c['short']:.2f}/{c['long']:.2f}"
        f" ({c['baseline_short']:.2f}/{c['baseline_long']:.2f})  rhythm {kept_text(row)}  {row.get('seconds', 0):.0f} s"
        + (f"  FAILED: {', '.join(failed)}" if failed else ""),
        flush=True,
    )


def run(options: argparse.Namespace) -> None:
    results, page = Results(options.out), options.out.with_suffix(".md")
    clips = by_shape(find_clips(options.clips, options.only or ["*"], read_groups(options.groups)))
    if not clips and not options.tables:
        raise SystemExit("no .wav or .flac file there that --only lets through")
    judge, label = judge_hash(), options.label or code_label()
    named = [name for name in options.presets.split(",") if name]
    configs = {", ".join([name, *options.set]): load_config(name, options.set) for name in named}
    tasks = [Task(name, config) for name, config in configs.items()]
    if options.ablate:
        tasks = [task for name, config in configs.items() for task in ablations(name, config)]
    if options.pairs:
        options.seeds = list(range(options.pairs))
    if options.tables:
        clips = []
    for clip in clips:
        results.once(f"controls {judge} {clip.hash}", lambda clip=clip: controls(clip))
        if has_published(clip, options.published):
            key = f"published {judge} {options.published.name} {clip.hash}"
            say(results.once(key, lambda clip=clip: published(clip, options.published)), "      ")
    work = list(itertools.product(tasks, clips, options.seeds))
    for i, (task, clip, seed) in enumerate(work, 1):
        key = f"synth {label} {config_hash(task.config)} {clip.hash} {seed} {task.name}"
        make = lambda: synthesized(clip, task, seed, label, options.pictures)  # noqa: E731, B023
        say(results.once(key, make), f"{i:3d}/{len(work)}")
        write_page(page, results, label)
    if options.pairs:
        for task, clip in itertools.product((t for t in tasks if t.ablation_of is None), clips):
            seeds = range(options.pairs)
            files = [picture_path(options.pictures, clip, task.name, seed, ".wav") for seed in seeds]
            for seed in seeds:
                if not files[seed].exists():  # the row came from elsewhere
                    synthesized(clip, task, seed, label, options.pictures)
            sounds = [read_audio(path).samples for path in files]
            row = seed_pairs(clip, task, seeds, sounds, label)
            results.add(f"pairs {label} {config_hash(task.config)} {clip.hash}", row)
            print(pairs_table([row]).markdown())
    write_page(page, results, label)
    print(f"{options.out} and {page}; sounds and pictures in {options.pictures}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="+", help="folders of .wav or .flac files, or files")
    parser.add_argument("--presets", default="default", help="presets or YAML files, with commas between")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="in every preset")
    parser.add_argument("--only", action="append", metavar="GLOB", help="clips whose name matches; may be repeated")
    parser.add_argument("--groups", type=Path, default=ROOT / "benchmarks" / "groups.csv", help="CSV: clip,group")
    parser.add_argument("--published", type=Path, metavar="FOLDER", help="others' results, named as the clips")
    parser.add_argument("--ablate", action="store_true", help="each ingredient taken away from the presets in turn")
    parser.add_argument(
        "--pairs", type=int, default=0, metavar="N", help="N seeds a clip, and copying between each two"
    )
    parser.add_argument(
        "--tables", action="store_true", help="write the tables of the rows that are there, and no more"
    )
    parser.add_argument("--label", help="name of the code; rows of another are made again [default: its commit]")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "quality.json", help="its .md gets the tables")
    parser.add_argument("--pictures", type=Path, default=ROOT / "bench", help="folder for sounds and pictures")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
