"""Golden sounds: what a new result is held against, how far it may be off, and the verdict.

Names are imported when they are first used: the pytest plugin is loaded by every pytest, with a golden or without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from texturize.runtime.lazy import lazily

if TYPE_CHECKING:
    from texturize.golden.features import Features as Features
    from texturize.golden.features import measure as measure
    from texturize.golden.figures import FIGURES as FIGURES
    from texturize.golden.figures import Figure as Figure
    from texturize.golden.golden_file import read_golden as read_golden
    from texturize.golden.golden_file import write_golden as write_golden
    from texturize.golden.junit import junit_xml as junit_xml
    from texturize.golden.record import Golden as Golden
    from texturize.golden.record import judge_sounds as judge_sounds
    from texturize.golden.record import record_golden as record_golden
    from texturize.golden.record import update_golden as update_golden
    from texturize.golden.tolerances import DEFAULT_TOLERANCES as DEFAULT_TOLERANCES
    from texturize.golden.tolerances import read_tolerances as read_tolerances
    from texturize.golden.tolerances import tolerances_of as tolerances_of
    from texturize.golden.verdict import Check as Check
    from texturize.golden.verdict import Verdict as Verdict
    from texturize.golden.verdict import judge as judge

__getattr__ = lazily(
    __name__,
    {
        "texturize.golden.features": ("Features", "measure"),
        "texturize.golden.figures": ("FIGURES", "Figure"),
        "texturize.golden.golden_file": ("read_golden", "write_golden"),
        "texturize.golden.junit": ("junit_xml",),
        "texturize.golden.record": (
            "Golden",
            "judge_sounds",
            "record_golden",
            "update_golden",
        ),
        "texturize.golden.tolerances": ("DEFAULT_TOLERANCES", "read_tolerances", "tolerances_of"),
        "texturize.golden.verdict": ("Check", "Verdict", "judge"),
    },
)
