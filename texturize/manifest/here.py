"""What a result depends on beside its clips and config: versions, and variables of the environment."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from texturize.runtime.environment import chosen

if TYPE_CHECKING:
    from texturize.config import Config

PACKAGES = ("jax", "numpy", "scipy")


def texturize_version() -> str:
    """That of this program."""
    return version("texturize-audio")


def versions() -> dict[str, str]:
    """Those of Python and of the packages that decide numbers."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def environment_of(config: Config) -> dict[str, str]:
    """Variables that a result may depend on, beside its config: none where that is deterministic."""
    return {} if config.numerics.deterministic else chosen()
