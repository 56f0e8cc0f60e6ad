"""A brighter clip is tilted as asked for, by a meter of its own, and so is the texture made from it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal
from quick import only

from texturize.config.presets import load_config
from texturize.signal.loudness import loudness
from texturize.signal.spectral_tilt import brighten
from texturize.synthesis.api import synthesize

SR = 16_000


def crackle(seconds=3.0, channels=1):
    rng = np.random.default_rng(0)
    n = round(seconds * SR)
    hits = np.where(rng.random((channels, n)) < 40 / SR, rng.lognormal(0, 0.4, (channels, n)), 0.0)
    drop = np.exp(-np.arange(400) / 60) * rng.standard_normal(400)
    y = 0.05 * scipy.signal.oaconvolve(hits, drop[None], axes=1)[:, :n] + 0.004 * rng.standard_normal((channels, n))
    return y.astype(np.float32)


def level(y):
    return 10 * np.log10(np.mean(np.square(y, dtype=float), axis=1))


def tilt(before, after):
    """Slope in dB per octave of the difference of two sounds in bands of a third of an octave, above 100 Hz."""
    f, P = scipy.signal.welch(np.stack([before[0], after[0]]), SR, nperseg=4096)
    centres = 125 * 2 ** (np.arange(18) / 3)
    bands = [P[:, (f >= c / 2 ** (1 / 6)) & (f < c * 2 ** (1 / 6))].mean(axis=1) for c in centres]
    levels = 10 * np.log10(np.stack(bands))
    return np.polyfit(np.log2(centres), levels[:, 1] - levels[:, 0], 1)[0]


@pytest.mark.parametrize("asked", [-6.0, -1.5, 1.5, 6.0])
def test_a_clip_is_tilted_and_as_loud(asked):
    y = crackle(channels=2) * np.float32([[1.0], [0.3]])
    z = brighten(y, SR, asked)
    assert tilt(y, z) == pytest.approx(asked, rel=0.02)
    assert loudness(z, SR) == pytest.approx(loudness(y, SR), abs=0.02)
    np.testing.assert_allclose(level(z)[0] - level(z)[1], level(y)[0] - level(y)[1], atol=0.5)


def test_no_tilt_is_the_clip_itself():
    y = crackle()
    assert brighten(y, SR, 0.0) is y


@pytest.mark.parametrize("n", [1, 2, 3, 100])
def test_hardly_any_clip(n):
    z = brighten(np.full((2, n), 0.1, np.float32), SR, 3.0)
    assert z.shape == (2, n)
    assert np.isfinite(z).all()


def test_there_and_back_again():
    y = crackle()
    back = brighten(brighten(y, SR, 4.0), SR, -4.0)
    np.testing.assert_allclose(back[:, SR // 4 : -SR // 4], y[:, SR // 4 : -SR // 4], atol=0.01 * np.abs(y).max())


def test_a_texture_is_tilted_as_asked_for():
    quick = ["resolutions=[]", "filters.widths=[2]", "filters.count=8", *only("gram")]
    results = [
        synthesize(crackle(2.0), SR, config=load_config("default", [*quick, "refine.max_steps=20", f"audio.brightness={b}"]))
        for b in (0, 3, -3)
    ]  # fmt: skip
    plain, brighter, darker = (result.samples for result in results)
    assert tilt(plain, brighter) == pytest.approx(3, rel=0.1)
    assert tilt(plain, darker) == pytest.approx(-3, rel=0.1)
    for result in (brighter, darker):
        assert loudness(result, SR) == pytest.approx(loudness(plain, SR), abs=0.2)
