"""New sound with the texture of a short clip.

``synthesize``, ``morph`` and ``transfer`` with their result, ``load_config`` and ``Config``; the judge is in
``texturize.compare``. Names are imported when they are first used, because JAX takes a second.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from texturize.config import Config as Config
    from texturize.config.presets import load_config as load_config
    from texturize.synthesis.api import Synthesis as Synthesis
    from texturize.synthesis.api import synthesize as synthesize
    from texturize.synthesis.morphing import morph as morph
    from texturize.synthesis.optimize import Status as Status
    from texturize.synthesis.stages import Progress as Progress
    from texturize.synthesis.trace.folder import TraceFolder as TraceFolder
    from texturize.synthesis.trace.snapshots import Snapshot as Snapshot
    from texturize.synthesis.transferring import transfer as transfer

_HOMES = {
    "Config": "texturize.config",
    "Progress": "texturize.synthesis.stages",
    "Snapshot": "texturize.synthesis.trace.snapshots",
    "Status": "texturize.synthesis.optimize",
    "Synthesis": "texturize.synthesis.api",
    "TraceFolder": "texturize.synthesis.trace.folder",
    "load_config": "texturize.config.presets",
    "morph": "texturize.synthesis.morphing",
    "synthesize": "texturize.synthesis.api",
    "transfer": "texturize.synthesis.transferring",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'texturize' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
