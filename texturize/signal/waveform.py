"""A signal together with its transform: most terms of a loss want the one, some the other."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp


class Waveform(NamedTuple):
    """A signal and its transform, each of which follows from the other."""

    samples: jax.Array
    """(..., n)"""
    spectrum: jax.Array
    """(..., n // 2 + 1) complex: ``rfft`` of the samples."""

    @classmethod
    def of(cls, samples: jax.typing.ArrayLike) -> Waveform:
        """That of a signal (..., n)."""
        return cls(jnp.asarray(samples), jnp.fft.rfft(samples))
