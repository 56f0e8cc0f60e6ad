"""What is found out about a clip, by sounds made to be found out about."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from scipy import signal

from texturize.cli.group import texturize
from texturize.errors import AudioError
from texturize.files.audio import Clip, clipped_samples
from texturize.inspection.inspection import inspect_clip
from texturize.inspection.measures import bandwidth_of, harmonic_share
from texturize.inspection.rows import rows
from texturize.signal.steady_region import best_steady_region

SR = 16_000


def noise(seconds: float, seed: int = 0, sr: int = SR) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * sr))


def rain(seconds: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n = round(seconds * SR)
    hits = np.where(rng.random(n) < 60 / SR, rng.lognormal(0, 0.4, n), 0)
    drop = np.exp(-np.arange(600) / 64) * rng.standard_normal(600)
    return 0.05 * signal.fftconvolve(hits, drop)[:n] + 3e-3 * rng.standard_normal(n)


def voice(seconds: float, seed: int = 0) -> np.ndarray:
    """Pulses of a wandering pitch through resonances, in syllables with pauses between phrases."""
    rng = np.random.default_rng(seed)
    n = round(seconds * SR)
    knots = np.arange(0, seconds + 0.25, 0.25)
    pitch = np.interp(np.arange(n) / SR, knots, 120 * 2 ** rng.uniform(0, 0.8, knots.size))
    pulses = np.diff(np.floor(np.cumsum(pitch) / SR), prepend=0.0)
    syllables = np.interp(np.arange(n) / SR, knots, rng.uniform(0.05, 1, knots.size) * (np.arange(knots.size) % 8 < 5))
    formed = sum(signal.lfilter(*signal.iirpeak(f, 6, fs=SR), pulses) for f in (500, 1500, 2500))
    return 0.3 * formed * syllables + 1e-4 * rng.standard_normal(n)


def melody(seconds: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(round(0.4 * SR)) / SR
    tones = 110 * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 11, 12], round(seconds / 0.4)) / 12)
    return 0.2 * np.concatenate(
        [np.exp(-t) * sum(np.sin(2 * np.pi * k * f * t) / k for k in range(1, 8)) for f in tones]
    )


def inspect(y: np.ndarray, sr: int = SR):
    samples = np.atleast_2d(y).astype(np.float32)
    return inspect_clip(Clip(samples, sr, clipped=clipped_samples(samples)))


@pytest.mark.parametrize("seed", range(2))
def test_noise_and_rain_are_textures_without_objections(seed):
    for y in (noise(8, seed), rain(8, seed)):
        found = inspect(y)
        assert (found.texture, found.preset, found.warnings, found.period) == (True, "default", (), None)
        assert (found.stretch.start, found.stretch.end) == (0, 8)
        assert 0.6 < found.self_distance < 1.5
        assert found.harmonic < 0.05


@pytest.mark.parametrize("seed", range(2))
def test_voices_and_melodies_are_no_textures(seed):
    for y in (voice(8, seed), melody(8, seed)):
        found = inspect(y)
        assert not found.texture
        assert found.preset == "preview"
        assert found.warnings[0].startswith("it has changing pitches, as speech and music have")


def test_a_hum_has_a_pitch_that_does_not_change():
    t = np.arange(6 * SR) / SR
    hum = sum(np.sin(2 * np.pi * 110 * k * t) / k for k in range(1, 10))
    assert harmonic_share(hum + 0.1 * noise(6), SR) < 0.1
    for f in (90, 255, 700):
        assert harmonic_share(np.sin(2 * np.pi * f * t), SR) < 0.1
    assert harmonic_share(melody(6), SR) > 0.5


def test_a_single_event_is_no_texture():
    y = np.exp(-np.arange(4 * SR) / SR / 0.4) * noise(4) * 5
    found = inspect(y)
    assert not found.texture
    assert any(w.startswith("its level is not steady") for w in found.warnings)


def test_two_sounds_one_after_the_other_are_no_texture():
    found = inspect(np.concatenate([rain(4), noise(4) * rain(4).std() / 0.1]))
    assert not found.texture
    assert any(w.startswith("its halves are different sounds") for w in found.warnings)


def test_silence_and_fades_at_the_ends_are_left_out():
    y = noise(10)
    y[: 2 * SR] *= np.linspace(0, 1, 2 * SR)
    y = np.concatenate([y, np.zeros(SR)])
    found = inspect(y)
    assert found.stretch.lead.silent == 0
    assert found.stretch.lead.seconds == pytest.approx(2, abs=0.3)
    assert (found.stretch.trail.silent, found.stretch.trail.seconds) == (1.0, 1.0)
    assert found.stretch.end == 10
    assert any("fades for" in w and "at the start" in w for w in found.warnings)
    assert "it is silent for 1.00 s at the end" in found.warnings
    assert found.command("my clip.wav") == f"texturize synth 'my clip.wav' --start {found.stretch.start:g} --end 10"


def test_a_passing_event_is_left_out():
    y = rain(12)
    y[2 * SR : 4 * SR] *= 4
    stretch = best_steady_region(y[None], SR)
    assert stretch.event
    assert 3.5 <= stretch.start <= 4.5
    assert stretch.end == 12


def test_of_a_long_clip_the_steadiest_twenty_seconds_are_used():
    y = noise(60)
    y[: 30 * SR] *= 1 + 0.3 * np.sin(np.arange(30 * SR) / SR)
    stretch = best_steady_region(y[None], SR)
    assert stretch.end - stretch.start == pytest.approx(20)
    assert stretch.start >= 29


def test_a_beat_is_found_and_wants_the_wider_filters():
    y = 1e-3 * noise(8)
    y[:: SR // 2] += 0.5
    found = inspect(y)
    assert found.period == pytest.approx(0.5, abs=0.005)
    assert found.period_strength > 0.9
    assert found.preset == "best"
    assert (found.events.rate, found.events.interval) == (pytest.approx(2, rel=0.1), pytest.approx(0.5, abs=0.002))
    assert found.events.spread < 0.05
    assert max(found.self_events.values()) < 1.5
    words = {name: f"{value} {remark}" for name, value, remark in rows(found) if name}
    assert words["events"].endswith("a second evenly, every 0.501 s (0.02 octaves between the quartiles)")


def test_noise_has_no_events():
    found = inspect(noise(4))
    assert found.events is None
    assert ("events", "none stands out", "") in list(rows(found))
    assert found.self_likeness < 0.3


def test_silence_within_is_said():
    y = noise(6)
    y[3 * SR : 3 * SR + SR // 2] = 0
    found = inspect(y)
    assert found.silence == pytest.approx(0.5, abs=0.041)
    assert any(w.startswith("it is silent for 0.") and w.endswith("in the middle") for w in found.warnings)


def test_clipping_drift_and_shortness_are_said():
    assert any("is clipped" in w for w in inspect(np.clip(12 * noise(4), -1, 1)).warnings)
    drifting = inspect(noise(8) * 10 ** (np.linspace(0, -10, 8 * SR) / 20))
    assert drifting.level_drift == pytest.approx(-6.5, abs=0.8)
    assert any("drifts by" in w for w in drifting.warnings)
    assert any("is little to learn from" in w for w in inspect(noise(1.5)).warnings)


def test_what_is_too_faint_for_the_meter_has_no_loudness():
    assert inspect(1e-6 * noise(2)).loudness is None


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        ([[1, 0], [-1, 0]], "channels 1 and 2 cancel each other: their sum to mono is 60 dB below them"),
        ([[1, 0], [-0.9, 0.1]], "channels 1 and 2 cancel each other: their sum to mono is 20 dB below them"),
        ([[0, 1], [1, 0], [0, 0], [-2, 0]], "channels 2 and 4 cancel each other: their sum to mono is 7 dB below them"),
        ([[1, 0], [0, 1]], None),
        ([[1, 0], [-0.3, 1]], None),
        ([[1, 0], [1, 0]], None),
        ([[1, 0], [0, 0]], None),
    ],
)
def test_channels_that_cancel_each_other_are_said(mix, said):
    found = inspect(np.array(mix) @ np.stack([noise(3, 1), noise(3, 2)])).warnings
    expected = () if said is None else (f"{said}; if one of them is inverted, invert it back",)
    assert tuple(text for text in found if "cancel" in text) == expected


def test_the_band_limit_of_a_coder_is_found():
    y = noise(6, sr=44_100)
    sos = signal.cheby2(16, 80, 15_500, output="sos", fs=44_100)
    bandwidth, cut_off = bandwidth_of(signal.sosfilt(sos, y)[None], 44_100)
    assert cut_off == pytest.approx(15_500, abs=400)
    assert bandwidth == pytest.approx(15_500, abs=400)
    assert bandwidth_of(y[None], 44_100)[1] is None
    coded = io.BytesIO()
    soundfile.write(coded, y, 44_100, format="MP3")
    coded.seek(0)
    assert 15_000 < inspect(soundfile.read(coded)[0], 44_100).cut_off < 20_000


def test_the_stereo_image():
    x, n = noise(6), noise(6, 1)
    found = inspect(np.stack([x, 0.8 * x + 0.6 * n]))
    assert found.coherence == pytest.approx(0.8, abs=0.03)
    assert found.mono == pytest.approx(10 * np.log10(1.8), abs=0.1)
    assert inspect(x).coherence is None


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (noise(0.5), "the clip lasts 0.5 s; at least 1 s are needed"),
        (np.eye(1, 2 * SR, SR), "only 0.02 s of the clip hold sound; at least 1 s are needed"),
        (np.zeros(2 * SR), "the clip is silent or constant; give one with sound in it"),
    ],
)
def test_what_cannot_be_inspected_is_refused(y, message):
    with pytest.raises(AudioError, match=message):
        inspect(y)


# The command


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    soundfile.write("rain.wav", np.stack([rain(4), rain(4, 1)], 1), SR, "PCM_24")
    soundfile.write("silent.wav", np.zeros(SR * 2), SR)
    return tmp_path


def test_json_for_programs(folder):
    outcome = CliRunner().invoke(texturize, ["inspect", "rain.wav", "--json"])
    assert outcome.exit_code == 0
    values = json.loads(outcome.stdout)
    assert (values["format"], values["subtype"], values["sample_rate"], values["channels"]) == ("WAV", "PCM_24", SR, 2)
    assert values["texture"] is True
    assert values["stretch"]["end"] == 4
    assert values["command"] == "texturize synth rain.wav"


def test_a_page_for_people_ends_with_the_command(folder):
    outcome = CliRunner().invoke(texturize, ["inspect", "rain.wav"])
    assert outcome.exit_code == 0
    for words in ("16000 Hz, 2 channels", "LUFS", "coherence", "a texture       yes"):
        assert words in outcome.stdout
    assert shlex.split(outcome.stdout.splitlines()[-1]) == ["texturize", "synth", "rain.wav"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.wav", "Error: none.wav: no such file; check the name\n"),
        ("silent.wav", "Error: silent.wav: the clip is silent or constant; give one with sound in it\n"),
    ],
)
def test_failures_are_one_line(folder, name, message):
    outcome = CliRunner().invoke(texturize, ["inspect", name])
    assert (outcome.exit_code, outcome.stderr, outcome.stdout) == (1, message, "")


def test_inspection_needs_no_jax():
    code = "import sys, texturize.inspection.inspection; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0
