"""From clips to new textures: the stages, the run that composes them, its `Recipe`, and the Python API in `api`.

The names of the API are handed on when they are first used, because JAX takes a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from texturize.runtime.lazy import lazily

if TYPE_CHECKING:
    from texturize.synthesis.api import synthesize as synthesize
    from texturize.synthesis.api import variations as variations
    from texturize.synthesis.recipe import Estimate as Estimate
    from texturize.synthesis.recipe import Recipe as Recipe
    from texturize.synthesis.result import Synthesis as Synthesis

__getattr__ = lazily(
    __name__,
    {
        "texturize.synthesis.api": ("synthesize", "variations"),
        "texturize.synthesis.recipe": ("Estimate", "Recipe"),
        "texturize.synthesis.result": ("Synthesis",),
    },
)
