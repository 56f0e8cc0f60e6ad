"""Patches of narrow bands: partials that ring, and calls that sweep, are told from noise of the same spectrum."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from texturize.losses.narrow_patches import narrow_targets, tones_term
from texturize.signal.waveform import Waveform

SR, N = 4000, 60000


def struck(kernel, seed):
    """What sounds for a second, twice a second, at random times."""
    rng = np.random.default_rng(seed)
    hits = np.zeros(N)
    hits[(np.arange(30) * N / 30 + rng.integers(0, N // 30, 30)).astype(int)] = 1
    return np.fft.irfft(np.fft.rfft(hits) * np.fft.rfft(kernel, N), N)[None].astype(np.float32)


T = np.arange(SR) / SR
PARTIALS = np.minimum(T / 0.01, 1) * np.exp(-T / 0.2) * (np.sin(2 * np.pi * 500 * T) + np.sin(2 * np.pi * 523 * T))
SWEEP = np.hanning(SR) * np.sin(2 * np.pi * (500 + 500 * T) * T)
term = jax.jit(lambda y, targets: tones_term(Waveform.of(y), targets))


@pytest.mark.parametrize("kernel", [PARTIALS, SWEEP], ids=["partials", "sweep"])
def test_tones_are_told_from_noise_of_the_same_spectrum(kernel):
    clip = struck(kernel, 0)
    targets = narrow_targets(jnp.asarray(clip), SR, N, 12, N / SR)
    phases = np.exp(2j * np.pi * np.random.default_rng(9).random(N // 2 + 1))
    noise = np.fft.irfft(np.abs(np.fft.rfft(clip)) * phases, N).astype(np.float32)
    other, of_noise = (float(term(jnp.asarray(y), targets)) for y in (struck(kernel, 1), noise))
    assert of_noise > 2 * other


def test_the_direction_of_time_is_heard():
    clip = struck(PARTIALS, 0)
    targets = narrow_targets(jnp.asarray(clip), SR, N, 12, N / SR)
    other, backwards = (
        float(term(jnp.asarray(y), targets)) for y in (struck(PARTIALS, 1), struck(PARTIALS, 1)[:, ::-1])
    )
    assert backwards > other


def test_the_gradient_matches_finite_differences_and_is_finite_at_silence():
    slope = jax.jit(jax.value_and_grad(term))
    with jax.enable_x64(True):
        targets = narrow_targets(jnp.asarray(struck(PARTIALS, 0)), SR, N, 12, N / SR)
        # Filters are of single precision, in which a difference of a millionth is lost.
        targets = jax.tree.map(lambda x: x.astype(float), targets)
        y, direction = (jnp.asarray(struck(PARTIALS, seed).astype(float)) for seed in (1, 2))
        step = 1e-6
        after, before = (float(slope(y + side * step * direction, targets)[0]) for side in (1, -1))
        gradient = slope(y, targets)[1]
        assert float(jnp.vdot(gradient, direction)) == pytest.approx((after - before) / (2 * step), rel=1e-3)
        assert bool(jnp.all(jnp.isfinite(slope(jnp.zeros_like(y), targets)[1])))


def test_of_noise_and_hums_nothing_is_learnt():
    rng = np.random.default_rng(5)
    swelling = rng.standard_normal((1, N)) * (1 + 0.2 * np.sin(2 * np.pi * 3 * np.arange(N) / SR))
    hum = sum(np.sin(2 * np.pi * 50 * k * np.arange(N) / SR + k) / k for k in range(1, 9))
    for clip in (swelling, hum + 0.1 * rng.standard_normal((1, N))):
        assert narrow_targets(jnp.asarray(clip, jnp.float32), SR, N, 12, N / SR) is None


def test_a_clip_too_short_for_any_patch_has_no_targets():
    clip = jnp.asarray(struck(PARTIALS, 0)[:, : SR // 2])
    assert narrow_targets(clip, SR, N, 12, 0.5) is None
    assert narrow_targets(jnp.asarray(struck(PARTIALS, 0)), SR, SR // 2, 12, 0.5) is None
