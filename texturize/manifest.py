"""The sidecar of a result: everything that is needed to make it again, and how it went."""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from texturize.audio import Clip
    from texturize.config import Config
    from texturize.synthesis import Synthesis


def manifest_json(clip: Clip, config: Config, result: Synthesis, arguments: Sequence[str]) -> str:
    """JSON text of a result's manifest; ``arguments`` are those of the command line."""
    assert clip.path is not None
    manifest = {
        "texturize": version("texturize-audio"),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in ("jax", "numpy", "scipy")},
        "command": shlex.join(["texturize", *arguments]),
        "input": {
            "path": str(clip.path),
            "sha256": hashlib.sha256(clip.path.read_bytes()).hexdigest(),
            "sample_rate": clip.sample_rate,
            "channels": clip.channels,
            "samples": int(clip.samples.shape[1]),
        },
        "seed": result.seed,
        "samples": int(result.samples.shape[-1]),
        "status": result.status.name,
        "warnings": list(result.warnings),
        "seconds": {stage: round(seconds, 3) for stage, seconds in result.times.items()},
        "losses": {stage: [float(f"{loss:.6g}") for loss in losses] for stage, losses in result.losses.items()},
        "config": config.model_dump(mode="json"),
    }
    return json.dumps(manifest, indent=2) + "\n"
