"""What is to be said of a clip before a texture is made of it: what speaks against it, and what it costs."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LITTLE_SECONDS = 2.0
NOTICED_SECONDS = 0.1
UNSTEADY_DB = 4.5  # deviation of the level: rain 0.4, chimes 3, speech 6
DRIFT_DB = 4.0
UNLIKE = 2.0  # texture distance of the halves: of 19 recordings 0.8 to 1.3
HARMONIC = 0.2  # share of frames: bells 0, babble 0.06, speech 0.5, speech with noise 10 dB below it 0.3
HEARD_HZ = 18_000.0
CANCELLED_DB = 6.0  # that two channels' sum is below them: independent ones 0, equal ones 3 above


def objections(harmonic: float, level_deviation: float, self_distance: float) -> tuple[str, ...]:
    """Why it is no texture, if it is none."""
    found = []
    if harmonic >= HARMONIC:
        found.append("it has changing pitches, as speech and music have: the result will be babble of the right colour")
    if level_deviation >= UNSTEADY_DB:
        found.append(
            f"its level is not steady (it deviates by {level_deviation:.1f} dB): single events or speech, not a texture"
        )
    if self_distance >= UNLIKE:
        found.append(f"its halves are different sounds (texture distance {self_distance:.1f}): choose one of them")
    return tuple(found)


def remarks(figures: dict[str, Any]) -> tuple[str, ...]:
    """What else is to be known before a texture is made of it."""
    stretch, clipped, silence = figures["stretch"], figures["clipped"], figures["silence"]
    drift, cut_off = figures["level_drift"], figures["cut_off"]
    found = []
    if stretch.end - stretch.start < LITTLE_SECONDS:
        found.append(f"{stretch.end - stretch.start:.2g} s is little to learn from: five to ten seconds are better")
    if clipped:
        found.append(f"it is clipped: {clipped} samples stand at full scale; the texture will have that distortion too")
    for name, edge in (("start", stretch.lead), ("end", stretch.trail)):
        if edge.silent:
            found.append(f"it is silent for {edge.silent:.2f} s at the {name}")
        if edge.seconds > edge.silent:
            found.append(f"it fades for {edge.seconds - edge.silent:.2f} s at the {name}")
    if stretch.event:
        found.append("something passes that is louder or quieter than the rest: the stretch leaves it out")
    if silence >= NOTICED_SECONDS:
        found.append(f"it is silent for {silence:.2f} s in the middle")
    if abs(drift) >= DRIFT_DB:
        found.append(f"its level drifts by {drift:+.1f} dB, which a texture evens out")
    if cut_off is not None and cut_off < HEARD_HZ:
        found.append(f"nothing is above {cut_off / 1000:.1f} kHz: a lossy coder or a converter cut it off")
    return tuple(found)


def cancelling(y: Array) -> tuple[str, ...]:
    """What to say of the two channels of a sound (channels, n) that cancel each other most, if any do."""
    products = np.cov(y, bias=True).reshape(len(y), len(y))
    powers = np.diag(products)
    below = {
        (i + 1, j + 1): -10 * np.log10(max(1 + 2 * products[i, j] / (powers[i] + powers[j]), 1e-6))
        for i, j in combinations(range(len(y)), 2)
        if powers[i] and powers[j]
    }
    if not below or max(below.values()) < CANCELLED_DB:
        return ()
    first, second = max(below, key=below.__getitem__)
    decibels = below[first, second]
    return (
        f"channels {first} and {second} cancel each other: their sum to mono is {decibels:.0f} dB below them; "
        "if one of them is inverted, invert it back",
    )


def preset_for(period: float | None, *, texture: bool) -> str:
    """The preset to start with: the wider fields of `best` for rhythms, `preview` for what is no texture."""
    if not texture:
        return "preview"
    return "default" if period is None else "best"
