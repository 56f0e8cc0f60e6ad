"""The verdict: what moved, by how much, against which tolerance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from texturize.golden.features import Features
from texturize.golden.figures import FIGURES, WAVEFORM
from texturize.golden.tolerances import DEFAULT_TOLERANCES

NEEDS = {
    "copying, 50 ms": "no clip was given to look for copies of",
    "copying, 250 ms": "no clip was given to look for copies of",
}


@dataclass(frozen=True)
class Check:
    """One line of the verdict.

    Attributes
    ----------
    name, unit : str
        What was looked at.
    passed : bool
        Whether it is within the tolerance, or was not compared.
    moved, tolerance : float or None
        How far it moved and might have; None for what is equal or not.
    note : str
        What else is to be said.
    """

    name: str
    passed: bool
    unit: str = ""
    moved: float | None = None
    tolerance: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """All lines; it passes when each does."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing moved further than it may."""
        return all(check.passed for check in self.checks)

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of what moved too far."""
        return tuple(check.name for check in self.checks if not check.passed)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {"passed": self.passed, "failed": list(self.failed), "checks": [asdict(check) for check in self.checks]}


def judge(
    golden: Features, new: Features, tolerances: Mapping[str, float] | None = None, waveform: float | None = None
) -> Verdict:
    """Hold a new sound against a golden one.

    Parameters
    ----------
    golden, new : Features
        Of both sounds; the new one's measured ``like`` the golden.
    tolerances : mapping, optional
        By name of the figure, over the default ones.
    waveform : float, optional
        Distance of the waveforms, where they should be alike.

    Returns
    -------
    Verdict
    """
    allowed = {**DEFAULT_TOLERANCES, **(tolerances or {})}
    checks = list(_format(golden, new))
    comparable = golden.channels == new.channels and golden.sample_rate == new.sample_rate
    for figure in FIGURES:
        if not comparable and figure.name != "duration":
            continue
        moved, tolerance = figure.between(golden, new), allowed[figure.name]
        if moved is None:
            if figure.name in NEEDS and golden.copying is not None:
                checks.append(Check(figure.name, False, note=NEEDS[figure.name]))
            continue
        off = moved if figure.kind == "increase" else abs(moved)
        checks.append(Check(figure.name, off <= tolerance, figure.unit, moved, tolerance))
    if waveform is not None:
        checks.append(Check(WAVEFORM, waveform <= allowed[WAVEFORM], "", waveform, allowed[WAVEFORM]))
    return Verdict(tuple(checks))


def _format(golden: Features, new: Features) -> Iterator[Check]:
    for name, unit in (("sample_rate", " Hz"), ("channels", ""), ("subtype", "")):
        was, now = getattr(golden, name), getattr(new, name)
        note = f"{was}{unit}" if was == now else f"{now}{unit}, was {was}{unit}"
        yield Check(name.replace("_", " "), was == now, note=note)
