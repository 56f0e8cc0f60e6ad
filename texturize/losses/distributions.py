"""Distributions of responses over time, and how far apart two of them are.

By a sliced Wasserstein distance (Heitz et al. 2021 have it for images), between whose quantiles the mass is taken as a
whole, so that nothing needs to be sorted.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

QUANTILES = np.array([0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99, 0.997, 0.999])
NORMAL = np.array([NormalDist().inv_cdf(quantile) for quantile in QUANTILES])
MASS_OF_ONE = 0.04
"""Mass between two quantiles that counts as it is."""
FULL_ROW = 32


def distance(shares: jax.Array, wanted: jax.Array) -> jax.Array:
    """Squared Wasserstein distance, summed over filters, with the mass between two quantiles taken as a whole, and the
    more weight the rarer it is.

    A mass p that lies by d off adds p d^2, and p d to its share. By that alone the loudest crackle in a thousand frames
    would count for a thousandth, and is what is heard.
    """
    mass = jnp.asarray(np.diff([0.0, *QUANTILES, 1.0]), shares.dtype)
    rarity = jnp.sqrt(MASS_OF_ONE / mass)
    return jnp.sum(jnp.mean((shares - wanted) ** 2, axis=1) * (rarity / mass)[:, None])


def shares_between(r: jax.Array, thresholds: jax.Array) -> jax.Array:
    """What of the responses' mean lies below all thresholds, between each two, and above all.

    That is the mean of r cut to the range: (channels, frames, filters) to (thresholds + 1, channels, filters), whose
    sum is the mean.
    """
    return _shares(jnp.mean(r, axis=1), mean_excess(r, thresholds))


def _shares(mean: jax.Array, excess: jax.Array) -> jax.Array:
    return jnp.concatenate([(mean - excess[0])[None], excess[:-1] - excess[1:], excess[-1:]])


@jax.custom_vjp
def mean_excess(r: jax.Array, thresholds: jax.Array) -> jax.Array:
    """Mean over frames of relu(r - threshold): (channels, frames, filters) to (thresholds, channels, filters)."""
    r, repeated = _in_full_rows(r, thresholds)
    excess = jnp.stack([jnp.mean(jax.nn.relu(r - t[:, None]), axis=1) for t in repeated])
    return jnp.mean(excess.reshape(*thresholds.shape[:-1], -1, thresholds.shape[-1]), axis=-2)


def _in_full_rows(r: jax.Array, thresholds: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Responses of few filters with several frames side by side, and their thresholds as often: what processors do at
    once lies along a row.
    """
    channels, frames, count = r.shape
    aside = math.gcd(frames, max(1, FULL_ROW // count))
    return r.reshape(channels, frames // aside, -1), jnp.tile(thresholds, aside)


def _excess_forward(r: jax.Array, thresholds: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return mean_excess(r, thresholds), (r, thresholds)


def _excess_backward(residuals: tuple[jax.Array, jax.Array], d: jax.Array) -> tuple[jax.Array, None]:
    """One pass over the responses, where the derivative of a stack writes an array for each threshold."""
    shape = residuals[0].shape
    r, thresholds = _in_full_rows(*residuals)
    d = jnp.tile(d, thresholds.shape[-1] // d.shape[-1])
    # Else what the derivative follows from is computed anew for each response, and thresholds are written out for each.
    d, thresholds = jax.lax.optimization_barrier((d, thresholds))
    dr = jnp.zeros_like(r)
    for t, g in zip(thresholds, d, strict=True):
        dr = dr + jnp.where(r > t[:, None], g[:, None], 0)
    return dr.reshape(shape) / shape[1], None


mean_excess.defvjp(_excess_forward, _excess_backward)


def distribution_of(r: npt.NDArray[np.float32], least: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], ...]:
    """Deviation, thresholds and shares, as `PatchTargets` has them, of responses (channels, frames, filters).

    No deviation is less than ``least`` (filters,). By NumPy, as XLA takes long to compile a sort.
    """
    deviation = np.maximum(np.std(r, axis=1, keepdims=True), least)
    r = r / deviation
    # Apart also where a response keeps to one value, or else all that is off would count as of the rarest.
    spread = NORMAL[:, None, None] * least / deviation[:, 0]
    thresholds = (np.quantile(r, QUANTILES, axis=1) + spread).astype(r.dtype)
    excess = np.stack([np.mean(np.maximum(r - t[:, None], 0), axis=1) for t in thresholds])
    return deviation, thresholds, np.asarray(_shares(jnp.asarray(np.mean(r, axis=1)), jnp.asarray(excess)))
