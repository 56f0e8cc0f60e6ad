"""Relations between channels: measured as SciPy does, nothing at the clip, and far off when channels are exchanged."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal

from texturize.losses import channels as cl
from texturize.signal.waveform import Waveform

SR, N = 8000, 32000
cross_spectrum_term = jax.jit(cl.cross_spectrum_term)


def stereo(seed, n=N, share=0.5, delay=5):
    rng = np.random.default_rng(seed)
    common, own = rng.standard_normal(n), rng.standard_normal((2, n))
    return np.stack([common + share * own[0], 0.5 * (np.roll(common, delay) + share * own[1])])


def test_cross_spectra_are_welchs_in_the_mean():
    y = stereo(0)
    with jax.enable_x64(True):
        cross, power = cl.cross_spectra(Waveform.of(y), jnp.asarray(cl.bands_of_bins(N, SR)), cl.band_count(SR))
    cross, power = np.asarray(cross), np.asarray(power)
    cross = cross[0, :, 0] + 1j * cross[0, :, 1]
    coherence = np.abs(cross) / np.sqrt(power[0] * power[1])
    f, expected = scipy.signal.coherence(y[0], y[1], SR, nperseg=256)
    wide = slice(20, None)  # bands of many bins
    assert coherence[wide].mean() == pytest.approx(np.sqrt(expected[(f > 500) & (f < 3900)]).mean(), abs=0.03)
    np.testing.assert_allclose(power.sum(1), np.mean(y**2, 1), rtol=0.05)  # all but what lies below 50 Hz


def test_bands_are_as_many_as_counted_and_in_order():
    bands = cl.bands_of_bins(N, SR)
    assert np.all(np.diff(bands) >= 0)
    assert bands.min() == 0
    assert bands.max() == cl.band_count(SR)


def test_another_stretch_is_near_and_other_relations_are_far():
    targets = cl.channel_targets(jnp.asarray(stereo(1), jnp.float32), SR, N)

    def term(y):
        return float(cross_spectrum_term(Waveform.of(jnp.asarray(y, jnp.float32)), targets))

    same = term(stereo(2))
    for other in (
        stereo(2, share=2.0),
        stereo(2, delay=-5),
        stereo(2)[::-1],
        np.repeat(stereo(2)[:1], 2, 0) * [[1], [0.5]],
    ):
        assert term(other) > 5 * same


def test_envelope_correlations_tell_shared_events_from_others():
    rng = np.random.default_rng(3)
    shared, own = rng.random(4000) ** 4, rng.random((2, 4000)) ** 4
    E = jnp.asarray(np.stack([[shared, own[0]], [shared, own[1]]]))
    found = cl.envelope_correlations(E, jnp.ones(4000))
    np.testing.assert_allclose(found, [[1.0, 0.0]], atol=0.05)


def test_gradients_at_silence_are_finite():
    targets = cl.channel_targets(jnp.asarray(stereo(4), jnp.float32), SR, N)
    gradient = jax.jit(jax.grad(lambda y: cross_spectrum_term(Waveform.of(y), targets)))(jnp.zeros((2, N)))
    assert bool(jnp.all(jnp.isfinite(gradient)))
