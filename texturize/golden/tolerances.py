"""How far a new sound may be off: from the spread of reruns, from a file, or by default."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy import stats

from texturize.compare.cochleagram import Array
from texturize.errors import ConfigError
from texturize.files.yaml_text import MOST_CHARACTERS, parse_yaml
from texturize.golden.features import Features
from texturize.golden.figures import (
    DEFAULT_WAVEFORM,
    FIGURES,
    LEAST_WAVEFORM,
    WAVEFORM,
    waveform_distance,
)

CHANCE = 0.0027  # that a difference, which scatters about 0, is larger: three deviations, if these were known
MOST = 1e9
MARGIN = 1.5  # times the largest distance: distances scatter little about their mean

DEFAULT_TOLERANCES = {figure.name: figure.default for figure in FIGURES} | {WAVEFORM: DEFAULT_WAVEFORM}
"""For textures of a few seconds, made with other seeds; where reruns are at hand, theirs are better."""


def tolerances_of(features: Sequence[Features], sounds: Sequence[Array] | None = None) -> dict[str, float]:
    """Tolerances from the spread of results that should pass for one another.

    Of differences, so many times the root mean square over all pairs that chance exceeds it in one of 370 cases, by
    Student's t: 9.2 times for three reruns, 6.6 for four, 4.3 for eight, for few sounds tell little of how far others
    scatter. Of distances, and of what may only increase, one and a half times the largest. Never less than what is
    not heard.

    Parameters
    ----------
    features : sequence of Features
        Of the golden and its reruns, three sounds or more.
    sounds : sequence of ndarray (channels, n), optional
        The same sounds, where their waveforms should be alike, too.
    """
    found = {}
    deviations = float(stats.t.isf(CHANCE / 2, len(features) - 1))
    for figure in FIGURES:
        pairs = [*combinations(features, 2), *combinations(reversed(features), 2)]
        values = np.array([value for a, b in pairs if (value := figure.between(a, b)) is not None])
        if values.size:
            spread = deviations * np.sqrt(np.mean(values**2)) if figure.kind == "difference" else MARGIN * values.max()
            found[figure.name] = float(f"{max(figure.least, float(spread)):.3g}")
    if sounds is not None:
        largest = max(waveform_distance(a, b) for a, b in combinations(sounds, 2))
        found[WAVEFORM] = float(f"{max(LEAST_WAVEFORM, MARGIN * largest):.3g}")
    return found


def too_wide(tolerances: Mapping[str, float]) -> list[str]:
    """What changes would pass unseen, in words, because the reruns differ by as much."""
    found = [
        f"{figure.name} may move by {tolerances[figure.name]:g} {figure.unit}".strip()
        for figure in FIGURES
        if figure.alarm is not None and tolerances.get(figure.name, 0) > figure.alarm
    ]
    if tolerances.get(WAVEFORM, 0) > 0.5:
        found.append("the waveforms of the reruns are not alike, so --exact can tell nothing here")
    return found


def read_tolerances(path: Path) -> dict[str, float]:
    """Tolerances of a YAML file of names and numbers.

    Raises
    ------
    ConfigError
        It cannot be read, or a name or value in it is none.
    """
    try:
        with path.open(encoding="utf-8") as file:
            raw = parse_yaml(file.read(MOST_CHARACTERS + 1), str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise ConfigError(f"{path}: the file of tolerances cannot be read: {reason}", "check the name") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: it does not hold names and numbers", "write lines such as `level: 0.5`")
    for name, value in raw.items():
        if name not in DEFAULT_TOLERANCES:
            near = difflib.get_close_matches(str(name), DEFAULT_TOLERANCES, 1, 0.5)
            hint = f"the nearest is '{near[0]}'" if near else f"known are {', '.join(DEFAULT_TOLERANCES)}"
            raise ConfigError(f"{path}: there is no figure '{name}'", hint)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
            raise ConfigError(f"{path}: the tolerance of {name} is {value}", "give a number of at least 0")
    return {name: float(value) for name, value in raw.items()}
