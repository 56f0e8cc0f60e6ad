"""The figure of the seam, by joints that are there and joints that are not."""

from __future__ import annotations

import numpy as np
import pytest

from texturize.compare import join_seam, seam
from texturize.errors import AudioError

SR = 16_000


def circular(seed: int, tilt: float = 0.5, n: int = 5 * SR) -> np.ndarray:
    """Noise whose end goes on into its start; its spectrum falls by ``tilt`` times 6 dB an octave."""
    f = np.fft.rfftfreq(n, 1 / SR)
    Y = np.fft.rfft(np.random.default_rng(seed).standard_normal(n)) * (0.1 + f / 100) ** -tilt
    y = np.fft.irfft(Y, n)
    return 0.1 * y / y.std()


@pytest.mark.parametrize("tilt", [0.0, 0.5, 1.0])
def test_a_circular_sound_is_unbroken(tilt):
    found = [seam(circular(seed, tilt), SR) for seed in range(20)]
    assert sum(not s.inside for s in found) <= 1  # of four measures the seam is now and then the largest by chance
    ranks = [s.samples.rank for s in found]
    assert np.mean(ranks) == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / 20))


@pytest.mark.parametrize("seed", range(3))
def test_a_click_of_one_sample_is_caught(seed):
    for tilt, size in ((0.0, 8), (0.5, 6), (1.0, 1)):  # in units of the level: white noise hides the most
        for at in (0, -1):
            y = circular(seed, tilt)
            y[at] += size * y.std()
            assert seam(y, SR).outside == ("samples",)


@pytest.mark.parametrize("tilt", [0.0, 0.5, 1.0])
def test_a_step_of_three_decibels_is_caught(tilt):
    y = circular(0, tilt)
    rising = seam(y * 10 ** (np.linspace(0, 3, y.size) / 20), SR)
    assert "spectrum" in rising.outside
    if tilt == 0:
        assert "level" in rising.outside
        assert rising.level.value == pytest.approx(3, abs=0.5)
        assert rising.level.rank == 1


def test_a_cut_between_two_noises_is_caught():
    found = join_seam(circular(0, 0.2), circular(1, 0.7), SR)
    assert "spectrum" in found.outside
    assert found.largest > 2
    assert join_seam(circular(0), circular(0)[: 4 * SR], SR).inside is not None


def test_the_two_halves_of_one_sound_join_without_a_seam():
    y = circular(3, 1.0)
    assert join_seam(y[: 3 * SR], y[3 * SR :], SR).inside
    assert not join_seam(y[: 3 * SR], y[4 * SR :], SR).inside  # the end of one is not the start of the other


@pytest.mark.parametrize("seconds", [0.03, 0.3])
def test_fades_and_gaps_are_caught(seconds):
    n = round(seconds * SR)
    fade = np.ones(5 * SR)
    fade[:n], fade[-n:] = np.linspace(0, 1, n), np.linspace(1, 0, n)
    assert "gap" in seam(circular(0) * fade, SR).outside
    assert "gap" in seam(circular(0) * (fade == 1), SR).outside


def test_a_tone_that_closes_is_unbroken_and_one_that_does_not_is_a_click():
    t = np.arange(2 * SR) / SR
    assert seam(np.sin(2 * np.pi * 100 * t), SR).inside
    assert seam(np.sin(2 * np.pi * 100.25 * t), SR).outside == ("samples",)


def test_one_broken_channel_is_enough():
    whole, broken = circular(0, 1.0), circular(1, 1.0)
    broken[0] += 3 * broken.std()
    assert seam(np.stack([whole, whole]), SR).inside
    assert not seam(np.stack([whole, broken]), SR).inside
    assert not seam(np.stack([broken, 0 * whole]), SR).inside


def test_a_gain_changes_nothing():
    y = circular(0)
    a, b = seam(y, SR), seam(1e-3 * y, SR)
    for name, jump in a.jumps.items():
        assert b.jumps[name].value == pytest.approx(jump.value, rel=1e-6)
        assert b.jumps[name].most == pytest.approx(jump.most, rel=1e-6)


def test_silence_has_no_seam_and_a_moment_is_refused():
    assert seam(np.zeros(SR), SR) is None
    with pytest.raises(AudioError, match=r"the sound lasts 0.1 s; give at least 0.25 s to judge a seam"):
        seam(circular(0)[:1600], SR)
    with pytest.raises(AudioError, match="1 against 2 channels cannot be joined"):
        join_seam(circular(0), np.stack([circular(0)] * 2), SR)


def test_the_shortest_sound_that_is_compared_has_one():
    for sr in (8000, 44_100):
        y = circular(0, n=sr // 4)
        assert seam(y, sr).inside in (True, False)
        assert np.isfinite(seam(y, sr).largest)
