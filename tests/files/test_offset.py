"""What nobody hears below 10 Hz is taken out before anything is learnt or measured, and said when it was large."""

from __future__ import annotations

import re

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from quick import only
from scipy import signal

from texturize.cli.group import texturize as command
from texturize.compare import compare
from texturize.config import AudioConfig, Config
from texturize.files.audio import Clip, read_audio
from texturize.files.offset import LOWEST_HZ, without_offset
from texturize.inspection.inspection import inspect_clip
from texturize.synthesis.clip import check_samples, excerpt
from texturize.synthesis.morphing import MorphSources
from texturize.synthesis.transferring import TransferSources

SR = 22_050
T = np.arange(2 * SR) / SR
NOISE = np.random.default_rng(0).standard_normal(2 * SR)
X = signal.sosfiltfilt(signal.butter(4, 40, "highpass", fs=SR, output="sos"), NOISE)
QUIET = 10 ** (-84 / 20)


def decibels(y: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(y, dtype=float))))


@pytest.mark.parametrize(
    ("y", "inaudible"),
    [
        (0.01 * X, 0.003), (0.01 * X, 0.01), (0.01 * X, 0.03), (0.01 * X, 0.1), (QUIET * X, 0.5), (0.1 * X, -0.9),
        (0.01 * X, np.linspace(-0.05, 0.05, X.size)), (0.01 * X, 0.03 * (T > 1)), (0.01 * X, 0.05 * np.sin(6 * np.pi * T)),
    ],
)  # fmt: skip
def test_an_offset_that_is_constant_drifts_steps_or_sways(y, inaudible):
    left, note = without_offset((y + inaudible)[None].astype(np.float32), SR)
    assert abs(decibels(left) - decibels(y)) < 0.5
    assert abs(left.mean()) < 0.02 * np.std(y)
    assert note is not None
    if np.isscalar(inaudible):  # of a constant, nothing is left
        np.testing.assert_allclose(left[0], y, atol=0.03 * np.abs(y).max())


def test_what_is_heard_is_kept():
    for hz, most in ((20, 0.1), (50, 0.01), (1000, 0.001)):
        tone = 0.1 * np.sin(2 * np.pi * hz * T)
        left, _ = without_offset((tone + 0.1)[None], SR)
        inner = slice(SR // 2, -SR // 2)
        assert abs(decibels(left[0, inner]) - decibels(tone[inner])) < most
    theirs = signal.sosfiltfilt(signal.butter(4, LOWEST_HZ, "highpass", fs=SR, output="sos"), 0.1 * NOISE + 0.1)
    left, _ = without_offset((0.1 * NOISE + 0.1)[None], SR)
    np.testing.assert_allclose(left[0, SR // 2 : -SR // 2], theirs[SR // 2 : -SR // 2], atol=1e-4)


def test_a_sound_without_an_offset_is_the_same():
    y = np.stack([0.1 * X, 0.05 * X, 0 * X])
    left, note = without_offset(y, SR)
    assert left is y
    assert note is None


def test_each_channel_has_its_own():
    y = np.stack([0.01 * X + 0.02, 0.01 * X - 0.01, X])
    left, note = without_offset(y, SR)
    assert np.corrcoef(left[0], left[1])[0, 1] > 0.999
    np.testing.assert_array_equal(left[2], X)
    assert note == "an offset or swaying below 10 Hz was taken out (mean +0.02, 6 dB above the sound)"


@pytest.mark.parametrize("n", [1, 2, 80, 800])
def test_short_sounds(n):
    left, note = without_offset(np.full((1, n), 0.25, np.float32), 8000)
    np.testing.assert_array_equal(left, 0)
    assert note == "an offset or swaying below 10 Hz was taken out (mean +0.25, no sound)"
    y = 0.01 * np.sin(2 * np.pi * 1000 * np.arange(n) / 8000)
    left, _ = without_offset((y + 0.25)[None], 8000)
    np.testing.assert_allclose(left[0], y - y.mean(), atol=1e-3)


def test_blocks_are_one_sound():
    y = np.random.default_rng(1).standard_normal((1, 2**20 + 5000)) + 1
    theirs = signal.sosfiltfilt(signal.butter(4, LOWEST_HZ, "highpass", fs=8000, output="sos"), y[0])
    np.testing.assert_allclose(without_offset(y, 8000)[0][0, 8000:-8000], theirs[8000:-8000], atol=1e-6)


def write(path, y) -> str:
    soundfile.write(path, np.atleast_2d(y).T, SR, "FLOAT")
    return str(path)


def test_every_sound_that_is_read(tmp_path):
    clip = read_audio(write(tmp_path / "a.wav", np.clip(1.5 * X, -1, 1) + 0.0))
    assert clip.notes == ()
    flat = np.clip(np.sin(2 * np.pi * 100 * T) + 0.5, -1, 1)
    clip = read_audio(write(tmp_path / "a.wav", flat))
    assert abs(clip.samples.mean()) < 1e-3
    assert clip.clipped == np.count_nonzero(flat == 1) > 1000  # flat tops are found though they are moved


def test_in_python():
    y = np.stack([0.01 * X + 0.02, 0.01 * X - 0.02]).astype(np.float32)
    before = y.copy()
    assert abs(decibels(check_samples(y, SR)) - decibels(0.01 * X)) < 0.1
    np.testing.assert_array_equal(y, before)
    quiet_end = np.where(T < 1, X, 0.01 * X + 0.02)[None].astype(np.float32)  # -34 dB in the whole
    assert without_offset(quiet_end, SR)[1] is None
    assert abs(decibels(excerpt(quiet_end, SR, AudioConfig(start=1.0))) - decibels(0.01 * X)) < 0.3
    plain = np.stack([0.01 * X, 0.01 * X])
    comparison, other = compare(plain, y, SR), compare(y, plain, SR)
    assert max(map(abs, comparison.level_difference)) < 0.1
    assert comparison.notes[0].startswith("of the result: an offset or swaying below 10 Hz was taken out (mean ")
    assert other.notes[0].startswith("of the reference: an offset")


def test_inspect_and_check_say_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plain, moved = write("plain.wav", 0.01 * X), write("moved.wav", 0.01 * X + 0.1)
    found = inspect_clip(read_audio(moved))
    assert abs(found.peak - inspect_clip(read_audio(plain)).peak) < 0.1
    assert "an offset or swaying below 10 Hz was taken out (mean +0.1, 20 dB above the sound)" in found.warnings
    said = "Warning: moved.wav: an offset or swaying below 10 Hz was taken out (mean +0.1, 20 dB above the sound)\n"
    for arguments in (["check", plain, moved], ["compare", plain, moved]):
        outcome = CliRunner().invoke(command, arguments)
        assert (outcome.exit_code, outcome.stderr) == (0, said)


def test_a_result_is_as_loud_as_the_sound(tmp_path):
    path = write(tmp_path / "a.wav", np.stack([0.01 * X + 0.1, 0.01 * X - 0.1]))
    out = str(tmp_path / "out.wav")
    keys = ["resolutions=[]", "filters.widths=[2]", "filters.count=4", "refine.max_steps=1", *only("gram", "channels")]
    small = ["-c", "preview", "--end", "1", *(word for key in keys for word in ("--set", key))]
    outcome = CliRunner().invoke(command, ["synth", path, "-o", out, *small])
    assert outcome.exit_code == 0, outcome.stderr
    said = r"a\.wav: an offset or swaying below 10 Hz was taken out \(mean [+-]0\.1, 20 dB above the sound\)"
    assert re.search(said, outcome.stderr)  # each channel has as much, one of them below zero
    made = soundfile.read(out)[0]
    assert abs(decibels(made - made.mean(0)) - decibels(0.01 * X)) < 0.5
    low = signal.sosfiltfilt(signal.butter(4, 40, fs=SR, output="sos"), made, axis=0)
    assert decibels(low) < decibels(made) - 15


def test_morphs_and_transfers_are_of_sounds_without_offsets():
    y = (0.01 * X + 0.1).astype(np.float32)
    mixed, _ = MorphSources([y, -y], [SR, SR], "0.5").gathered(Config())
    led, _ = TransferSources(y, SR, -y, SR).gathered(Config())
    for sound in (*mixed.clips, *led.clips, led.content):
        assert abs(decibels(sound) - decibels(0.01 * X)) < 0.1


def test_clip_that_was_made_by_hand_has_no_flat_tops():
    assert Clip(X[None].astype(np.float32), SR).clipped == 0
