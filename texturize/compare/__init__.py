"""The judge: how close a result's texture is to the reference's, and how much of the reference it copies.

NumPy and SciPy only, and no code shared with the losses: a loss must not be its own judge.
"""

from texturize.compare.channels import Channels, channels
from texturize.compare.comparison import Comparison, compare, level_difference
from texturize.compare.copied import Copying, copying
from texturize.compare.events import EVENT_FIGURES, Events, events
from texturize.compare.retelling import Retelling, retelling
from texturize.compare.rhythm import Rhythm, rhythm
from texturize.compare.seam import Jump, Seam, join_seam, seam
from texturize.compare.statistics import texture_statistics
from texturize.compare.texture import TextureDistance, texture_distance

__all__ = [
    "EVENT_FIGURES",
    "Channels",
    "Comparison",
    "Copying",
    "Events",
    "Jump",
    "Retelling",
    "Rhythm",
    "Seam",
    "TextureDistance",
    "channels",
    "compare",
    "copying",
    "events",
    "join_seam",
    "level_difference",
    "retelling",
    "rhythm",
    "seam",
    "texture_distance",
    "texture_statistics",
]
