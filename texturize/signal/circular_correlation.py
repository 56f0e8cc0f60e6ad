"""Responses of random filters that are nearly as long as what they see, of few bins: in one transform of all frames.

`texturize.signal.filters` takes longer signals block by block, and all bins in one matrix product.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from texturize.signal.banks import Bank


def respond_whole(bank: Bank, S: jax.Array) -> jax.Array:
    """Responses as of :func:`texturize.signal.filters.respond`, circular: ``S * W``.

    Each bin's product is added by itself, as complex matrix products are slow on the CPU.

    Parameters
    ----------
    bank : Bank
        As drawn.
    S : jax.Array
        (channels, frames, bins), at least as many frames as the filters are wide.

    Returns
    -------
    jax.Array
        (channels, frames, count).
    """
    frames = S.shape[1]
    W = jnp.fft.rfft(bank.weights.transpose(1, 2, 0), frames).conj()
    X = jnp.fft.rfft(S.swapaxes(1, 2))
    products = sum((X[:, b, None] * W[b] for b in range(1, len(W))), X[:, 0, None] * W[0])
    return jnp.fft.irfft(products, frames).swapaxes(1, 2)
