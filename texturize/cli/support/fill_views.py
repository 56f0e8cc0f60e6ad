"""What can be seen and heard of a filled recording: what is around its stretches, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from texturize.files.recording import Recording
    from texturize.synthesis.fill.run import Filled

AROUND = 3.0
"""Seconds that are shown on each side."""
MOST = 6
"""Stretches that are shown."""


def before_and_after(recording: Recording, one: Filled) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """What is around a stretch, as it was and as it is, (channels, n) each; where what is new begins and ends in it."""
    sr, gap = recording.sample_rate, one.gap
    first, last = max(0, gap.start - round(AROUND * sr)), min(recording.frames, gap.stop + round(AROUND * sr))
    old = recording.read(first, last)
    new = np.concatenate([recording.read(first, gap.start), one.samples, recording.read(gap.stop, last)], axis=-1)
    return old, new, ((gap.start - first) / sr, (gap.start - first + gap.n) / sr)


def draw(path: Path, recording: Recording, fills: Sequence[Filled]) -> None:
    """Draw the spectrograms of what is around the stretches, before and after, as a PNG file."""
    from texturize.show.picture import Panel, draw_panels
    from texturize.synthesis.fill.gaps import named

    panels = []
    for one in fills[:MOST]:
        old, new, marks = before_and_after(recording, one)
        where = named(one.gap, recording.sample_rate)
        panels += [
            Panel(f"{where}, before", old, recording.sample_rate, marks if one.gap.stop > one.gap.start else ()),
            Panel(f"{where}, after", new, recording.sample_rate, marks),
        ]
    draw_panels(path, panels)


def write_page(path: Path, recording: Recording, fills: Sequence[Filled], name: str, *, force: bool) -> None:
    """Write a page on which each stretch is heard and seen among what is around it, before and after."""
    from texturize.report import Sound, write_report
    from texturize.synthesis.fill.gaps import named

    one = max(fills, key=lambda each: each.gap.n)
    old, new, marks = before_and_after(recording, one)
    where, sr = named(one.gap, recording.sample_rate), recording.sample_rate
    gap = (marks[0], marks[0] + (one.gap.stop - one.gap.start) / sr) if one.gap.stop > one.gap.start else None
    reference = Sound(f"{recording.path.name} around {where}, before", old, sr, marked=gap)
    notes = ("what lies between the lines is new: it alone is judged, against what was around it",)
    write_report(path, reference, [Sound(f"{name}, after", new, sr, {}, notes, marks)], force=force)
