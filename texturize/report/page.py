"""The page of a report: everything in one file, and nothing that a browser would have to fetch."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from texturize.compare import Comparison, compare, events, texture_distance
from texturize.compare.excerpts import alike
from texturize.compare.verdicts import rows
from texturize.errors import AudioError, OutputError, naming
from texturize.files.atomic import check_target, write_text
from texturize.report.figures import BarChart, Control, LossChart, charts, loss_charts
from texturize.report.listening import Copy, copies
from texturize.report.sounds import Sound
from texturize.signal.loudness import loudness

if TYPE_CHECKING:
    import jinja2

MOST_SECONDS = 1e9
SCRIPTS = ("fft.js", "spectrogram.js", "player.js", "page.js")
HEADLINES = ("as a whole", "texture distance", "copying, 50 ms", "retelling", "level", "stereo, coherence", "seam")
SHOWN_APART = ("losses", "config", "figures")  # of a manifest


def write_report(path: Path, reference: Sound, results: Sequence[Sound], *, force: bool = False) -> None:
    """Write a page to hear, see and judge results by: one HTML file, whole or not at all.

    Parameters
    ----------
    path : Path
        File to write; an existing one is replaced only with ``force``.
    reference : Sound
        The clip: (channels, n) at its sample rate in Hz.
    results : sequence of Sound
        Made from it, each of any length, rate and channel count. What their manifests hold is shown.

    Raises
    ------
    OutputError
        The file exists or cannot be written, there is no result, or Jinja2 is not installed.
    AudioError
        The clip is empty, silent or not finite, or shorter than half a second.
    """
    check_target(path, force=force)
    write_text(path, report_html(reference, results))


def report_html(reference: Sound, results: Sequence[Sound]) -> str:
    """The page of `write_report` as text; the same sounds give the same text."""
    if not results:
        raise OutputError("a report needs a result", "name one or more after the clip")
    check_report(reference)
    template = environment().get_template("report.html.j2")
    control = own_distance(reference)
    views = [view(index, reference, result, control) for index, result in enumerate(results, 1)]
    sounds = (reference, *results)
    made = copies(sounds)
    players = [
        {"name": sound.name, "marked": sound.marked or ()}
        | {key: value for key, value in asdict(copy).items() if key != "audio"}
        for sound, copy in zip(sounds, made, strict=True)
    ]
    script = "\n".join(asset(name) for name in SCRIPTS)
    return template.render(
        reference=reference,
        reference_facts=facts(reference),
        views=views,
        players=players,
        audio=[copy.audio for copy in made],
        heard_as=heard_as(sounds, made[0]),
        figures=[None if v.comparison is None else v.comparison.to_dict() for v in views],
        style=asset("report.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        version=version("texturize-audio"),
    )


def check_report(reference: Sound) -> None:
    """Refuse, before any work is done for its results, a clip that no report could be written of.

    Raises
    ------
    OutputError
        Jinja2 is not installed.
    AudioError
        The clip is empty, silent or not finite, or shorter than half a second.
    """
    environment()
    with naming(reference.name, AudioError):
        alike(reference.around, reference.around, reference.sample_rate)


@dataclass(frozen=True)
class View:
    """What the page shows of one result."""

    index: int
    name: str
    facts: tuple[tuple[str, str], ...]
    comparison: Comparison | None
    rows: tuple[tuple[str, str, str], ...]
    headlines: tuple[tuple[str, str, str], ...]
    charts: tuple[BarChart, ...]
    losses: tuple[LossChart, ...]
    notes: tuple[str, ...]
    config: str
    manifest: str


def view(index: int, reference: Sound, result: Sound, control: Control | None) -> View:
    """Judge a result and put into words what its manifest holds; without figures if it cannot be judged."""
    comparison, notes = None, list(result.notes)
    try:
        comparison = compare(reference.around, result.stretch, reference.sample_rate, result.sample_rate)
        notes += comparison.notes
    except AudioError as error:
        notes.append(f"it cannot be judged: {error.what}")
    figures = () if comparison is None else tuple(rows(comparison))
    manifest = result.manifest
    rest = {key: value for key, value in manifest.items() if key not in SHOWN_APART}
    return View(
        index=index,
        name=result.name,
        facts=(*facts(result), *run_facts(manifest)),
        comparison=comparison,
        rows=figures,
        headlines=tuple(row for row in figures if row[0] in HEADLINES),
        charts=() if comparison is None else tuple(charts(comparison, control)),
        losses=tuple(loss_charts(manifest.get("losses"))),
        notes=tuple(notes),
        config=yaml.safe_dump(manifest["config"], sort_keys=False) if manifest.get("config") else "",
        manifest=json.dumps(rest, indent=2, ensure_ascii=False) if rest else "",
    )


def own_distance(reference: Sound) -> Control | None:
    """The clip's second half against its first; None where the halves are too short or silent."""
    half = reference.around.shape[-1] // 2
    first, second = reference.around[..., :half], reference.around[..., half : 2 * half]
    try:
        sr = reference.sample_rate
        return Control(texture_distance(first, second, sr), events(first, second, sr))
    except AudioError:
        return None


def facts(sound: Sound) -> tuple[tuple[str, str], ...]:
    """Name and value of what the file itself tells."""
    y = np.atleast_2d(sound.samples)
    level, peak = loudness(np.asarray(y, np.float32), sound.sample_rate), float(np.abs(y).max(initial=0.0))
    return (
        ("length", f"{sound.seconds:.2f} s"),
        ("sample rate", f"{sound.sample_rate} Hz"),
        ("channels", str(len(y))),
        ("loudness", f"{level:.1f} LUFS" if np.isfinite(level) else "silent"),
        ("peak", f"{20 * np.log10(peak):.1f} dBFS" if peak else "silent"),
    )


def heard_as(sounds: Sequence[Sound], copy: Copy) -> str:
    """How the sounds of the page differ from the files."""
    kind = "FLAC, 16 bits" if copy.codec == "FLAC" else "MP3, best variable rate"
    rate = f", at {copy.sample_rate} Hz" if any(sound.sample_rate != copy.sample_rate for sound in sounds) else ""
    many = any(np.atleast_2d(sound.samples).shape[0] > 2 for sound in sounds)
    return kind + rate + (", more than two channels as their mean" if many else "")


def run_facts(manifest: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Name and value of what a manifest tells of the run."""
    origin = manifest.get("origin")
    found = {
        "preset": (origin.get("config") or "default") if isinstance(origin, dict) else None,
        "seed": manifest.get("seed"),
        "ended": str(manifest.get("status", "")).lower().replace("_", " "),
        "made in": total_seconds(manifest.get("seconds")),
        "texturize": manifest.get("texturize"),
    }
    return tuple((name, str(value)) for name, value in found.items() if value not in (None, ""))


def total_seconds(stages: Any) -> str | None:
    """Sum of a manifest's times by stage."""
    if not isinstance(stages, dict):
        return None
    if not all(isinstance(value, int | float) and abs(value) < MOST_SECONDS for value in stages.values()):
        return None
    return f"{sum(stages.values()):.1f} s"


def asset(name: str) -> str:
    """Text of a file of the page."""
    return (files("texturize.report") / "assets" / name).read_text(encoding="utf-8")


def environment() -> jinja2.Environment:
    """Templates of the page; whatever comes from names and metadata is escaped."""
    try:
        import jinja2  # noqa: PLC0415  an extra
    except ImportError:
        raise OutputError(
            "a report needs Jinja2, which is not installed", "install texturize-audio with its extra `report`"
        ) from None
    return jinja2.Environment(
        loader=jinja2.PackageLoader("texturize.report", "assets"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
