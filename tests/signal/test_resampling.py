"""Tones keep their frequency and level at another rate; ends that meet still do, ends that don't do not ring."""

import numpy as np
import pytest

from texturize.signal.resampling import resample_circular, resample_clip


@pytest.mark.parametrize("n", [900, 1024, 2311])
def test_circular_tones_are_the_same_tones(n):
    def tone(m):
        return np.cos(2 * np.pi * 37 * np.arange(m) / m + 0.3)[None].astype(np.float32)

    np.testing.assert_allclose(resample_circular(tone(1000), n), tone(n), atol=1e-5)


@pytest.mark.parametrize("n", [7900, 8313])
def test_clips_keep_their_tones_up_to_the_ends(n):
    y = np.cos(2 * np.pi * 61.3 * np.arange(8000) / 8000)[None].astype(np.float32)
    found = resample_clip(y, n)
    assert found.shape == (1, n)
    assert np.abs(found).max() < 1.05
    at = 2 * np.pi * 61.3 * np.arange(n) / n
    basis = np.stack([np.cos(at), np.sin(at)], axis=1)
    weights, *_ = np.linalg.lstsq(basis, found[0], rcond=None)  # a shift of a part of a sample is no matter
    assert np.hypot(*weights) == pytest.approx(1.0, abs=2e-3)
    assert np.abs(found[0] - basis @ weights)[100:-100].max() < 1e-2
