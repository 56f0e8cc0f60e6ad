"""Golden sounds: what a new result is held against, how far it may be off, and the verdict."""

from texturize.golden.features import Features, measure
from texturize.golden.figures import FIGURES, Figure
from texturize.golden.junit import junit_xml
from texturize.golden.record import Golden, judge_sounds, read_golden, record_golden, update_golden, write_golden
from texturize.golden.tolerances import DEFAULT_TOLERANCES, read_tolerances, tolerances_of
from texturize.golden.verdict import Check, Verdict, judge

__all__ = [
    "DEFAULT_TOLERANCES",
    "FIGURES",
    "Check",
    "Features",
    "Figure",
    "Golden",
    "Verdict",
    "judge",
    "judge_sounds",
    "junit_xml",
    "measure",
    "read_golden",
    "read_tolerances",
    "record_golden",
    "tolerances_of",
    "update_golden",
    "write_golden",
]
