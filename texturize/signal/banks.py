"""Banks of random filters: drawn once, and never trained."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import numpy as np

from texturize.config import FiltersConfig


class Bank(NamedTuple):
    """Filters of one width."""

    weights: jax.Array  # (width, bins, count)
    biases: jax.Array  # (count,)


def random_bank(seed: int, width: int, bins: int, count: int, bias: float) -> Bank:
    """Filters with weights ~ N(0, 1 / (width bins)) and biases ~ N(0, bias^2).

    Independent input of mean 0 and variance 1 gives responses of mean 0 and variance 1, before the bias. Drawn by
    NumPy: XLA would compile a program for each width.

    Parameters
    ----------
    seed : int
        The bank of one width does not depend on which other widths are drawn from the same seed.
    width, bins, count : int
        Frames and bins of a filter, number of filters.
    bias : float
        Deviation of the biases.
    """
    rng = np.random.default_rng([seed, width])
    biases = bias * rng.standard_normal(count)
    weights = rng.standard_normal((width, bins, count)) / math.sqrt(width * bins)
    return Bank(jax.device_put(weights), jax.device_put(biases))


def random_banks(config: FiltersConfig, bins: int) -> tuple[Bank, ...]:
    """Bank of each width of a config, for spectrograms of ``bins`` bins."""
    return tuple(random_bank(config.seed, width, bins, config.count, config.bias) for width in config.widths)
