"""Charts of a report, as numbers for a template to draw."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from texturize.compare import Comparison, Copying, Events, Seam, TextureDistance
from texturize.compare.event_verdicts import NAMES

MOST_LOSS = 1e300  # what is more cannot be drawn
MOST_POINTS = 400
JUMPS = {"level": "step in level", "gap": "gap", "spectrum": "change of sound", "samples": "click"}


@dataclass(frozen=True)
class Control:
    """What the clip's second half shows against its first."""

    texture: TextureDistance
    events: Events


@dataclass(frozen=True)
class Bar:
    """A value, and one to hold it against: None where there is none."""

    label: str
    value: float
    control: float | None


@dataclass(frozen=True)
class BarChart:
    """Bars from 0 to ``most``, with a line at ``line``; what the controls are is in ``legend``."""

    title: str
    caption: str
    legend: str
    bars: tuple[Bar, ...]
    most: float
    line: float | None

    def percent(self, value: float) -> str:
        """Place of a value along the axis, as CSS has it."""
        return f"{100 * min(value / self.most, 1.0):.2f}%"


@dataclass(frozen=True)
class LossChart:
    """A loss by step, on a logarithmic scale: points of an SVG path in a box of 1000 by 100."""

    stage: str
    first: float
    last: float
    steps: int
    path: str


def texture_chart(distance: TextureDistance, control: TextureDistance | None) -> BarChart:
    """Texture distance of each class, against the clip's second half from its first."""
    bars = tuple(
        Bar(name.replace("_", " "), value, None if control is None else control.classes[name])
        for name, value in distance.classes.items()
    )
    most = max([1.5, *(1.1 * max(bar.value, bar.control or 0.0) for bar in bars)])
    caption = "Distance of each class of statistics. 1 is another excerpt of the same recording; less is closer."
    return BarChart("Texture distance", caption, "the clip's second half against its first", bars, most, 1.0)


def events_chart(events: Events, control: Events | None) -> BarChart:
    """Distance of each figure of the events, against the clip's second half from its first."""
    bars = tuple(
        Bar(NAMES.get(name, name), value, None if control is None else control.distances[name])
        for name, value in events.distances.items()
    )
    most = max([1.5, *(1.1 * max(bar.value, bar.control or 0.0) for bar in bars)])
    caption = "How sharp, strong, whole and well timed events are. 1 is another excerpt of the same recording."
    return BarChart("Events", caption, "the clip's second half against its first", bars, most, 1.0)


def copying_chart(copying: Copying) -> BarChart:
    """Copying of pieces of both lengths, against that of a fresh excerpt."""
    bars = (
        Bar("pieces of 50 ms", copying.short, copying.baseline_short),
        Bar("pieces of 250 ms", copying.long, copying.baseline_long),
    )
    caption = "How much of the waveform is found in the clip, at any shift. 1 is a splice of the clip."
    return BarChart("Copying", caption, "a fresh excerpt of the clip", bars, 1.0, None)


def seam_chart(seam: Seam) -> BarChart:
    """Jumps from end to start in units of what they may be, against the usual place inside."""
    bars = tuple(
        Bar(JUMPS[name], jump.value / jump.limit, jump.median / jump.limit) for name, jump in seam.jumps.items()
    )
    most = max([1.5, *(1.1 * bar.value for bar in bars)])
    caption = "Jumps where the end meets the start. Up to 1 they are no larger than within the sound."
    return BarChart("Seam, played as a loop", caption, "the usual place within the sound", bars, most, 1.0)


def charts(comparison: Comparison, control: Control | None) -> list[BarChart]:
    """All that a comparison gives."""
    found = [
        texture_chart(comparison.texture, None if control is None else control.texture),
        events_chart(comparison.events, None if control is None else control.events),
        copying_chart(comparison.copying),
    ]
    return found if comparison.seam is None else [*found, seam_chart(comparison.seam)]


def loss_charts(losses: Any) -> Iterator[LossChart]:
    """Curves of a manifest's losses by stage; what is no curve of positive numbers is passed over."""
    for stage, values in losses.items() if isinstance(losses, dict) else ():
        numbers = [v for v in values if isinstance(v, int | float)] if isinstance(values, list) else []
        if len(numbers) > 1 and all(0 < v < MOST_LOSS for v in numbers):
            yield LossChart(str(stage), numbers[0], numbers[-1], len(numbers) - 1, svg_path(numbers))


def svg_path(values: Sequence[float]) -> str:
    """Points of positive values from left to right, logarithmic from bottom to top."""
    low, high = math.log(min(values)), math.log(max(values))
    step = max(1, math.ceil(len(values) / MOST_POINTS))
    kept = sorted({*range(0, len(values), step), len(values) - 1})
    points = (
        f"{1000 * i / (len(values) - 1):.1f},{100 * (high - math.log(values[i])) / ((high - low) or 1.0):.2f}"
        for i in kept
    )
    return "M" + " L".join(points)
