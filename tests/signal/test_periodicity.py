"""What keeps time; only periods longer than the lags matched anyway, and only evident ones."""

import numpy as np
import pytest

from texturize.signal.periodicity import keeps_time, longer_period

SR = 8000


def taps(times, seconds=10, seed=0):
    rng = np.random.default_rng(seed)
    y = 0.003 * rng.standard_normal((1, seconds * SR))
    for t in times:
        at = round(t * SR)
        n = min(400, y.shape[-1] - at)
        y[0, at : at + n] += (rng.standard_normal(400) * np.exp(-np.arange(400) / 100))[:n]
    return y.astype(np.float32)


def test_a_pattern_of_three_seconds_is_found():
    times = np.concatenate([np.arange(0.1, 9.5, 3.0) + after for after in (0.0, 0.4, 1.3)])
    assert longer_period(taps(times), SR, 2.0) == pytest.approx(3.0, abs=0.05)


def test_a_short_period_has_no_longer_one():
    assert longer_period(taps(np.arange(0.1, 9.9, 0.7)), SR, 2.0) is None


def test_random_taps_and_short_clips_have_none():
    times = np.sort(np.random.default_rng(1).uniform(0, 9.9, 40))
    assert longer_period(taps(times), SR, 2.0) is None
    assert longer_period(taps([0.1, 1.0], seconds=3), SR, 2.0) is None


@pytest.mark.parametrize("beyond", [0.01, 0.1, 0.19])
def test_lags_that_end_early_are_no_matter(beyond):
    found = longer_period(taps(np.arange(0.1, 9.9, 0.7)), SR, beyond)
    assert found / 0.7 == pytest.approx(round(found / 0.7), abs=0.03)  # any multiple is one


@pytest.mark.parametrize(("jitter", "kept"), [(0.0, True), (0.01, True), (0.3, False)])
def test_taps_keep_time_as_evenly_as_they_come(jitter, kept):
    times = np.arange(0.3, 9.6, 0.7) + jitter * np.random.default_rng(2).uniform(-1, 1, 14)
    assert keeps_time(taps(times), SR) is kept


def test_noise_and_single_taps_keep_no_time():
    assert not keeps_time(np.random.default_rng(3).standard_normal((1, 4 * SR)).astype(np.float32), SR)
    assert not keeps_time(taps([2.0], seconds=4), SR)
    assert not keeps_time(taps([0.02], seconds=1)[:, :1600], SR)
