"""Filter banks: every way of applying them is correlation, as SciPy computes it in float64, and its gradient."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal

import texturize.signal.filters
from texturize.config import FiltersConfig
from texturize.signal.banks import Bank, random_bank, random_banks
from texturize.signal.circular_correlation import respond_whole
from texturize.signal.filters import Filters, choose_block, prepare
from texturize.signal.overlap_save import transforms

apply = jax.jit(texturize.signal.filters.apply, static_argnames="circular")
WAYS = [(1, 0), (3, 0), (3, 8), (8, 16), (16, 64)]


@pytest.fixture
def x64():
    with jax.enable_x64(True):
        yield


def bank_and_signal(width, bins=5, count=6, frames=70, channels=2):
    rng = np.random.default_rng(width)
    weights = rng.standard_normal((width, bins, count)) / np.sqrt(width * bins)
    bank = Bank(jnp.asarray(weights), jnp.asarray(rng.standard_normal(count)))
    return bank, jnp.asarray(rng.standard_normal((channels, frames, bins)))


def reference(bank: Bank, S) -> np.ndarray:
    """One channel's feature maps, filter by filter."""
    weights, S = np.asarray(bank.weights, np.float64), np.asarray(S, np.float64)
    columns = [scipy.signal.correlate(S, weights[:, :, n], mode="valid")[:, 0] for n in range(weights.shape[2])]
    return np.maximum(np.stack(columns, axis=1) + np.asarray(bank.biases, np.float64), 0.0)


@jax.jit
def gram(F):
    return jnp.einsum("...tn,...tm->...nm", F, F, precision="highest") / F.shape[-2]


@partial(jax.jit, static_argnames="circular")
def gram_loss(S, filters: Filters, target, circular=False):
    return jnp.sum((gram(apply(filters, S, circular=circular)) - target) ** 2) / jnp.sum(target**2)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(("width", "block"), WAYS)
@pytest.mark.parametrize("frames", [16, 63])
def test_apply_is_scipy_correlation(width, block, frames):
    bank, S = bank_and_signal(width, frames=frames)
    F = apply(prepare(bank, frames, block=block), S)
    assert F.shape == (2, frames - width + 1, 6)
    assert F.dtype == jnp.float64
    for channel in range(2):
        np.testing.assert_allclose(F[channel], reference(bank, S[channel]), atol=1e-12)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(("width", "block"), WAYS)
def test_circular_is_valid_on_the_wrapped_spectrogram(width, block):
    bank, S = bank_and_signal(width)
    filters = prepare(bank, 70, block=block)
    wrapped = jnp.pad(S, ((0, 0), (0, width - 1), (0, 0)), mode="wrap")
    F = apply(filters, S, circular=True)
    assert F.shape == (*S.shape[:2], 6)
    np.testing.assert_allclose(F, apply(filters, wrapped), atol=1e-12)
    np.testing.assert_allclose(apply(filters, jnp.roll(S, 9, 1), circular=True), jnp.roll(F, 9, 1), atol=1e-12)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(("width", "frames"), [(1, 7), (8, 8), (16, 63)])
def test_responses_in_one_transform_are_scipy_correlation_of_the_wrapped_spectrogram(width, frames):
    bank, S = bank_and_signal(width, frames=frames)
    R = jax.jit(respond_whole)(bank, S)
    assert R.shape == (2, frames, 6)
    wrapped = np.pad(S, ((0, 0), (0, width - 1), (0, 0)), mode="wrap")
    rectified = np.maximum(np.asarray(R) + np.asarray(bank.biases), 0)
    for channel in range(2):
        np.testing.assert_allclose(rectified[channel], reference(bank, wrapped[channel]), atol=1e-12)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("circular", [False, True])
@pytest.mark.parametrize(("width", "block"), WAYS)
def test_gradient_is_finite_differences_and_that_of_the_plain_formula(width, block, circular):
    bank, S = bank_and_signal(width)
    filters, target = prepare(bank, 70, block=block), jnp.eye(6)

    @jax.jit
    @jax.value_and_grad
    def plain(S):
        S = jnp.pad(S, ((0, 0), (0, (width - 1) * circular), (0, 0)), mode="wrap")
        frames = S.shape[1] - width + 1
        response = sum(S[:, j : j + frames] @ bank.weights[j] for j in range(width))
        return jnp.sum((gram(jnp.maximum(response + bank.biases, 0)) - target) ** 2) / jnp.sum(target**2)

    value, gradient = jax.jit(jax.value_and_grad(partial(gram_loss, circular=circular)))(S, filters, target)
    expected, expected_gradient = plain(S)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(gradient, expected_gradient, atol=1e-12)
    direction, h = jnp.asarray(np.random.default_rng(2).standard_normal(S.shape)), 1e-6
    ahead, behind = (gram_loss(S + step * direction, filters, target, circular=circular) for step in (h, -h))
    np.testing.assert_allclose(jnp.vdot(gradient, direction), (ahead - behind) / (2 * h), rtol=1e-5)


@pytest.mark.parametrize(("width", "block"), [(2, 0), (8, 32), (128, 256)])
def test_gram_matrices_in_float32_are_exact(width, block):
    bank, S = bank_and_signal(width, bins=33, count=16, frames=600, channels=1)
    G = gram(apply(prepare(bank, 600, block=block), S))[0]
    F = reference(bank, S[0])
    expected = F.T @ F / len(F)
    assert np.linalg.norm(G - expected) < 1e-6 * np.linalg.norm(expected)
    np.testing.assert_allclose(G, expected, rtol=1e-5, atol=1e-5 * expected.max())


def test_bfloat16_is_near():
    bank, S = bank_and_signal(8, bins=33, count=16, frames=300)
    for block in (0, 32):
        exact, near = (
            gram(apply(prepare(bank, 300, block=block, precision=name), S)) for name in ("float32", "bfloat16")
        )
        assert near.dtype == jnp.float32
        assert 0 < jnp.linalg.norm(near - exact) < 1e-2 * jnp.linalg.norm(exact)


@pytest.mark.parametrize("block", [0, 16])
def test_leading_axes_are_so_many_spectrograms(block):
    bank, _ = bank_and_signal(4)
    filters = prepare(bank, 40, block=block)
    S = bank_and_signal(4, frames=40, channels=6)[1].reshape(2, 3, 40, 5)
    F = apply(filters, S)
    assert F.shape == (2, 3, 37, 6)
    np.testing.assert_allclose(F[1, 2], apply(filters, S[1, 2]), atol=1e-6)
    np.testing.assert_allclose(F, jax.vmap(apply, (None, 0))(filters, S), atol=1e-6)


def test_every_chosen_block_is_valid_and_wide_filters_are_not_direct():
    for width in (1, 2, 3, 8, 32, 128, 500):
        for frames in (width, 2 * width, 1000, 10_000):
            block = choose_block(width, 257, 256, frames)
            assert block == 0 or (block % 2 == 0 and block >= 2 * width)
    assert choose_block(1, 257, 512, 2500) == 0
    assert choose_block(64, 257, 512, 2500) > 0


@pytest.mark.parametrize(("block", "width"), [(4, 2), (24, 8), (256, 128)])
def test_transforms_are_a_bilinear_correlation(block, width):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(block), rng.standard_normal(width)
    A, B, K = transforms(block, width)
    assert len(B) == 3 * block // 2 - 1
    np.testing.assert_allclose(A @ ((K @ w) * (B @ x)), np.correlate(x, w, mode="valid"), atol=1e-12)


def test_weights_give_responses_of_unit_variance():
    bank = random_bank(7, 16, 100, 256, 1.5)
    assert bank.weights.shape == (16, 100, 256)
    assert abs(float(bank.weights.mean())) < 1e-4
    np.testing.assert_allclose(bank.weights.var(), 1 / 1600, rtol=0.02)
    np.testing.assert_allclose(bank.biases.std(), 1.5, rtol=0.15)
    S = jax.random.normal(jax.random.key(1), (400, 100))
    F = apply(prepare(bank._replace(biases=jnp.zeros(256)), 400), S)
    np.testing.assert_allclose(jnp.mean(F**2), 0.5, rtol=0.05)  # half of a symmetric unit variance


def test_a_seed_gives_a_bank_whatever_the_other_widths():
    some = random_banks(FiltersConfig(widths=(2, 8), count=4, seed=3), 9)
    more = random_banks(FiltersConfig(widths=(8, 32, 2), count=4, seed=3), 9)
    other = random_banks(FiltersConfig(widths=(2, 8), count=4, seed=4), 9)
    np.testing.assert_array_equal(some[0].weights, more[2].weights)
    np.testing.assert_array_equal(some[1].biases, more[0].biases)
    assert not np.allclose(some[0].weights, other[0].weights)
    assert not np.allclose(some[0].weights, some[1].weights[:2] * 2)
    assert not some[0]._replace(biases=jnp.zeros(4)).biases.any()


@pytest.mark.parametrize("circular", [False, True])
def test_too_few_frames_is_an_error_that_says_so(circular):
    bank, _ = bank_and_signal(16)
    with pytest.raises(ValueError, match="16 frames wide, the spectrogram has 15 frames; use"):
        apply(prepare(bank, 15), jnp.zeros((15, 5)), circular=circular)


@pytest.mark.parametrize("block", [14, 17])
def test_a_block_too_short_or_odd_is_an_error(block):
    with pytest.raises(ValueError, match=f"block {block}"):
        prepare(bank_and_signal(8)[0], 70, block=block)
