"""Every figure of an inspection in words, for the terminal and for notebooks."""

from __future__ import annotations

from collections.abc import Iterator

from texturize.compare.event_verdicts import NAMES
from texturize.compare.intervals import Pace
from texturize.inspection.inspection import Inspection

EVEN = 0.2  # octaves between the quartiles of intervals


def rows(clip: Inspection) -> Iterator[tuple[str, str, str]]:
    """Name, value and remark of each figure."""
    plural = "s" if clip.channels > 1 else ""
    yield "sound", f"{clip.sample_rate} Hz, {clip.channels} channel{plural}", f"{clip.format}, {clip.subtype}"
    yield "duration", f"{clip.duration:.2f} s", f"use {clip.stretch.start:g} to {clip.stretch.end:g} s"
    loud = "-" if clip.loudness is None else f"{clip.loudness:.1f} LUFS"
    yield "loudness", loud, f"peak {clip.peak:.1f} dBFS, {clip.clipped} samples clipped"
    yield (
        "steadiness",
        f"+-{clip.level_deviation:.1f} dB, drift {clip.level_drift:+.1f} dB",
        "level in windows of 0.5 s",
    )
    yield "pitches", f"{100 * clip.harmonic:.0f} % of the time", "changing ones; of speech 30 to 60 %"
    if clip.period is None or clip.period_strength is None:
        yield "period", "none", ""
    else:
        yield "period", f"{clip.period:.3g} s", f"strength {clip.period_strength:.2f}"
    yield event_row(clip.events)
    yield "its own halves", f"distance {clip.self_distance:.2f}", "texture distance, about 1 for a texture"
    copied = f"{clip.copying_short:.2f}, {clip.copying_long:.2f}"
    worst = max(clip.self_events, key=lambda name: clip.self_events[name])
    yield "", f"events {clip.self_events[worst]:.2f}", f"the worst of their figures, {NAMES.get(worst, worst)}"
    yield "", f"copying {copied}", "50 and 250 ms: what a fresh excerpt shows"
    if clip.self_likeness is not None:
        yield "", f"retelling {clip.self_likeness:.2f}", "likeness of half seconds, whatever their order"
    cut = "" if clip.cut_off is None else f"cut off at {clip.cut_off / 1000:.1f} kHz"
    yield "bandwidth", f"{clip.bandwidth / 1000:.1f} kHz", cut
    if clip.coherence is not None and clip.mono is not None:
        yield "stereo", f"coherence {clip.coherence:.2f}", f"sum to mono {clip.mono:+.1f} dB"
    yield "a texture", "yes" if clip.texture else "no", ""


def event_row(pace: Pace | None) -> tuple[str, str, str]:
    """How often events come, and how evenly."""
    if pace is None:
        return "events", "none stands out", ""
    if pace.interval is None or pace.spread is None:
        return "events", f"{pace.rate:.2g} a second", "a single strong one"
    how = f"evenly, every {pace.interval:.3g} s" if pace.spread < EVEN else "at uneven intervals"
    return "events", f"{pace.rate:.2g} a second", f"{how} ({pace.spread:.2f} octaves between the quartiles)"
