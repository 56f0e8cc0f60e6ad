"""Config keys for tests that are about the way, not the sound: most of their time would be that of compiling the terms."""

from __future__ import annotations

from texturize.config import LossConfig

TERMS = tuple(name for name, term in LossConfig() if term.weight)
"""Those of the default preset: a term that is new is among them."""


def only(*terms: str) -> list[str]:
    """Keys that leave out all terms but those named."""
    unknown = set(terms) - set(TERMS)
    assert not unknown, f"no terms of the default preset: {unknown}"
    return [f"loss.{name}.weight=0" for name in TERMS if name not in terms]
