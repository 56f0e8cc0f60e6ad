"""New samples that meet the given ones on both sides, of their spectrum, without an optimization."""

from __future__ import annotations

import jax
import numpy as np

from texturize.synthesis.fill.continuation import continued
from texturize.synthesis.fill.gaps import Samples
from texturize.synthesis.preconditioner import mean_spectrum, shaped_noise, spectral_factor

SHORT = 0.02
"""Seconds: a shorter gap is bridged, without an optimization."""
BRIDGED_FROM = 0.5
"""Seconds on each side that a bridge has its spectrum from."""
BRIDGE_WINDOW = 64.0  # milliseconds


def meeting(before: Samples, after: Samples, n: int, sr: int, key: jax.Array, start: Samples | None = None) -> Samples:
    """New samples (channels, n) that meet those on both sides, of their spectrum.

    ``start`` are all three, nearly; without it, what is new is noise.
    """
    known = np.concatenate([before, after], axis=-1)
    mean = known.mean(axis=-1, keepdims=True)
    if not np.any(known != mean):  # silence, or nothing at all
        return np.asarray(np.broadcast_to(mean, (len(known), n)), np.float32)
    first, whole = before.shape[-1], known.shape[-1] + n
    even = whole + whole % 2
    H = spectral_factor(mean_spectrum(known - mean, sr, BRIDGE_WINDOW, known.shape[-1]), even)
    y = np.asarray(shaped_noise(key, H, even))[:, :whole] if start is None else start - mean
    given = np.concatenate([before - mean, np.zeros((len(known), n), np.float32), after - mean], axis=-1)
    met = continued(y, np.asarray(H), given, (first, first + n), sr) + mean
    return np.asarray(met[:, first : first + n], np.float32)
