"""Correlation of long filters with long signals, block by block in the Fourier domain: overlap-save.

A block of ``N`` frames yields the ``V = N - width + 1`` outputs that circular correlation of period ``N`` has right:

    Y_f = X_f conj(W_f),    f = 0 ... N/2

A product of complex numbers takes three real ones. With ``X = a + ib`` and ``conj(W) = c + id``

    k1 = c (a + b),    k2 = a (d - c),    k3 = b (c + d),    Re Y = k1 - k3,    Im Y = k1 + k2

and since all else about it is linear, the sums go into the matrices of the transforms. What remains is

    y = A [(K w) . (B x)]

with ``B`` (M, N), ``K`` (M, width) and ``A`` (V, M) real, and ``M = 3 N/2 - 1`` products; each product is a matrix
product of blocks by bins with bins by filters. That is ``M / V`` products an output, near 2, instead of ``width``.
Blocks lie along the second axis throughout, so that no stage needs a transposition.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


class Transforms(NamedTuple):
    """Real matrices of ``y = A [(K w) . (B x)]``, float64."""

    A: np.ndarray  # (V, M), of the products to the outputs
    B: np.ndarray  # (M, N), of a block of the signal
    K: np.ndarray  # (M, width), of a filter


@functools.lru_cache(maxsize=64)
def transforms(block: int, width: int) -> Transforms:
    """Matrices for blocks of ``block`` frames, an even number of at least ``width``."""
    n, v, j = np.arange(block), np.arange(block - width + 1), np.arange(width)
    A, B, K = [], [], []
    for f in range(block // 2 + 1):
        omega = 2 * np.pi * f / block
        if f in {0, block // 2}:  # real
            A += [np.cos(omega * v) / block]
            B += [np.cos(omega * n)]
            K += [np.cos(omega * j)]
            continue
        cos, sin = np.cos(omega * v) * 2 / block, np.sin(omega * v) * 2 / block
        a, b = np.cos(omega * n), -np.sin(omega * n)
        c, d = np.cos(omega * j), np.sin(omega * j)
        A += [cos - sin, -sin, -cos]  # of Re Y cos - Im Y sin
        B += [a + b, a, b]
        K += [c, d - c, c + d]
    return Transforms(np.stack(A, axis=1), np.stack(B), np.stack(K))


def split(x: jax.Array, block: int, width: int) -> jax.Array:
    """Blocks that overlap by ``width - 1`` frames, the last filled up with zeros.

    Parameters
    ----------
    x : jax.Array
        Signals, (channels, frames, bins).
    block : int
        Frames of a block, at least ``2 width - 2``.
    width : int
        Frames of the filters.

    Returns
    -------
    jax.Array
        (block, channels * blocks, bins).
    """
    channels, frames, bins = x.shape
    step = block - width + 1
    blocks = -(-(frames - width + 1) // step)
    x = jnp.pad(x, ((0, 0), (0, max(0, (blocks + 1) * step - frames)), (0, 0)))[:, : (blocks + 1) * step]
    x = x.reshape(channels, blocks + 1, step, bins).transpose(2, 0, 1, 3)
    x = jnp.concatenate([x[:, :, :-1], x[: width - 1, :, 1:]])
    return x.reshape(block, channels * blocks, bins)


def join(x: jax.Array, channels: int, frames: int) -> jax.Array:
    """Signals (channels, frames, bins) of adjacent blocks (step, channels * blocks, bins), cut to ``frames``."""
    step, blocks, bins = x.shape[0], x.shape[1] // channels, x.shape[2]
    x = x.reshape(step, channels, blocks, bins).transpose(1, 2, 0, 3)
    return x.reshape(channels, blocks * step, bins)[:, :frames]
