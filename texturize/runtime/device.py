"""The device that computes, and the precision that pays there."""

from __future__ import annotations

from typing import Literal

import jax

from texturize.config import NumericsConfig
from texturize.errors import ConfigError
from texturize.runtime.environment import named
from texturize.runtime.forks import check_fork
from texturize.runtime.processors import has_amx

Precision = Literal["float32", "bfloat16"]
"""Of the operands of products with the filters."""


def device_of(config: NumericsConfig) -> jax.Device:
    """Device that a config asks for.

    Raises
    ------
    ConfigError
        If there is no such device.
    ForkError
        If JAX cannot compute in this process.
    """
    check_fork()
    asked = "cpu" if config.deterministic else config.device
    try:
        return jax.devices(None if asked == "auto" else asked)[0]
    except (AssertionError, RuntimeError) as error:  # JAX asserts that there is any
        if variables := named("JAX_PLATFORM", "JAX_XLA_BACKEND"):
            what = (
                f"the environment has {variables}, and JAX finds no {'device' if asked == 'auto' else asked} of these"
            )
            raise ConfigError(what, "run it again without") from None
        if asked != "gpu":
            raise ConfigError(f"JAX finds no device: {error}", "is JAX installed completely?") from None
        raise ConfigError(
            "numerics.device is gpu, and JAX finds no GPU",
            "install texturize-audio[cuda] on a machine with an NVIDIA GPU, or use --device cpu",
        ) from None


def precision_of(config: NumericsConfig, device: jax.Device) -> Precision:
    """Type of the operands of the products with the filters."""
    if config.precision != "auto":
        return config.precision
    if config.deterministic:
        return "float32"
    return "bfloat16" if device.platform == "gpu" or (device.platform == "cpu" and has_amx()) else "float32"
