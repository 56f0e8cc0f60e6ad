"""Dither: the error of the rounding does not depend on the sound, and is the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from texturize.files.dither import headroom, quantize

BITS = [("PCM_16", 16), ("PCM_S8", 8), ("PCM_U8", 8)]


@pytest.mark.parametrize(("subtype", "bits"), BITS)
@pytest.mark.parametrize("offset", [0.0, 0.2, 0.5])
def test_mean_and_power_of_the_error_do_not_depend_on_the_sound(subtype, bits, offset):
    # Triangular noise of one step to either side, and the rounding: 1/6 and 1/12 of a squared step.
    step = 2.0 ** (1 - bits)
    y = np.full((1, 200_000), (3 + offset) * step, np.float32)
    y[0, 0] += 0.3 * step  # a channel that lies on the steps would be left as it is
    error = (quantize(y, subtype, 1) - y) / step
    assert error.mean() == pytest.approx(0.0, abs=0.01)
    assert np.mean(error**2) == pytest.approx(1 / 4, rel=0.02)


@pytest.mark.parametrize(("subtype", "bits"), BITS)
def test_a_tone_below_a_step_survives_without_harmonics(subtype, bits):
    n, k = 1 << 16, 1001
    y = (0.4 * 2.0 ** (1 - bits) * np.sin(2 * np.pi * k * np.arange(n) / n))[None].astype(np.float32)
    spectrum = np.abs(np.fft.rfft(quantize(y, subtype, 3)[0])) / (n / 2) * 2 ** (bits - 1)
    assert spectrum[k] == pytest.approx(0.4, abs=0.02)
    assert spectrum[[3 * k, 5 * k, 7 * k]].max() < 0.02
    assert not quantize(y, subtype, None).any()  # without dither, nothing is left of it


def test_channels_have_their_own_noise_and_seeds_theirs():
    y = np.repeat(np.array([[0.3], [0.2]], np.float32), 10_000, axis=1)
    first = quantize(y, "PCM_16", 1) - y
    assert abs(np.corrcoef(first)[0, 1]) < 0.05
    np.testing.assert_array_equal(quantize(y, "PCM_16", 1), first + y)
    assert np.any(quantize(y, "PCM_16", 2) != first + y)


@pytest.mark.parametrize(("subtype", "bits"), BITS)
def test_channels_that_are_copies_stay_so_and_those_that_cancel_go_on_to_cancel(subtype, bits):
    mono = 0.1 * np.random.default_rng(0).standard_normal(10_000).astype(np.float32)
    other = np.roll(mono, 1)
    made = quantize(np.stack([mono, mono, other, -mono, -other]), subtype, 1)
    np.testing.assert_array_equal(made[0], made[1])
    np.testing.assert_array_equal(made[0], -made[3])
    np.testing.assert_array_equal(made[2], -made[4])
    errors = made[[0, 2]] - np.stack([mono, other])
    assert abs(np.corrcoef(errors)[0, 1]) < 0.05
    np.testing.assert_array_equal(made[:1], quantize(mono[None], subtype, 1))


def test_what_lies_on_the_steps_or_has_the_bits_is_left_as_it_is():
    y = np.round(1000 * np.random.default_rng(0).standard_normal((2, 100))) / 2**15
    y[1] = 0
    np.testing.assert_array_equal(quantize(y.astype(np.float32), "PCM_16", 1), y)
    y = np.random.default_rng(0).standard_normal((1, 100)).astype(np.float32)
    for subtype in ("PCM_24", "FLOAT", "VORBIS"):
        assert quantize(y, subtype, 1) is y
        assert headroom(subtype) == 0


@pytest.mark.parametrize(("subtype", "bits"), BITS)
def test_headroom_is_enough_and_full_scale_is_never_passed(subtype, bits):
    top = np.full((1, 50_000), 1 - headroom(subtype), np.float32)
    assert quantize(top, subtype, 1).max() < 1 - 2.0 ** (1 - bits)
    loud = np.linspace(-1, 1, 50_000, dtype=np.float32)[None]
    assert quantize(loud, subtype, 1).max() == 1 - 2.0 ** (1 - bits)
    assert quantize(loud, subtype, 1).min() == -1


@pytest.mark.parametrize(("subtype", "bits"), BITS)
def test_without_dither_to_the_nearest_step(subtype, bits):
    y = np.random.default_rng(0).uniform(-0.9, 0.9, (2, 1000)).astype(np.float32)
    assert np.abs(quantize(y, subtype, None) - y).max() <= 0.5001 * 2.0 ** (1 - bits)
