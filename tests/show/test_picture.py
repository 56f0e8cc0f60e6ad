"""The picture shows both sounds."""

from __future__ import annotations

import numpy as np
import pytest

from texturize.show.picture import draw_spectrograms, level


def test_level_of_a_tone_stands_at_its_frequency():
    sr = 16_000
    _, f, S = level(0.5 * np.sin(2 * np.pi * 1000 * np.arange(sr) / sr), sr)
    assert f[S.mean(axis=1).argmax()] == pytest.approx(1000, abs=sr / 512)


def test_draws_clips_of_any_length_and_channels(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "p.png"
    draw_spectrograms(path, rng.standard_normal((2, 8000)), rng.standard_normal(100), 16_000)
    first = path.read_bytes()
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    assert [other.name for other in tmp_path.iterdir()] == ["p.png"]


def test_draws_a_result_of_another_rate(tmp_path):
    y = np.random.default_rng(0).standard_normal(8000)
    pictures = [tmp_path / f"{rate}.png" for rate in (16_000, 8000)]
    for path, rate in zip(pictures, (16_000, 8000), strict=True):
        draw_spectrograms(path, y, y, 16_000, rate)
    assert pictures[0].read_bytes() != pictures[1].read_bytes()
