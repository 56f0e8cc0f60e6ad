"""From clips to new textures: the stages, what they share, and the Python API in `api`.

The names of the API are handed on when they are first used, because JAX takes a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from texturize.runtime.lazy import lazily

if TYPE_CHECKING:
    from texturize.synthesis.api import Estimate as Estimate
    from texturize.synthesis.api import Synthesis as Synthesis
    from texturize.synthesis.api import check as check
    from texturize.synthesis.api import estimate as estimate
    from texturize.synthesis.api import synthesize as synthesize
    from texturize.synthesis.api import variations as variations

__getattr__ = lazily(
    __name__,
    {"texturize.synthesis.api": ("Estimate", "Synthesis", "check", "estimate", "synthesize", "variations")},
)
