"""Courses, and transfers: as long as the content and louder when it is, in the texture of the style."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import only

from texturize import Recipe, TransferSources, transfer
from texturize.config.presets import load_config
from texturize.errors import AudioError, ConfigError
from texturize.losses.level_contour import (
    ContourTargets,
    coarse_bands,
    course_level,
    course_term,
    slow_power,
    slow_response,
)
from texturize.synthesis.contour_follower import contour_follower
from texturize.synthesis.transferring import with_depth

SR, N = 8000, 32_000


def noise(seed, n=N):
    return np.random.default_rng(seed).standard_normal((1, n)).astype(np.float32)


def swelling(decibels, seed=1, hz=1.0):
    """Noise whose level moves up and down by that many dB, and by how much at each sample."""
    level = decibels * np.sin(2 * np.pi * hz * np.arange(N) / SR)
    return (noise(seed) * 10 ** (level / 20)).astype(np.float32), level


def slow_level(y):
    power = slow_power(jnp.asarray(y), jnp.asarray(coarse_bands(N, SR)), jnp.asarray(slow_response(N, SR)))
    return np.asarray(course_level(power, jnp.mean(power, axis=-1, keepdims=True)))


def correlation(y, level):
    course = slow_level(y)[0]
    return np.corrcoef(course, np.interp(np.arange(len(course)) * N / len(course), np.arange(N), level))[0, 1]


def test_bands_take_a_signal_apart_and_a_course_is_its_level_in_decibels():
    np.testing.assert_allclose(np.sum(coarse_bands(N, SR) ** 2, axis=0), 1.0)
    y, level = swelling(6.0)
    course = slow_level(y)
    wanted = np.interp(np.arange(course.shape[1]) * N / course.shape[1], np.arange(N), level)
    np.testing.assert_allclose(course[0], wanted - wanted.mean(), atol=1.5)
    assert abs(slow_level(noise(2))[0]).max() < 1.5


def test_the_term_is_nothing_at_its_target_and_has_the_slope_of_its_gradient(x64):
    n = 4000
    y, x, d = (jnp.asarray(sound[:, :n], jnp.float64) for sound in (swelling(6.0)[0], noise(3), noise(4)))
    bands, smoothing = jnp.asarray(coarse_bands(n, SR)), jnp.asarray(slow_response(n, SR))
    power = slow_power(y, bands, smoothing)
    mean = jnp.mean(power, axis=-1, keepdims=True)
    targets = ContourTargets(bands, smoothing, mean, course_level(power, mean))
    assert float(course_term(y, targets)) < 1e-12
    slope = jax.jit(jax.grad(course_term))
    step = 1e-5
    rise = float(course_term(x + step * d, targets) - course_term(x - step * d, targets)) / (2 * step)
    assert float(jnp.vdot(slope(x, targets), d)) == pytest.approx(rise, rel=1e-5)
    assert np.isfinite(slope(jnp.zeros_like(x), targets)).all()


def test_gains_are_the_share_of_the_course_that_the_texture_does_not_have_of_its_own():
    content, level = swelling(9.0)
    follower = contour_follower(content, noise(5), SR, 1.0)
    shaped = follower.shape(noise(6))
    assert correlation(shaped, level) > 0.97
    assert slow_level(shaped)[0].std() == pytest.approx(9 / np.sqrt(2), rel=0.2)
    own = contour_follower(
        content, swelling(9.0, 7)[0], SR, 0.5
    )  # a style that swells as much anyway: in time, and no gains
    assert own.timing[0].std() == pytest.approx(9 / np.sqrt(2), rel=0.2)
    assert own.gain.std() < 0.5


def test_a_content_without_a_course_changes_nothing():
    follower = contour_follower(np.ones((1, N), np.float32), noise(5), SR, 1.0)
    y = noise(6)
    np.testing.assert_allclose(follower.shape(y), y, atol=0.05)
    assert abs(follower.timing[0]).max() < 0.5


def test_a_transfer_is_as_long_as_the_content_and_follows_it():
    content, level = swelling(9.0)
    keys = ["resolutions=[]", "filters.widths=[4]", "filters.count=8", "refine.max_steps=15", *only("gram", "course")]
    style = 0.1 * np.concatenate([swelling(4.0, 8, 2.3)[0][:, :20_000], swelling(4.0, 9, 2.3)[0][:, :20_000]])
    timed, louder = (
        transfer(content, SR, style, SR, weight=weight, config=load_config("preview", keys)).samples
        for weight in (0.0, 0.8)
    )
    assert timed.shape == louder.shape == (2, N)
    assert correlation(timed, level) > 0.6  # by the texture's own swells alone
    assert correlation(louder, level) > 0.9
    deep = [slow_level(y)[0].std() for y in (timed, louder)]
    assert deep[0] < 4 < deep[1]


def test_what_cannot_be_transferred_is_refused_before_the_work():
    def check(content, config):
        return Recipe(TransferSources(content, SR, noise(0), SR), config).check()

    config = load_config("preview")
    with pytest.raises(AudioError, match="the content: the clip is silent"):
        check(np.zeros((1, N)), config)
    with pytest.raises(ConfigError, match=r"a transfer is as long as its content, 4.000 s; leave out the duration"):
        check(noise(0), load_config("preview", ["output.duration=9.0"]))
    with pytest.raises(ConfigError, match="a transfer ends as its content does, so it cannot be a loop"):
        check(noise(0), load_config("preview", ["output.loop=true"]))
    with pytest.raises(ConfigError, match="weight 2 is not from 0 to 1"):
        with_depth(config, 2.0)
