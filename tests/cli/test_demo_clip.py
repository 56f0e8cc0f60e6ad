"""The generated clips are always the same sounds: rain over a fire, a clock that keeps time, chimes that ring."""

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


@pytest.mark.parametrize("name", ["clock", "chimes"])
def test_other_clips(name, demo, monkeypatch):
    monkeypatch.syspath_prepend(str(DEMO.parent))
    made = importlib.import_module(name).make_clip()
    assert made.shape == (5 * demo.SAMPLE_RATE,)
    assert np.abs(made).max() == pytest.approx(0.8)
    np.testing.assert_array_equal(made, importlib.import_module(name).make_clip())


def test_the_clock_ticks_four_times_a_second(demo, monkeypatch):
    monkeypatch.syspath_prepend(str(DEMO.parent))
    made = importlib.import_module("clock").make_clip()
    power = (made**2).reshape(-1, demo.SAMPLE_RATE // 200).mean(axis=1)  # 200 a second
    spectrum = np.abs(np.fft.rfft(power - power.mean()))
    assert np.argmax(spectrum[: 5 * 6]) == 5 * 4  # bins of 1/5 Hz, below 6 Hz
    assert np.median(power) < 0.01 * power.max()  # near silence between the ticks


def test_chimes_ring_at_the_modes_of_their_tubes(demo, monkeypatch):
    monkeypatch.syspath_prepend(str(DEMO.parent))
    chimes = importlib.import_module("chimes")
    power = np.abs(np.fft.rfft(chimes.make_clip())) ** 2
    f = np.fft.rfftfreq(5 * demo.SAMPLE_RATE, 1 / demo.SAMPLE_RATE)
    modes = np.concatenate([chimes.TUBES, 2.756 * chimes.TUBES, 5.404 * chimes.TUBES])
    near = np.min(np.abs(f[:, None] - modes), axis=1) < 4.0
    assert power[near].sum() > 0.8 * power.sum()  # the rest is wind
