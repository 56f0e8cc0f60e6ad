"""The pytest fixture `golden_texture`: a test fails where a new result moved too far from its golden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from texturize.golden import Verdict

OPTION = "--golden-update"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that puts new results in the place of goldens."""
    group = parser.getgroup("texturize")
    group.addoption(OPTION, metavar="REASON", help="Put new results in the place of recorded goldens, for this reason.")


@pytest.fixture
def golden_texture(request: pytest.FixtureRequest) -> Callable[..., Verdict | None]:
    """Hold a new result against a golden: ``golden_texture(golden, new, clip=None, tolerances=None, exact=False)``.

    ``golden`` is a sound, or a JSON file of `texturize check --record`; ``tolerances`` is a mapping of figures to
    numbers, over the golden's own. Returns the verdict, or None where the golden was updated.
    """

    def check(
        golden: str | Path,
        new: str | Path,
        *,
        clip: str | Path | None = None,
        tolerances: Mapping[str, float] | None = None,
        exact: bool = False,
    ) -> Verdict | None:
        from texturize.golden import judge_sounds, read_golden, update_golden, write_golden  # noqa: PLC0415
        from texturize.golden.junit import describe  # noqa: PLC0415

        path, sound, source = Path(golden), Path(new), None if clip is None else Path(clip)
        reason = request.config.getoption(OPTION)
        if path.suffix != ".json":
            verdict = judge_sounds(path, sound, tolerances, source, exact)
        elif reason:
            write_golden(path, update_golden(read_golden(path), path, sound, reason, source))
            return None
        else:
            verdict = read_golden(path).judge(sound, path.parent, tolerances, source)
        if not verdict.passed:
            lines = [f"  {check.name}: {describe(check)}" for check in verdict.checks if not check.passed]
            pytest.fail("\n".join([f"{sound} differs from {path}:", *lines]), pytrace=False)
        return verdict

    return check
