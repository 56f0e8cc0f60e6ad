"""Noise with a course of events: its levels measured band by band, how it rises and falls, and the term's own scale."""

import jax.numpy as jnp
import numpy as np
import pytest

from texturize.losses.event_course import NEAR, EventCourse, event_term, group_responses, with_course
from texturize.signal.band_levels import compressed, frames_of, levels_of, plan_grid
from texturize.signal.envelopes import band_powers, plan_bands
from texturize.signal.waveform import Waveform

SR, SECONDS, GROUPS = 16000, 4.0, 9
N = round(SECONDS * SR)


def course(levels):
    """Of the mean power of white noise of deviation 1 in each group of bands."""
    bands = plan_bands(36, N, SR)
    grid = plan_grid(bands.frames, levels.shape[-1], groups=len(levels))
    ones = jnp.ones((len(levels), 1))
    still = np.asarray(levels_of(white(7)[None], bands, grid, jnp.zeros((1, 1)) + 1e-4, ones))
    mean = (still ** (1 / 0.15)).mean(axis=-1, keepdims=True)
    return bands, EventCourse(grid, jnp.asarray(mean, jnp.float32), jnp.asarray(levels, jnp.float32))


def white(seed):
    return np.random.default_rng(seed).standard_normal(N).astype(np.float32)


def measured(y, bands, events):
    return np.asarray(levels_of(jnp.asarray(y), bands, events.grid, jnp.full((1, 1), 1e-4), events.mean))


def strikes(frames):
    """Every second a rise by 26 dB, and a decay."""
    since = np.arange(frames) % 25
    power = 0.05 + 20 * np.exp(-since / 3.0)
    return np.broadcast_to(power**0.15, (GROUPS, frames)).copy()


def test_groups_share_each_frequency_among_them():
    responses = group_responses(N, SR, 36, GROUPS)
    np.testing.assert_allclose(responses.sum(axis=0), 1, atol=1e-12)
    assert (responses.max(axis=1) > 0.99).all()


def test_noise_with_a_course_has_its_levels():
    bands, events = course(strikes(frames_of(SECONDS)))
    y, _ = with_course(jnp.asarray(white(0)[None]), SR, events, 36)
    found, wanted = measured(y, bands, events), np.asarray(events.levels)
    # From 3 kHz on, where a frame has many degrees of freedom; below, noise has levels of its own.
    for row in range(5, GROUPS):
        assert np.corrcoef(found[row], wanted[row])[0, 1] > 0.95
        assert abs(20 / 3 * 10 * np.log10(found[row].mean() / wanted[row].mean())) < 1.5


def test_it_rises_at_once_and_falls_slowly():
    _, events = course(strikes(frames_of(SECONDS)))
    y = np.asarray(with_course(jnp.asarray(white(0)[None]), SR, events, 36)[0])[0]
    step = SR // 200  # 5 ms
    level = 10 * np.log10((y.reshape(-1, step) ** 2).mean(axis=-1))
    period = level.reshape(4, -1).mean(axis=0)
    change = np.diff(np.concatenate([period[-1:], period]))
    assert change.max() > 15
    assert change.min() > -5


def test_steady_levels_change_nothing():
    y = jnp.asarray(white(1)[None])
    _, events = course(np.ones((GROUPS, frames_of(SECONDS))))
    same, gain = with_course(y, SR, events, 36)
    np.testing.assert_allclose(same, y, atol=2e-5)
    np.testing.assert_allclose(gain, 1, atol=1e-5)


def test_the_gain_is_that_of_the_level():
    _, events = course(strikes(frames_of(SECONDS)))
    y, gain = with_course(jnp.asarray(white(0)[None]), SR, events, 36)
    level = np.asarray(y / gain).reshape(-1, SR // 5).std(axis=-1)
    np.testing.assert_allclose(level, 1, rtol=0.1)


@pytest.mark.parametrize("off", [0.05, -0.1])
def test_the_term_counts_levels_that_are_off(off):
    y = jnp.asarray(white(2)[None])
    bands, events = course(np.ones((GROUPS, frames_of(SECONDS))))
    powers = list(band_powers(Waveform.of(y), bands, jnp.full((1, 1), 1e-4)))
    own = events._replace(levels=jnp.asarray(measured(y, bands, events)))
    np.testing.assert_allclose(event_term(powers, bands, own), 0, atol=1e-8)
    np.testing.assert_allclose(
        event_term(powers, bands, own._replace(levels=own.levels + off)), (off / NEAR) ** 2, rtol=1e-4
    )
    assert float(compressed(jnp.ones(()), jnp.ones(()))) == pytest.approx(1, abs=1e-5)
