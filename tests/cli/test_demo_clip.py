"""The demo's clip is always the same sound, and sounds like rain over a fire."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

DEMO = Path(__file__).parents[2] / "demo" / "make_clip.py"


@pytest.fixture(scope="module")
def demo():
    spec = importlib.util.spec_from_file_location("make_clip", DEMO)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_clip(demo):
    y, sr = demo.make_clip(), demo.SAMPLE_RATE
    assert y.shape == (5 * sr,)
    assert np.abs(y).max() == pytest.approx(0.8)
    np.testing.assert_array_equal(y, demo.make_clip())
    power = np.abs(np.fft.rfft(y)) ** 2
    f = np.fft.rfftfreq(len(y), 1 / sr)
    shares = [power[(f >= low) & (f < high)].sum() / power.sum() for low, high in [(40, 300), (1500, 8000)]]
    assert min(shares) > 0.02  # the fire's rumble and the rain's drops are both heard
    assert np.mean(y**4) / np.mean(y**2) ** 2 > 4  # crackles stand out


def test_a_ring_falls_by_its_decay(demo):
    sr = demo.SAMPLE_RATE
    envelope = np.abs(demo.ring(4000.0, 0.01))
    early, late = (envelope[int(at * sr) : int(at * sr) + 80].max() for at in (0.005, 0.015))
    assert late / early == pytest.approx(np.exp(-1), rel=0.05)
