"""Figures of events and of retelling in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from texturize.compare.events import Events
from texturize.compare.retelling import Retelling

AS_THE_HALVES = 1.3
"""What a single figure stays below for nine other excerpts of recordings in ten."""
RETOLD = 0.15
"""Correlation above that between the halves: of other excerpts of recordings 0.1 at most, of splices 0.3 and more."""
NAMES = {"texture": "texture distance", "direction": "attack and decay", "rhythm": "periodicity kept"}
"""Figures that are called otherwise in the table."""
BELOW_AND_ABOVE = {
    "attacks": ("softer: rises within 5 ms {:+.1f} dB", "sharper: rises within 5 ms {:+.1f} dB"),
    "peaks": ("blurred: loudest moments {:+.1f} dB", "more pointed: loudest moments {:+.1f} dB"),
    "direction": ("it swells more: rises less falls {:+.1f} dB", "it strikes more: rises less falls {:+.1f} dB"),
    "changes": ("steadier: levels move {:+.0f} %", "more restless: levels move {:+.0f} %"),
    "together": ("bands move together less: {:+.2f}", "bands move together more: {:+.2f}"),
}
NEITHER = {
    "levels": "loud, middling and quiet moments are distributed differently",
    "intervals": "events come at other intervals, or less evenly",
}
OTHERWISE = "differs from band to band, to both sides"
BOTH_SIDES = {"attacks": 0.3, "peaks": 0.3, "direction": 0.5, "changes": 0.02, "together": 0.02}
"""Mean differences that do not tell a direction."""


def event_rows(events: Events) -> Iterator[tuple[str, str, str]]:
    """Name, value and verdict of each figure of the events."""
    for name, value in events.distances.items():
        yield NAMES.get(name, name), f"{value:.2f}", event_verdict(name, value, events.differences.get(name, 0.0))


def event_verdict(name: str, distance: float, difference: float) -> str:
    """One figure of the events in words, from its distance and its mean difference."""
    if distance < AS_THE_HALVES:
        return "as in another excerpt"
    if name in NEITHER:
        return NEITHER[name]
    if abs(difference) < BOTH_SIDES[name]:
        return OTHERWISE
    value = 100 * float(np.expm1(difference)) if name == "changes" else difference
    return BELOW_AND_ABOVE[name][int(difference > 0)].format(value)


def retelling_rows(retelling: Retelling) -> Iterator[tuple[str, str, str]]:
    """Name, value and verdict of the figures of retelling."""
    if retelling.likeness is None or retelling.baseline is None:
        yield "retelling", "-", "too short to tell"
        return
    yield "retelling", f"{retelling.likeness:.2f}", retelling_verdict(retelling.likeness - retelling.baseline)
    yield "  its own halves", f"{retelling.baseline:.2f}", ""


def retelling_verdict(excess: float) -> str:
    """The likeness of stretches above that between the reference's halves, in words."""
    if excess < RETOLD:
        return "no more alike than the reference's halves"
    if excess < 2 * RETOLD:
        return "in part the reference's course of events"
    return "stretches retell the reference"
