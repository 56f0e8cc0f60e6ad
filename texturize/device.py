"""The device that computes, and the precision that pays there."""

from __future__ import annotations

import jax

from texturize.config import NumericsConfig
from texturize.errors import ConfigError
from texturize.filters import Precision
from texturize.processors import has_amx


def device_of(config: NumericsConfig) -> jax.Device:
    """Device that a config asks for.

    Raises
    ------
    ConfigError
        If there is no such device.
    """
    if config.device == "auto" and not config.deterministic:
        return jax.devices()[0]
    try:
        return jax.devices("cpu" if config.deterministic else config.device)[0]
    except RuntimeError:
        raise ConfigError(
            "numerics.device is gpu, and JAX finds none",
            "install texturize-audio[cuda] on a machine with an NVIDIA GPU, or use --device cpu",
        ) from None


def precision_of(config: NumericsConfig, device: jax.Device) -> Precision:
    """Type of the operands of the products with the filters."""
    if config.precision != "auto":
        return config.precision
    if config.deterministic:
        return "float32"
    return "bfloat16" if device.platform == "gpu" or (device.platform == "cpu" and has_amx()) else "float32"
