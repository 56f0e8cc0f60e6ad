"""New sound with the texture of a short clip.

``synthesize``, ``morph`` and ``transfer`` with their result, ``load_config`` and ``Config``; the judge is in
``texturize.compare``. Names are imported when they are first used, because JAX takes a second.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from texturize.config import Config as Config
    from texturize.morphing import morph as morph
    from texturize.optimize import Status as Status
    from texturize.presets import load_config as load_config
    from texturize.stages import Progress as Progress
    from texturize.synthesis import Synthesis as Synthesis
    from texturize.synthesis import synthesize as synthesize
    from texturize.trace import Snapshot as Snapshot
    from texturize.trace_folder import TraceFolder as TraceFolder
    from texturize.transferring import transfer as transfer

_HOMES = {
    "Config": "texturize.config",
    "Progress": "texturize.stages",
    "Snapshot": "texturize.trace",
    "Status": "texturize.optimize",
    "Synthesis": "texturize.synthesis",
    "TraceFolder": "texturize.trace_folder",
    "load_config": "texturize.presets",
    "morph": "texturize.morphing",
    "synthesize": "texturize.synthesis",
    "transfer": "texturize.transferring",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'texturize' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
