"""Statistics that make a texture: Gram matrices, autocorrelation, envelope statistics."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

NEIGHBOURS = (1, 2, 3, 5, 8, 11, 16, 21)
MODULATION_BANDS = 20
OCTAVES = 7
STEADY = 0.01  # deviation / mean of an envelope that has no shape to speak of


@jax.custom_vjp
def gram_matrix(F: jax.Array) -> jax.Array:
    """Gram matrix of feature maps, G = F' F / T: (..., frames, filters) to (..., filters, filters)."""
    # The barrier has the CPU transpose once: its F' F is slow on a transposed operand.
    transposed = jax.lax.optimization_barrier(F.swapaxes(-1, -2))
    return jnp.matmul(transposed, F, precision="highest") / F.shape[-2]


def _gram_forward(F: jax.Array) -> tuple[jax.Array, jax.Array]:
    return gram_matrix(F), F


def _gram_backward(F: jax.Array, dG: jax.Array) -> tuple[jax.Array]:
    """One product, F (dG + dG') / T, where the derivative of the product of two factors is two."""
    return (jnp.matmul(F, (dG + dG.swapaxes(-1, -2)) / F.shape[-2], precision="highest"),)


gram_matrix.defvjp(_gram_forward, _gram_backward)


def autocorrelation(F: jax.Array, lags: tuple[int, int], circular: bool = False) -> jax.Array:
    """Autocorrelation along time, A = irfft(|rfft(F)|^2), each lag divided by the products it sums.

    Parameters
    ----------
    F : (..., frames, maps)
    lags : (int, int)
        First and last lag in frames, both included.
    circular : bool
        Whether the end continues into the start; otherwise zeros follow it.

    Returns
    -------
    (..., lags, maps)
    """
    frames = F.shape[-2]
    n = frames if circular else 2 * frames
    spectrum = jnp.fft.rfft(F, n, axis=-2)
    A = jnp.fft.irfft(spectrum.real**2 + spectrum.imag**2, n, axis=-2)
    first, last = lags
    products = np.full(last + 1 - first, frames) if circular else frames - np.arange(first, last + 1)
    return A[..., first : last + 1, :] / jnp.asarray(products, F.dtype)[:, None]


class EnvelopeStatistics(NamedTuple):
    """Statistics of compressed band envelopes (McDermott & Simoncelli 2011), and the power of the bands."""

    power: jax.Array  # (..., bands): log of the mean square; a few loud events weigh more in it than in the mean
    mean: jax.Array  # (..., bands), in units of the reference's mean
    variation: jax.Array  # (..., bands): deviation / mean
    skewness: jax.Array  # (..., bands)
    kurtosis: jax.Array  # (..., bands)
    correlation: jax.Array  # (..., pairs): between bands 1, 2, 3, 5, ... apart
    modulation: jax.Array  # (..., bands, MODULATION_BANDS): root of the share of the variance
    cross_modulation: jax.Array  # (..., pairs, OCTAVES): correlation of neighbours in octaves of modulation (C1)
    octave_phase: jax.Array  # (..., bands, OCTAVES - 1, 2): of an octave relative to the one below (C2)
    drift: jax.Array  # (..., bands): share of the variance that is too slow for a texture


def constant_q_bands(frames: int, rate: float) -> np.ndarray:
    """Power responses of modulation bands 0.5 to 200 Hz, Q = 2: (frames // 2 + 1, MODULATION_BANDS)."""
    frequency = np.arange(frames // 2 + 1) * rate / frames
    centres = np.geomspace(0.5, rate / 2, MODULATION_BANDS)
    offset = (frequency[:, None] - centres) / centres  # half-amplitude at centre +- centre / 4
    return np.asarray(np.where(np.abs(offset) < 0.5, np.cos(np.pi * offset), 0.0) ** 2)


def octave_bands(frames: int, rate: float) -> np.ndarray:
    """Power responses of octave-spaced modulation bands, half cosines in log frequency: (frames // 2 + 1, OCTAVES)."""
    frequency = np.arange(frames // 2 + 1) * rate / frames
    centres = rate / 4 / 2.0 ** np.arange(OCTAVES)
    with np.errstate(divide="ignore"):
        offset = np.log2(frequency[:, None] / centres)
    return np.asarray(np.where(np.abs(offset) < 1, np.cos(np.pi / 2 * np.clip(offset, -1, 1)), 0.0) ** 2)


def envelope_statistics(
    E: jax.Array, power: jax.Array, window: jax.Array, mean: jax.Array | None, rate: float, steady: float = 0.0
) -> EnvelopeStatistics:
    """Statistics of compressed envelopes.

    Parameters
    ----------
    E : (..., bands, frames)
    power : (..., bands)
        Mean square of the envelopes before the compression.
    window : (frames,)
        Weight of each sample, mean 1: all ones, or a taper where the ends belong to no texture.
    mean : (..., bands) or None
        The reference's mean, in whose units the mean is given; None: the signal is the reference.
    rate : float
        Envelope samples per second.
    steady : float
        Modulation up to that many Hz is drift.
    """
    frames = E.shape[-1]
    level = jnp.mean(E * window, axis=-1)
    mean = level if mean is None else mean
    centred = E - level[..., None]
    variance = jnp.mean(centred**2 * window, axis=-1)
    # A band of constant level has no shape; its moments must stay finite, and so must their gradients.
    deviation = jnp.sqrt(variance + (STEADY * mean) ** 2)
    shape = centred / deviation[..., None]
    bands = E.shape[-2]
    apart = [d for d in NEIGHBOURS if d < bands]
    R = jnp.einsum("...bt,...ct->...bc", shape * window, shape) / frames
    X = jnp.fft.rfft(shape * jnp.sqrt(window)) / frames
    share = 2 * (X.real**2 + X.imag**2)
    modulation = share @ jnp.asarray(constant_q_bands(frames, rate), E.dtype)
    return EnvelopeStatistics(
        power=jnp.log(power),
        mean=level / mean,
        variation=deviation / mean,
        skewness=jnp.mean(shape**3 * window, axis=-1),
        kurtosis=jnp.mean(shape**4 * window, axis=-1),
        correlation=jnp.concatenate([jnp.diagonal(R, d, axis1=-2, axis2=-1) for d in apart], axis=-1),
        modulation=jnp.sqrt(modulation + 1e-6),
        cross_modulation=_cross_modulation(X, jnp.asarray(octave_bands(frames, rate), E.dtype)),
        octave_phase=_octave_phase(X, np.sqrt(octave_bands(frames, rate)), frames),
        drift=jnp.sum(share[..., 1 : 1 + int(steady * frames / rate)], axis=-1),
    )


def _cross_modulation(X: jax.Array, octaves: jax.Array) -> jax.Array:
    """Correlation of bands 1 and 2 apart within each octave of modulation, from spectra (..., bands, bins)."""
    power = (X.real**2 + X.imag**2) @ octaves + 1e-6
    pairs = []
    for d in (1, 2):
        cross = (X[..., d:, :] * X[..., :-d, :].conj()).real @ octaves
        pairs.append(cross / jnp.sqrt(power[..., d:, :] * power[..., :-d, :]))
    return jnp.concatenate(pairs, axis=-2)


def _octave_phase(X: jax.Array, octaves: np.ndarray, frames: int) -> jax.Array:
    """Mean of d* a over their deviations, a the analytic signal of an octave, d that of the octave below at twice
    its phase, d = a^2 / |a|: from spectra (..., bands, bins), real and imaginary parts last.
    """
    pairs = []
    for fine in range(octaves.shape[-1] - 1):
        # An octave needs no more samples than twice its highest bin.
        length = max(8, 2 * -(-frames // 2 ** (fine + 1)))
        bins = min(length // 2 + 1, X.shape[-1])
        pad = [(0, 0)] * (X.ndim - 1) + [(0, length - bins)]
        band, below = (
            jnp.fft.ifft(jnp.pad(X[..., :bins] * jnp.asarray(octaves[:bins, o], X.real.dtype), pad)) * length
            for o in (fine, fine + 1)
        )
        square = below.real**2 + below.imag**2
        doubled = below**2 / jnp.sqrt(square + 1e-8)
        cross = jnp.mean(doubled.conj() * band, axis=-1)
        norm = jnp.sqrt(jnp.mean(square, axis=-1) * jnp.mean(band.real**2 + band.imag**2, axis=-1) + 1e-8)
        pairs.append(jnp.stack([cross.real, cross.imag], axis=-1) / norm[..., None])
    return jnp.stack(pairs, axis=-2)


def smoothed(x: jax.Array, step: int) -> jax.Array:
    """Signals (..., frames) smoothed over ``step`` samples, of which every ``step``-th is kept."""
    if step == 1:
        return x
    frames = x.shape[-1]
    few = frames // step
    bins = np.arange(few // 2 + 1)
    smoothing = np.exp(-0.5 * (np.pi * bins / few) ** 2)  # a Gaussian whose deviation is half of the new step
    return jnp.fft.irfft(jnp.fft.rfft(x)[..., : len(bins)] * jnp.asarray(smoothing, x.dtype), few) * (few / frames)


def onsets(E: jax.Array, step: int) -> jax.Array:
    """Rises of envelopes smoothed over ``step`` samples: (..., bands, frames) to (..., frames // step, bands)."""
    smooth = smoothed(E, step)
    return jax.nn.relu(jnp.diff(smooth, axis=-1, append=smooth[..., :1])).swapaxes(-1, -2)
