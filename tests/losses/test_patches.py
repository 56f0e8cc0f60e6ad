"""Distributions of patches: against NumPy's quantiles, SciPy's distances, finite differences, and sounds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from texturize.losses import patches
from texturize.losses.distributions import MASS_OF_ONE, QUANTILES, distance, mean_excess, shares_between
from texturize.losses.patches import FINE, SCALES, UPPER, WIDE_RATE, patch_banks, patch_targets

patch_maps, patch_term = (jax.jit(of) for of in (patches.patch_maps, patches.patch_term))
RNG = np.random.default_rng(3)


def responses(frames=2000, filters=4):
    return jnp.asarray(RNG.gamma(2.0, 1.0, (1, frames, filters)), jnp.float32)


def quantiles(r):
    return jnp.asarray(np.quantile(r, QUANTILES, axis=1), jnp.float32)


def test_shares_add_up_to_the_mean_and_are_means_of_what_lies_between():
    r = responses()
    t = quantiles(r)
    shares = np.asarray(shares_between(r, t))
    np.testing.assert_allclose(shares.sum(axis=0), np.mean(r, axis=1), rtol=1e-4)
    between = np.clip(r, t[4][:, None], t[5][:, None]) - t[4][:, None]
    np.testing.assert_allclose(shares[5], between.mean(axis=1), rtol=1e-3)


@pytest.mark.parametrize(("shift", "stretch"), [(0.05, 1.0), (0.0, 1.01), (-0.02, 1.02)])
def test_distance_is_the_squared_wasserstein_distance_with_more_weight_on_what_is_rare(shift, stretch):
    r = responses(20000, 1)
    moved = shift + stretch * r
    t = quantiles(r)
    found = distance(shares_between(moved, t), shares_between(r, t))
    sorted_apart = np.sort(np.asarray(moved)[0, :, 0]) - np.sort(np.asarray(r)[0, :, 0])
    masses = np.diff([0.0, *QUANTILES, 1.0])
    weights = np.sqrt(MASS_OF_ONE / masses)[np.searchsorted(QUANTILES, np.arange(r.shape[1]) / r.shape[1])]
    np.testing.assert_allclose(found, np.mean(weights * sorted_apart**2), rtol=0.15)


def test_derivative_is_that_of_the_formula():
    r = responses(300, 3)
    t = quantiles(r)
    weights = jnp.asarray(RNG.normal(size=t.shape), jnp.float32)

    def plain(r):
        return jnp.sum(weights * jnp.mean(jax.nn.relu(r[None] - t[:, :, None]), axis=2))

    found = jax.grad(lambda r: jnp.sum(weights * mean_excess(r, t)))(r)
    np.testing.assert_allclose(found, jax.grad(plain)(r), atol=1e-6)


def test_filters_see_one_map_some_or_all():
    bank = patch_banks(10.0, 36, 30)[1][0]
    seen = (np.abs(bank.weights) > 1e-6).any(axis=0).sum(axis=0)
    maps = bank.weights.shape[1]
    assert (seen[0::3] == 1).all()
    assert ((seen[1::3] > 1) & (seen[1::3] <= maps)).all()
    assert (seen[2::3] == maps).all()


def test_patches_longer_than_half_of_a_clip_are_left_out():
    lengths = [len(bank.weights) for bank in patch_banks(1.0, 36, 3)[0]]
    assert lengths == [round(length * SCALES[0].rate) for length in SCALES[0].seconds if length < 0.5]


def test_short_clips_have_fewer_scales_and_tiny_ones_none():
    for seconds, scales in ((0.5, [False, True, True, True, True, True]), (0.001, [False] * 5 + [True])):
        banks = patch_banks(seconds, 36, 6)
        maps = [jnp.ones((1, 100, 1 + n)) * jnp.arange(100)[None, :, None] for n in (6, 18, 8, 8, 4, 3)]
        targets = patch_targets(maps, banks)
        assert [one is not None for one in targets] == scales
        assert np.isfinite(patch_term(maps, targets))


def strikes(seed, seconds=3.0, backwards=False):
    """Envelopes of decaying strikes at random times: auditory bands, wide ones and amplitudes."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.15, 0.45, 60))
    times = times[times < seconds]

    def level(rate, bands):
        t = np.arange(round(seconds * rate)) / rate
        since = t[:, None] - times
        sound = 0.3 + np.where(since >= 0, np.exp(-np.maximum(since, 0) / 0.05), 0).sum(axis=1)
        noise = 1 + 0.05 * rng.standard_normal((bands, len(t)))
        x = sound * noise
        return jnp.asarray((x[:, ::-1] if backwards else x)[None], jnp.float32)

    return patch_maps(level(400, 36), level(WIDE_RATE, 8), level(FINE * WIDE_RATE, UPPER))


def test_time_has_a_direction():
    clip = strikes(0)
    targets = patch_targets(clip, patch_banks(3.0, 36, 8))
    another, backwards = (float(patch_term(strikes(1, backwards=b), targets)) for b in (False, True))
    assert backwards > 5 * another


def test_the_clip_itself_is_as_near_as_its_ends_allow():
    clip = strikes(0)
    targets = patch_targets(clip, patch_banks(3.0, 36, 8))
    assert float(patch_term(clip, targets)) < 0.5 * float(patch_term(strikes(1), targets))


def test_silent_maps_do_not_drown_the_others():
    """Their responses do not deviate at all: a trace of sound where the clip has none is not a matter of millions."""
    rng = np.random.default_rng(0)
    banks = patch_banks(5.0, 36, 12)[1:2]
    clip = 1 + 0.3 * rng.standard_normal((1, 1000, 19)).astype(np.float32)
    clip[..., :9] = 1.0
    targets = patch_targets((jnp.asarray(clip),), banks)
    traces = clip.copy()
    traces[..., :9] += 0.01 * rng.standard_normal((1, 1000, 9))
    steady = clip.copy()
    steady[..., 9:] = 1.0
    of_clip, of_traces, of_steady = (float(patch_term((jnp.asarray(x),), targets)) for x in (clip, traces, steady))
    assert of_clip < 0.01
    assert of_clip < of_traces < 0.2 * of_steady
