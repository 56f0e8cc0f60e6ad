"""The judge: how close a result's texture is to the reference's, and how much of the reference it copies.

NumPy and SciPy only, and no code shared with the losses: a loss must not be its own judge.
"""

from texturize.compare.comparison import Comparison, compare, level_difference
from texturize.compare.copied import Copying, copying
from texturize.compare.rhythm import Rhythm, rhythm
from texturize.compare.statistics import texture_statistics
from texturize.compare.texture import TextureDistance, texture_distance

__all__ = [
    "Comparison",
    "Copying",
    "Rhythm",
    "TextureDistance",
    "compare",
    "copying",
    "level_difference",
    "rhythm",
    "texture_distance",
    "texture_statistics",
]
