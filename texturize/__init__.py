"""New sound with the texture of a short clip.

``synthesize``, ``morph`` and ``transfer`` with their result, and ``Recipe``, which checks, estimates and makes several;
``fill`` and ``extend``; ``load_config`` and ``Config``;
``invert``, ``griffinlim`` and ``mel_to_audio``, which make sound of spectrograms; the judge is in
``texturize.compare``. Names are imported when they are first used, because JAX takes a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from texturize.runtime.lazy import lazily

if TYPE_CHECKING:
    from texturize.config import Config as Config
    from texturize.config.presets import load_config as load_config
    from texturize.signal.inversion.invert import Inversion as Inversion
    from texturize.signal.inversion.invert import invert as invert
    from texturize.signal.inversion.like_librosa import griffinlim as griffinlim
    from texturize.signal.inversion.like_librosa import mel_to_audio as mel_to_audio
    from texturize.signal.inversion.mel import Mel as Mel
    from texturize.synthesis.api import morph as morph
    from texturize.synthesis.api import synthesize as synthesize
    from texturize.synthesis.api import transfer as transfer
    from texturize.synthesis.fill.filling import extend as extend
    from texturize.synthesis.fill.filling import fill as fill
    from texturize.synthesis.morphing import MorphSources as MorphSources
    from texturize.synthesis.recipe import Recipe as Recipe
    from texturize.synthesis.result import Synthesis as Synthesis
    from texturize.synthesis.solution import Status as Status
    from texturize.synthesis.sources import SynthSources as SynthSources
    from texturize.synthesis.stages import Progress as Progress
    from texturize.synthesis.trace.folder import TraceFolder as TraceFolder
    from texturize.synthesis.trace.snapshots import Snapshot as Snapshot
    from texturize.synthesis.transferring import TransferSources as TransferSources

__getattr__ = lazily(
    __name__,
    {
        "texturize.config": ("Config",),
        "texturize.config.presets": ("load_config",),
        "texturize.signal.inversion.invert": ("Inversion", "invert"),
        "texturize.signal.inversion.like_librosa": ("griffinlim", "mel_to_audio"),
        "texturize.signal.inversion.mel": ("Mel",),
        "texturize.synthesis.api": ("morph", "synthesize", "transfer"),
        "texturize.synthesis.fill.filling": ("extend", "fill"),
        "texturize.synthesis.morphing": ("MorphSources",),
        "texturize.synthesis.recipe": ("Recipe",),
        "texturize.synthesis.result": ("Synthesis",),
        "texturize.synthesis.solution": ("Status",),
        "texturize.synthesis.sources": ("SynthSources",),
        "texturize.synthesis.stages": ("Progress",),
        "texturize.synthesis.trace.folder": ("TraceFolder",),
        "texturize.synthesis.trace.snapshots": ("Snapshot",),
        "texturize.synthesis.transferring": ("TransferSources",),
    },
)
