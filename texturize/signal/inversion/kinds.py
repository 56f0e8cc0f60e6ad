"""What the values of a spectrogram can be: magnitudes, powers, decibels, logarithms; of bins or of mel bands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from texturize.errors import SpectrogramError

MEL = "mel"
LOUDEST = 300.0
"""Decibels that no spectrogram reaches: more is no decibels."""
LIKE_DECIBELS = -12.0
"""What is below zero by more than this is more likely decibels than logarithms."""
LIKE_LOGARITHMS = 40.0
"""Logarithms of a magnitude beyond this are more likely decibels."""


class Kind(NamedTuple):
    """What values are: some function of the magnitude to some power, of bins or summed up in mel bands."""

    name: str
    mel: bool
    power: int
    """Exponent of the magnitudes."""
    decibels: bool = False
    base: float | None = None
    """Of the logarithm; None for values as they are."""

    @property
    def logarithmic(self) -> bool:
        """Whether any value is allowed, below zero too."""
        return self.decibels or self.base is not None

    def decoded(self, values: np.ndarray, ref: float) -> np.ndarray:
        """Magnitudes to the `power` that values of this kind stand for; ``ref`` is the magnitude at 0 dB."""
        if self.decibels:
            return np.asarray(10.0 ** (values * (self.power / 20)) * ref**self.power)
        if self.base is not None:
            return np.asarray(np.power(self.base, values))
        return values

    def encoded(self, powers: np.ndarray, ref: float) -> np.ndarray:
        """The inverse of `decoded`; silence is minus infinity where values are logarithms."""
        with np.errstate(divide="ignore"):
            if self.decibels:
                return np.asarray(np.log10(powers / ref**self.power) * (20 / self.power))
            if self.base is not None:
                return np.asarray(np.log(powers) / np.log(self.base))
        return powers


def _kinds() -> dict[str, Kind]:
    plain: dict[str, tuple[int, bool, float | None]] = {
        "magnitude": (1, False, None),
        "power": (2, False, None),
        "db": (1, True, None),
        "log": (1, False, float(np.e)),
        "log10": (1, False, 10.0),
        "log-power": (2, False, float(np.e)),
    }
    of_mel = {MEL: plain["power"]} | {f"{MEL}-{name}": how for name, how in plain.items() if name != "power"}
    of_mel[f"{MEL}-db"] = (2, True, None)  # as librosa.power_to_db of its melspectrogram
    return {name: Kind(name, False, *how) for name, how in plain.items()} | {
        name: Kind(name, True, *how) for name, how in of_mel.items()
    }


KINDS = _kinds()
"""By name. Mel bands are sums of powers, as librosa's usual ones, or of magnitudes, as in most vocoders."""


def kind_of(name: str) -> Kind:
    """A kind by its name.

    Raises
    ------
    SpectrogramError
        If there is none.
    """
    if name not in KINDS:
        raise SpectrogramError(f"there is no kind of values named {name!r}", f"use one of {', '.join(KINDS)}")
    return KINDS[name]


def check_values(values: np.ndarray, kind: Kind) -> None:
    """Refuse values that cannot be of their kind.

    Parameters
    ----------
    values : (..., rows, columns)
        As they were given, in any order of axes. Logarithms may be minus infinity, which is silence.

    Raises
    ------
    SpectrogramError
        With the kind that they look like.
    """
    silent = np.isneginf(values) if kind.logarithmic else False
    wrong = ~(np.isfinite(values) | silent)
    if count := int(wrong.sum()):
        at = ", ".join(map(str, np.argwhere(wrong)[0]))
        some = "1 value is" if count == 1 else f"{count} values are"
        raise SpectrogramError(f"{some} NaN or infinite, the first at [{at}]", "mend them before")
    finite = values if silent is False else values[~silent]
    least, most = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    for applies, told, remedy in _doubts(kind, least, most):
        if applies:
            raise SpectrogramError(told, remedy)


def _doubts(kind: Kind, least: float, most: float) -> list[tuple[bool, str, str]]:
    """What speaks against values of a kind between two bounds: whether it does, what, the remedy."""
    looks = (f"{MEL}-" if kind.mel else "").__add__
    span = f"values go from {least:.4g} to {most:.4g}"
    return [
        (
            not kind.logarithmic and least < 0 and (least < LIKE_DECIBELS or most > LIKE_LOGARITHMS / 2),
            f"{span}, and a {kind.name} is never negative: they look like decibels",
            f"use the kind {looks('db')}",
        ),
        (
            not kind.logarithmic and least < 0,
            f"{span}, and a {kind.name} is never negative: they look like logarithms",
            f"use the kind {looks('log')}, {looks('log10')} or {looks('db')}",
        ),
        (
            kind.decibels and most > LOUDEST,
            f"{span}, which no decibels do",
            f"use the kind {'mel' if kind.mel else 'magnitude or power'}, if they are that",
        ),
        (
            kind.base is not None and most > LIKE_LOGARITHMS,
            f"{span}, and such logarithms would be of {LIKE_LOGARITHMS:.0f} or more",
            f"use the kind {looks('db')}, {'mel' if kind.mel else 'magnitude or power'}, whichever they are",
        ),
    ]
