"""Spectral lines: found where partials are, none in noise; their bands follow the decay of each."""

import jax.numpy as jnp
import numpy as np
import pytest

from texturize.signal.envelopes import EXPONENT, envelopes
from texturize.signal.lines import MOST, RATE, WIDTH, find_lines, plan_lines
from texturize.signal.waveform import Waveform

SR, N = 16000, 64000
PARTIALS = {300.0: 0.4, 340.0: 0.2, 1111.0: 0.1, 5203.0: 0.7}
"""Hertz, and seconds in which the partial decays by e."""


def bell(noise=0.0, strike=0.5):
    t = np.arange(N) / SR - strike
    decays = [np.where(t >= 0, np.exp(-t / decay), 0) * np.sin(2 * np.pi * f * t) for f, decay in PARTIALS.items()]
    return (np.sum(decays, axis=0) + noise * np.random.default_rng(0).standard_normal(N)).astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_lines_are_where_the_partials_are(noise):
    found = find_lines(bell(noise)[None], SR)
    assert len(found) == len(PARTIALS)
    np.testing.assert_allclose(found, list(PARTIALS), atol=2)


@pytest.mark.parametrize("exponent", [0.0, 1.0])
def test_noise_of_any_colour_has_none(exponent):
    rng = np.random.default_rng(1)
    spectrum = np.fft.rfft(rng.standard_normal((2, 10 * SR)))
    colour = np.maximum(np.arange(spectrum.shape[-1]), 50) ** -exponent
    assert find_lines(np.fft.irfft(spectrum * colour), SR).size == 0


def test_the_strongest_are_taken():
    t = np.arange(2 * SR) / SR
    frequencies = 100.0 * np.arange(1, MOST + 6)
    louder = np.arange(1, MOST + 6)[:, None]
    found = find_lines(np.sum(louder * np.sin(2 * np.pi * frequencies[:, None] * t), axis=0)[None], SR)
    np.testing.assert_allclose(found, frequencies[-MOST:], atol=2)


def test_a_band_follows_the_decay_of_its_partial():
    bands = plan_lines(np.array(list(PARTIALS)), N, SR)
    E, _ = envelopes(Waveform.of(bell()[None]), bands, jnp.full((1, 1), 1e-6))
    level = np.log(np.asarray(E)[0]) / EXPONENT
    rate = bands.frames * SR / N
    assert rate == pytest.approx(RATE, rel=0.05)
    for row, decay in zip(level, PARTIALS.values(), strict=True):
        within = slice(round(0.55 * rate), round((0.55 + 1.5 * decay) * rate))
        t = np.arange(len(row))[within] / rate
        assert -1 / np.polyfit(t, row[within], 1)[0] == pytest.approx(decay, rel=0.1)


def test_a_band_hears_nothing_beyond_its_width():
    bands = plan_lines(np.array([1000.0]), N, SR)
    t = np.arange(N) / SR

    def heard(frequency):
        y = np.sin(2 * np.pi * frequency * t)[None]
        return float(envelopes(Waveform.of(y), bands, jnp.full((1, 1), 1e-6))[1][0, 0])

    assert heard(1000) == pytest.approx(1, abs=1e-3)
    assert heard(1000 + WIDTH + 0.5) < 1e-6
