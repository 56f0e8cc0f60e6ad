"""Segments: as long as asked for, every joint smooth, the end continuing into the start, ends shared where asked."""

import numpy as np
import pytest

from texturize.synthesis.segments import Assembly, Ends, plan_segments

RATE = 1000.0


def smooth_noise(n, rng):
    """Circular low-passed noise (1, n): neighbouring samples differ little."""
    spectrum = np.fft.rfft(rng.standard_normal((1, n))) * (np.arange(n // 2 + 1) < n / 50)
    y = np.fft.irfft(spectrum, n)
    return (y / y.std()).astype(np.float32)


def grown(plan, ends=None, seed=0):
    """Result whose new parts are noise, and where its segments were joined."""
    rng = np.random.default_rng(seed)
    assembly = Assembly(plan, 1, ends)
    joints = []
    for index in range(plan.parts):
        y = smooth_noise(plan.n, rng)
        fixed = assembly.fixed(index)
        y = y if fixed is None else np.asarray(fixed.within(y))
        joints.append(assembly.done)
        assembly.add(index, y)
    return assembly, joints


@pytest.mark.parametrize("seconds", [1.3, 9.99, 10.01, 25.0, 61.7])
def test_plans_cover_the_length_with_whole_hops(seconds):
    plan = plan_segments(seconds, RATE, (8, 32), 10.0, 1.0)
    assert plan.n % 32 == 0
    assert plan.rate == pytest.approx(plan.total / seconds)
    assert 1.0 <= plan.rate / RATE < 1.1
    assert plan.n <= 10.6 * RATE
    assert (plan.parts == 1) == (seconds <= 10)


@pytest.mark.parametrize("seconds", [12.0, 25.0, 61.7])
def test_long_results_are_whole_and_smooth_everywhere(seconds):
    plan = plan_segments(seconds, RATE, (8, 32), 10.0, 1.0)
    assembly, joints = grown(plan)
    y = assembly.cut()
    assert y.shape == (1, plan.total)
    assert np.count_nonzero(y == 0) < 5  # nothing was left out
    steps = np.abs(np.diff(y, append=y[:, :1]))[0]  # the last one is that from the end to the start
    inside = np.quantile(steps, 0.999)
    for joint in [*joints[1:], plan.total - 1]:
        near = np.arange(joint - 30, joint + 30) % plan.total
        # New parts fade into given ones within 100 samples, by at most pi / 200 of their distance at each.
        assert steps[near].max() < inside + np.pi / 200 * 5


def test_given_samples_stay_as_they_are():
    plan = plan_segments(25.0, RATE, (8, 32), 10.0, 1.0)
    rng = np.random.default_rng(1)
    assembly = Assembly(plan, 1)
    first = smooth_noise(plan.n, rng)
    assembly.add(0, first)
    fixed = assembly.fixed(1)
    within = np.asarray(fixed.within(smooth_noise(plan.n, rng)))
    inner = slice(110, plan.context - 110)
    np.testing.assert_array_equal(within[:, inner], first[:, plan.n - plan.context :][:, inner])
    assert float(fixed.mask[plan.context + 5 :].max()) == 0.0


@pytest.mark.parametrize("seconds", [5.0, 25.0])
def test_results_of_shared_ends_can_follow_one_another(seconds):
    plan = plan_segments(seconds, RATE, (8, 32), 10.0, 1.0)
    base = grown(plan, seed=2)[0].cut()
    ends = Ends(base[:, -250:], base[:, :250])
    others = [grown(plan, ends, seed=seed)[0].cut() for seed in (3, 4)]
    for other in others:
        np.testing.assert_allclose(other[:, :145], base[:, :145], atol=1e-6)
        np.testing.assert_allclose(other[:, -145:], base[:, -145:], atol=1e-6)
        assert abs(np.corrcoef(other[0], base[0])[0, 1]) < 0.3
    for a in (base, *others):
        for b in (base, *others):
            joined = np.concatenate([a, b], axis=-1)[0]
            steps = np.abs(np.diff(joined))
            at = a.shape[-1] - 1
            assert steps[at - 20 : at + 20].max() < 1.5 * np.quantile(steps, 0.999)
            assert steps[at - 200 : at + 200].max() < np.quantile(steps, 0.999) + np.pi / 200 * 5


@pytest.mark.parametrize("seconds", [12.0, 25.0, 61.7])
def test_open_results_are_whole_and_smooth_but_for_their_end(seconds):
    plan = plan_segments(seconds, RATE, (8, 32), 10.0, 1.0, closed=False)
    assert plan.rate == pytest.approx(plan.total / seconds)
    assembly, joints = grown(plan)
    y = assembly.cut()
    assert y.shape == (1, plan.total)
    assert np.count_nonzero(y == 0) < 5
    steps = np.abs(np.diff(y))[0]
    for joint in joints[1:]:
        assert steps[joint - 30 : joint + 30].max() < np.quantile(steps, 0.999) + np.pi / 200 * 5
    assert assembly.fixed(plan.parts - 1).mask[plan.context + 20 :].max() == 0  # nothing leads to the start


def test_a_loud_tone_that_is_given_leaves_other_bands_silent():
    """A fade that is too short spreads it over all of them; where the clip is silent, no step can make up for it."""
    plan = plan_segments(25.0, 8000.0, (8, 32), 10.0, 1.0)
    assembly = Assembly(plan, 1)
    t = np.arange(plan.n) / plan.rate
    assembly.add(0, np.sin(2 * np.pi * 500.0 * t)[None].astype(np.float32))
    within = np.asarray(assembly.fixed(1).within(np.zeros((1, plan.n), np.float32)), np.float64)[0]
    power = np.abs(np.fft.rfft(within)) ** 2
    frequency = np.fft.rfftfreq(plan.n, 1 / plan.rate)
    assert power[frequency > 800].sum() < 1e-11 * power.sum()
