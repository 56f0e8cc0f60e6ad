"""The command with the real numerics, small: what comes out, and that it comes out the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import scipy.signal
import soundfile
from click.testing import CliRunner
from haste import in_haste
from quick import only

from texturize.cli.group import texturize

SMALL = (
    "resolutions=[]", "spectrogram.window_ms=32", "filters.widths=[2]", "filters.count=8", "optimize.max_steps=1",
    "refine.max_steps=2", "phase.iterations=2", *only("gram", "channels", "splices"),
)  # fmt: skip


def synth(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = [word for setting in SMALL for word in ("--set", setting)]
    command = [sys.executable, "-m", "texturize", "synth", *arguments, *settings]
    environment = os.environ | in_haste()
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def lufs(y: np.ndarray) -> float:
    """Of a sound (n, channels) at 8 kHz; at 48 kHz, where the meter's filters are the standard's own."""
    meter = pyloudnorm.Meter(48_000, filter_class="DeMan")
    return float(meter.integrated_loudness(scipy.signal.resample(y, 6 * len(y))))


@pytest.fixture
def clip(tmp_path):
    rng = np.random.default_rng(0)
    y = 0.05 * rng.standard_normal((6000, 2)) * (1 + np.sin(np.arange(6000) * 0.01))[:, None]
    soundfile.write(tmp_path / "clip.flac", y, 8000, "PCM_24")
    return y


def test_a_new_sound_of_the_same_kind_and_the_same_again_though_it_is_traced(tmp_path, clip):
    done = [
        synth(tmp_path, "clip.flac", "-o", f"{i}.flac", "--threads", "1", "--seed", "5", *traced)
        for i, traced in enumerate(((), ("--trace", "growth")))
    ]
    assert [each.returncode for each in done] == [0, 0], done[0].stderr
    assert all(line.startswith("Warning: ") for line in done[0].stderr.splitlines())
    info = soundfile.info(tmp_path / "0.flac")
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (8000, 2, 6000, "PCM_24")
    y, _ = soundfile.read(tmp_path / "0.flac")
    assert lufs(y) == pytest.approx(lufs(clip), abs=0.05)
    # The loudness is the clip's, by a meter that weighs frequencies: after so few steps the spectrum is not yet the same,
    # and so the power is another; but it is the same gain for each channel.
    gains = np.sqrt(np.mean(y**2, axis=0) / np.mean(clip**2, axis=0))
    assert gains[0] == pytest.approx(gains[1], rel=1e-4)
    assert np.abs(np.corrcoef(y[:, 0], clip[:, 0])[0, 1]) < 0.2
    assert (tmp_path / "0.flac").read_bytes() == (tmp_path / "1.flac").read_bytes()
    sounds = sorted(path.stem for path in (tmp_path / "growth").glob("*.wav"))
    steps = {"refine": (0, 1, 2), "spectrogram": (0, 1)}
    assert sounds == [f"{stage}-{step:06d}" for stage in steps for step in steps[stage]]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(8000), "the clip is silent (its peak is 0); give a clip with sound in it"),
        (np.full(8000, 0.25), "the clip is silent (its peak is 0); give a clip with sound in it"),
        (np.sin(np.arange(100)), "the clip is 0.013 s long, too short for the narrowest filter; give at least "),
    ],
)
def test_a_clip_that_holds_no_texture(tmp_path, monkeypatch, y, message):
    monkeypatch.chdir(tmp_path)
    soundfile.write("clip.wav", y, 8000)
    outcome = CliRunner().invoke(texturize, ["synth", "clip.wav"], catch_exceptions=False)
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    *warnings, error = outcome.stderr.splitlines()
    assert error.startswith(f"Error: clip.wav: {message}")
    offset = "Warning: clip.wav: an offset or swaying below 10 Hz was taken out (mean +0.25, no sound)"
    assert warnings == ([offset] if y[0] else [])
    assert [path.name for path in tmp_path.iterdir()] == ["clip.wav"]
