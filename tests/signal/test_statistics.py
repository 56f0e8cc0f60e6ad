"""Statistics against NumPy, SciPy and what must hold of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal
import scipy.stats

import texturize.signal.statistics
from texturize.signal.statistics import constant_q_bands, gram_matrix, octave_bands, onsets

pytestmark = pytest.mark.usefixtures("x64")
RATE = 400.0
FRAMES = 2000
autocorrelation = jax.jit(texturize.signal.statistics.autocorrelation, static_argnums=(1, 2))


def features(frames=70, maps=6):
    return np.maximum(np.random.default_rng(0).standard_normal((2, frames, maps)), 0.0)


def positive_envelopes(bands=5, frames=FRAMES):
    """Smooth, skewed, positive: gamma noise, a little different in each band."""
    rng = np.random.default_rng(1)
    return np.stack([rng.gamma(2 + b, 1.0, frames) for b in range(bands)])


@jax.jit
def envelope_statistics(E, window, mean=None):
    """Of envelopes alone: their power, before the compression, is any."""
    return texturize.signal.statistics.envelope_statistics(E, jnp.mean(E**2, axis=-1) + 1e-9, window, mean, RATE)


def measure(E):
    return envelope_statistics(jnp.asarray(E), jnp.ones(E.shape[-1]))


def test_gram_matrix():
    F = features()
    G = np.asarray(gram_matrix(F))
    for channel in range(2):
        np.testing.assert_allclose(G[channel], F[channel].T @ F[channel] / 70, atol=1e-12)
    np.testing.assert_allclose(G, G.swapaxes(1, 2), rtol=1e-14)
    assert np.linalg.eigvalsh(G).min() > -1e-12
    order = np.random.default_rng(2).permutation(70)
    np.testing.assert_allclose(gram_matrix(F[:, order]), G, atol=1e-12)
    np.testing.assert_allclose(gram_matrix(np.tile(F, (1, 3, 1))), G, atol=1e-12)  # whatever the length


def test_autocorrelation_is_numpys():
    F = features()
    A = autocorrelation(F, (3, 40), False)
    assert A.shape == (2, 38, 6)
    for channel, column in np.ndindex(2, 6):
        x = F[channel, :, column]
        direct = np.correlate(x, x, mode="full")[len(x) - 1 :]
        np.testing.assert_allclose(A[channel, :, column], (direct / (70 - np.arange(70)))[3:41], atol=1e-12)


def test_autocorrelation_on_a_circle():
    F = features()
    A = autocorrelation(F, (0, 69), True)
    direct = np.stack([np.mean(F * np.roll(F, lag, axis=1), axis=1) for lag in range(70)], axis=1)
    np.testing.assert_allclose(A, direct, atol=1e-12)
    np.testing.assert_allclose(autocorrelation(np.roll(F, 11, axis=1), (0, 69), True), A, atol=1e-12)


def test_moments_are_numpys_and_scipys():
    E = positive_envelopes()
    found = measure(E)
    np.testing.assert_allclose(found.mean, 1.0)
    # A band's deviation has a small share of its mean added in square, hence the tolerances.
    np.testing.assert_allclose(found.variation, E.std(-1) / E.mean(-1), rtol=0.01)
    np.testing.assert_allclose(found.skewness, scipy.stats.skew(E, axis=-1), rtol=0.02)
    np.testing.assert_allclose(found.kurtosis, scipy.stats.kurtosis(E, axis=-1, fisher=False), rtol=0.02)


def test_statistics_do_not_know_where_a_circle_begins():
    E = positive_envelopes()
    here, there = measure(E), measure(np.roll(E, 777, axis=-1))
    for name in here._fields:
        # The octaves' phases are taken of decimated signals, exact only for whole steps of those.
        atol = 5e-3 if name == "octave_phase" else 1e-9
        np.testing.assert_allclose(getattr(here, name), getattr(there, name), atol=atol)


def test_statistics_do_not_know_the_level_except_for_the_mean():
    E = positive_envelopes()
    mean = jnp.asarray(E.mean(-1))
    ones = jnp.ones(FRAMES)
    quiet = envelope_statistics(jnp.asarray(E), ones, mean)
    loud = envelope_statistics(jnp.asarray(3 * E), ones, mean)
    np.testing.assert_allclose(loud.mean, 3 * quiet.mean)
    for name in ("skewness", "kurtosis", "correlation", "modulation", "cross_modulation"):
        np.testing.assert_allclose(getattr(quiet, name), getattr(loud, name), rtol=0.03, atol=0.02)


def test_the_window_leaves_out_what_it_does_not_cover():
    E = positive_envelopes()
    spoilt = E.copy()
    spoilt[:, : FRAMES // 2] += 100.0
    window = np.repeat([0.0, 2.0], FRAMES // 2)
    found, half = envelope_statistics(spoilt, window), measure(E[:, FRAMES // 2 :])
    for name in ("variation", "skewness", "kurtosis", "correlation"):
        np.testing.assert_allclose(getattr(found, name), getattr(half, name), rtol=1e-9)


def test_correlation_of_bands():
    rng = np.random.default_rng(3)
    E = np.repeat(rng.gamma(2.0, 1.0, (1, FRAMES)), 4, axis=0)
    np.testing.assert_allclose(measure(E).correlation, 1.0, atol=0.02)
    E[1::2] = 5 - E[1::2]  # neighbours run against each other; bands 2 apart together
    np.testing.assert_allclose(measure(E).correlation[:3], -1.0, atol=0.02)
    np.testing.assert_allclose(measure(E).correlation[3:5], 1.0, atol=0.02)
    E = positive_envelopes(6)
    expected = np.concatenate([np.diagonal(np.corrcoef(E), d) for d in (1, 2, 3, 5)])
    np.testing.assert_allclose(measure(E).correlation, expected, atol=0.02)


@pytest.mark.parametrize("frequency", [2.0, 8.0, 30.0, 90.0])
def test_modulation_lands_in_its_band(frequency):
    t = np.arange(FRAMES) / RATE
    E = np.tile(1 + 0.5 * np.cos(2 * np.pi * frequency * t), (4, 1))
    found = measure(E)
    centres = np.geomspace(0.5, RATE / 2, found.modulation.shape[-1])
    nearest = int(np.argmin(np.abs(frequency - centres) / centres))
    np.testing.assert_array_equal(np.argmax(found.modulation, axis=-1), nearest)
    assert np.all(np.asarray(found.modulation[:, np.abs(np.arange(len(centres)) - nearest) > 3]) < 0.01)
    # All of the variance at the band's centre, none half the centre away from it.
    share = np.cos(np.pi * (frequency / centres[nearest] - 1)) ** 2
    np.testing.assert_allclose(found.modulation[0, nearest] ** 2, share, atol=2e-3)


def test_cross_modulation_tells_together_from_against():
    t = np.arange(FRAMES) / RATE
    wave = np.cos(2 * np.pi * 12.5 * t)  # a centre of the octaves, 100 / 2^3
    E = 1 + 0.5 * np.stack([wave, wave, -wave, np.roll(wave, 8)])  # 8 samples are a quarter of a period
    C = np.asarray(measure(E).cross_modulation)[:, 3]
    np.testing.assert_allclose(C, [1, -1, 0, -1, 0], atol=1e-2)  # pairs 01, 12, 23, then 02, 13


@pytest.mark.parametrize("bands", [constant_q_bands, octave_bands])
def test_modulation_bands_pass_no_constant_and_peak_at_their_centre(bands):
    response = bands(FRAMES, RATE)
    assert response.shape[0] == FRAMES // 2 + 1
    np.testing.assert_array_equal(response[0], 0.0)
    assert response.min() >= 0
    assert response.max() <= 1
    peaks = np.argmax(response, axis=0) * RATE / FRAMES
    assert np.all(np.diff(peaks) > 0) or np.all(np.diff(peaks) < 0)


def test_octaves_sum_to_one_between_their_centres():
    response = octave_bands(FRAMES, RATE)
    frequency = np.arange(FRAMES // 2 + 1) * RATE / FRAMES
    inside = (frequency >= RATE / 4 / 2 ** (response.shape[1] - 1)) & (frequency <= RATE / 4)
    np.testing.assert_allclose(response[inside].sum(axis=1), 1.0, atol=1e-12)


def test_onsets_are_the_rises():
    E = np.zeros((2, 400))
    E[0, 100:200] = 2.0  # up by 2 at frame 100, down by 2 at frame 200
    E[1] = 1 - np.cos(2 * np.pi * 3 * np.arange(400) / 400)
    r = np.asarray(onsets(jnp.asarray(E), 4))
    assert r.shape == (100, 2)
    # The step goes into the difference that spans it, smoothed with a deviation of half a new sample.
    np.testing.assert_allclose(r[22:28, 0].sum(), 2.0, atol=0.1)  # it rings a little
    assert r[23:26, 0].sum() > 1.9
    np.testing.assert_allclose(r[40:60, 0].sum(), 0.0, atol=0.2)  # what falls is no onset
    smoothed = 1 - np.exp(-0.5 * (0.5 * 2 * np.pi * 3 / 100) ** 2) * np.cos(2 * np.pi * 3 * np.arange(101) / 100)
    np.testing.assert_allclose(r[:, 1], np.maximum(np.diff(smoothed), 0), atol=1e-6)


def test_gradients_at_constant_envelopes_are_finite():
    def loss(E):
        return sum(jnp.sum(x) for x in envelope_statistics(E, jnp.ones(64), jnp.ones(5)))

    gradient = jax.jit(jax.grad(loss))
    assert jnp.all(jnp.isfinite(gradient(jnp.ones((5, 64)))))
    assert jnp.all(jnp.isfinite(gradient(jnp.zeros((5, 64)))))


def test_tapers_of_a_slow_sound_change_little():
    """A taper at the ends weighs samples; it does not shape the envelope, whose moments stay."""
    window = scipy.signal.windows.tukey(FRAMES, 0.05)
    E = positive_envelopes()
    found, plain = envelope_statistics(E, window / window.mean()), measure(E)
    np.testing.assert_allclose(found.variation, plain.variation, rtol=0.02)
    np.testing.assert_allclose(found.correlation, plain.correlation, atol=0.02)
