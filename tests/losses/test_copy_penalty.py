"""The likeness of pieces to the clip, by sounds whose likeness is known, and against a plain computation."""

import jax
import jax.numpy as jnp
import numpy as np
import scipy.signal

from texturize.losses.copy_penalty import (
    HIGHEST_RATE,
    Rates,
    closeness,
    decimate,
    low_rate,
    splice_targets,
    splices,
    stretches_of,
)
from texturize.signal.waveform import Waveform

SR = 8000


def low_noise(seconds, seed=0, highest=300.0):
    b, a = scipy.signal.butter(4, highest / (SR / 2))
    return scipy.signal.lfilter(b, a, np.random.default_rng(seed).standard_normal((1, round(seconds * SR)))).astype(
        np.float32
    )


def plain_closeness(y, clip, length):
    best = []
    for start in range(0, y.size - length + 1, length):
        piece = y[start : start + length]
        stretches = np.lib.stride_tricks.sliding_window_view(clip, length)
        best.append(np.abs(stretches @ piece / np.linalg.norm(stretches, axis=1) / np.linalg.norm(piece)).max())
    return float(np.mean(best))


def test_the_rate_is_the_least_that_keeps_the_energy():
    t = np.arange(2 * SR) / SR
    for hertz, low in ((100.0, 500), (300.0, 1000), (900.0, 2000)):
        assert low_rate(np.sin(2 * np.pi * hertz * t)[None], SR, SR) == Rates(SR, low)
    assert low_rate(np.sin(2 * np.pi * (HIGHEST_RATE / 2 + 100) * t)[None], SR, SR) is None
    assert low_rate(np.random.default_rng(0).standard_normal((1, 2 * SR)), SR, SR) is None


def test_what_is_too_short_for_pieces_is_not_compared():
    y = low_noise(2)
    assert low_rate(y, SR, SR) is not None
    assert low_rate(y, SR, SR // 5) is None
    assert low_rate(y[:, : SR // 2], SR, SR) is None


def test_decimation_keeps_what_is_below_the_new_nyquist_frequency():
    t = np.arange(2 * SR) / SR
    y = np.sin(2 * np.pi * 100 * t)[None]
    low = decimate(Waveform.of(y), Rates(SR, 1000))
    np.testing.assert_allclose(low[0], np.sin(2 * np.pi * 100 * np.arange(2000) / 1000), atol=1e-5)


def test_closeness_is_near_the_plain_maximum():
    clip = np.asarray(decimate(Waveform.of(low_noise(3, 1)), Rates(SR, 1000)))
    y = np.asarray(decimate(Waveform.of(low_noise(2, 2)), Rates(SR, 1000)))
    for length in (50, 250):
        plain = plain_closeness(y[0].astype(float), clip[0].astype(float), length)
        assert plain - 0.01 < float(closeness(jnp.asarray(y), stretches_of(jnp.asarray(clip), length))) < plain + 0.1


def test_a_splice_is_found_and_a_fresh_sound_is_not():
    rates = Rates(SR, 1000)
    clip = jnp.asarray(low_noise(4))
    targets = splice_targets(clip, rates)
    splice = jnp.roll(clip, SR // 3, axis=-1)
    assert float(closeness(decimate(Waveform.of(splice), rates), targets.stretches[0])) > 0.95
    assert float(splices(Waveform.of(splice), targets, rates, 0.01)) > 100 * float(
        splices(Waveform.of(low_noise(4, 7)), targets, rates, 0.1) + 0.1
    )


def test_the_gradient_is_the_slope_and_leads_away_from_the_clip():
    rates = Rates(SR, 1000)
    clip = jnp.asarray(low_noise(3))
    targets = splice_targets(clip, rates)
    loss = jax.jit(jax.value_and_grad(lambda y: splices(Waveform.of(y), targets, rates, 0.0)))
    y = 0.7 * clip + 0.3 * jnp.asarray(low_noise(3, 5))
    before, gradient = loss(y)
    step = 0.005 * float(jnp.linalg.norm(y) / jnp.linalg.norm(gradient))
    after, _ = loss(y - step * gradient)
    expected = step * float(jnp.sum(gradient**2))
    assert 0.8 * expected < float(before - after) < 1.2 * expected


def test_silence_has_a_finite_gradient():
    rates = Rates(SR, 1000)
    targets = splice_targets(jnp.asarray(low_noise(2)), rates)
    gradient = jax.jit(jax.grad(lambda y: splices(Waveform.of(y), targets, rates, 0.0)))(jnp.zeros((1, 2 * SR)))
    assert bool(jnp.all(jnp.isfinite(gradient)))
