"""Band envelopes against the Hilbert envelope of the band, and what a band is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal

import texturize.signal.envelopes
from texturize.signal.envelopes import EXPONENT, RATE, band_edges, erb_number, plan_bands
from texturize.signal.waveform import Waveform

pytestmark = pytest.mark.usefixtures("x64")
SR = 8000
N = 8000
BANDS = 12


envelopes_and_power = jax.jit(lambda y, *others: texturize.signal.envelopes.envelopes(Waveform.of(y), *others))


def envelopes(y, bands, floor):
    return envelopes_and_power(y, bands, floor)[0]


@pytest.fixture
def bands():
    return plan_bands(BANDS, N, SR, jnp.float64)


def full_weights(bands):
    """The bands' weights on all bins, (bands, n // 2 + 1), in the order of `envelopes`."""
    rows = []
    for weights, starts in zip(bands.weights, bands.starts, strict=True):
        for row, start in zip(np.asarray(weights), starts, strict=True):
            full = np.zeros(bands.n // 2 + 1)
            stop = min(len(full), start + len(row))
            full[start:stop] = row[: stop - start]
            rows.append(full)
    return np.stack(rows)


def hilbert_envelopes(y, bands):
    """By the book: filter, Hilbert transform, modulus, power, resample."""
    filtered = np.fft.irfft(np.fft.rfft(y) * full_weights(bands), bands.n)
    return scipy.signal.resample(np.abs(scipy.signal.hilbert(filtered)) ** EXPONENT, bands.frames, axis=-1)


def am_tone(carrier=1000.0, modulation=8.0):
    t = np.arange(N) / SR
    return (1 + 0.5 * np.cos(2 * np.pi * modulation * t)) * np.sin(2 * np.pi * carrier * t)


def test_an_am_tone_has_its_hilbert_envelope_in_its_band(bands):
    E = np.asarray(envelopes(am_tone(), bands, jnp.full(1, 1e-6)))
    assert E.shape == (BANDS, bands.frames)
    assert bands.frames == pytest.approx(RATE * N / SR, rel=0.1)
    band = int(np.argmax(E.mean(axis=-1)))
    edges = band_edges(BANDS, SR)
    assert edges[band] < 1000 < edges[band + 2]
    np.testing.assert_allclose(E[band], hilbert_envelopes(am_tone(), bands)[band], rtol=1e-3)
    np.testing.assert_allclose(np.argmax(np.abs(np.fft.rfft(E[band]))[1:]) + 1, 8)  # 8 Hz over one second


def test_noise_has_its_hilbert_envelopes(bands):
    y = np.random.default_rng(0).standard_normal(N)
    E, expected = envelopes(y, bands, jnp.full(1, 1e-6)), hilbert_envelopes(y, bands)
    error = np.sqrt(np.mean((E - expected) ** 2, axis=-1))
    assert np.all(error < 0.03 * expected.mean(axis=-1))  # the power 0.3 has a sharp dip wherever noise vanishes


def test_bands_are_half_cosines_that_share_the_energy(bands):
    weights = full_weights(bands)
    order = np.argsort(np.argmax(weights, axis=1))
    np.testing.assert_array_equal(order, np.arange(BANDS))  # low to high
    edges, frequency = band_edges(BANDS, SR), np.arange(N // 2 + 1) * SR / N
    inside = (frequency >= edges[1]) & (frequency <= edges[-2])
    np.testing.assert_allclose(np.sum(weights**2, axis=0)[inside], 1.0, atol=1e-9)
    for band in range(BANDS):
        outside = (frequency < edges[band]) | (frequency > edges[band + 2])
        np.testing.assert_allclose(weights[band, outside], 0.0, atol=1e-9)


def test_edges_are_evenly_spaced_in_bandwidths():
    edges = band_edges(BANDS, SR)
    assert len(edges) == BANDS + 2
    assert edges[-1] == pytest.approx(SR / 2)
    np.testing.assert_allclose(np.diff(erb_number(edges), 2), 0.0, atol=1e-9)
    # Glasberg & Moore 1990: one bandwidth is 24.7 + f / 9.265 Hz.
    slope = (erb_number(np.array(1001.0)) - erb_number(np.array(999.0))) / 2
    np.testing.assert_allclose(slope, 1 / (24.7 + 1000 / 9.265), rtol=1e-5)


def test_a_gain_scales_by_its_power(bands):
    y = np.random.default_rng(1).standard_normal(N)
    quiet, loud = (envelopes(g * y, bands, jnp.full(1, g * 1e-4)) for g in (1.0, 10.0))
    np.testing.assert_allclose(loud, 10**EXPONENT * quiet, rtol=1e-9)


def test_rotation_rotates(bands):
    y = np.random.default_rng(2).standard_normal(N)
    frames = 10
    samples = frames * N // bands.frames
    assert samples * bands.frames == frames * N
    E = envelopes(y, bands, jnp.full(1, 1e-4))
    moved = envelopes(np.roll(y, samples), bands, jnp.full(1, 1e-4))
    np.testing.assert_allclose(moved, np.roll(E, frames, axis=-1), atol=1e-9)


def test_the_power_is_that_of_the_band(bands):
    y = np.random.default_rng(4).standard_normal(N)
    _, power = envelopes_and_power(y, bands, jnp.full(1, 1e-6))
    # An envelope has twice the power of the band it encloses.
    filtered = np.fft.irfft(np.fft.rfft(y) * full_weights(bands), N)
    np.testing.assert_allclose(power, 2 * np.mean(filtered**2, axis=-1), rtol=1e-6)


def test_channels_are_apart(bands):
    y = np.random.default_rng(3).standard_normal((2, N))
    floor = jnp.full((2, 1), 1e-4)
    both = envelopes(y, bands, floor)
    assert both.shape == (2, BANDS, bands.frames)
    np.testing.assert_allclose(both[1], envelopes(y[1], bands, floor[1]), atol=1e-12)


@pytest.mark.parametrize("n", [500, 777, 4001])
def test_any_length(n):
    plan = plan_bands(BANDS, n, SR, jnp.float64)
    E = envelopes(np.sin(np.arange(n)), plan, jnp.full(1, 1e-3))
    assert E.shape == (BANDS, plan.frames)
    assert np.all(np.isfinite(E))


def test_the_gradient_is_finite_at_silence():
    with jax.enable_x64(False):
        bands = plan_bands(BANDS, N, SR)
        floor = jnp.full(1, 1e-4)
        gradient = jax.jit(jax.grad(lambda y: jnp.sum(envelopes(y, bands, floor))))(jnp.zeros(N))
        assert gradient.dtype == jnp.float32
        assert jnp.all(jnp.isfinite(gradient))


@pytest.mark.parametrize("n", [64, 250, 1001, N])
def test_the_derivative_is_that_of_finite_differences(n):
    """Also where bands are less than a bin wide, and many of them hold the same one."""
    plan, rng = plan_bands(BANDS, n, SR, jnp.float64), np.random.default_rng(7)
    y, direction, weights = rng.standard_normal((3, 2, n))

    def total(y):
        E, power = envelopes_and_power(y, plan, jnp.full((2, 1), 1e-2))
        return jnp.sum(E * jnp.resize(weights, E.shape)) + jnp.sum(power * jnp.arange(power.size).reshape(power.shape))

    h = 1e-6
    found = jnp.vdot(jax.grad(total)(y), direction)
    np.testing.assert_allclose(found, (total(y + h * direction) - total(y - h * direction)) / (2 * h), rtol=1e-5)
