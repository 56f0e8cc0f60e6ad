"""Flags for the part of the clip and for the result: what reaches the file, and what is refused in which words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import scipy.signal
import soundfile
from click.testing import CliRunner, Result

from texturize.cli.group import texturize as command
from texturize.config import AudioConfig, OutputConfig
from texturize.signal.loudness import true_peak

SR = 16_000


@pytest.fixture(autouse=True)
def folder(fake, tmp_path):
    """A working folder with a clip of 3 s, hiss that swells, and the numerics replaced."""
    y = np.random.default_rng(0).standard_normal((3 * SR, 2)) * np.linspace(0.01, 0.1, 3 * SR)[:, None]
    soundfile.write("rain.wav", np.clip(y, -0.99, 0.99), SR, "PCM_24")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def made(arguments: str, name: str = "out.wav") -> tuple[np.ndarray, int, str]:
    """Samples (channels, n), rate and standard error of a run that went well."""
    result = run("synth", "rain.wav", "-o", name, "--force", *arguments.split())
    assert result.exit_code == 0, result.stderr
    y, sr = soundfile.read(name, always_2d=True)
    return y.T, sr, result.stderr


def lufs(y: np.ndarray, sr: int) -> float:
    # At 48 kHz, where its filters are the standard's own.
    y = scipy.signal.resample(y, round(y.shape[-1] * 48_000 / sr), axis=-1)
    return float(pyloudnorm.Meter(48_000, filter_class="DeMan").integrated_loudness(y.T))


def test_by_default_as_loud_as_the_clip():
    clip, _ = soundfile.read("rain.wav")
    y, sr, errors = made("")
    assert lufs(y, sr) == pytest.approx(lufs(clip.T, SR), abs=0.1)
    assert errors == ""


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
@pytest.mark.parametrize("target", [-23, -35.5])
def test_loudness(name, target):
    y, sr, errors = made(f"--loudness {target}", name)
    assert lufs(y, sr) == pytest.approx(target, abs=0.2)
    assert errors == ""


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("", "a.wav"), ("--sample-rate 44100", "a.wav"), ("--fade-in 1 --fade-out 1", "a.flac"), ("--subtype PCM_U8", "a.wav"),
        ("", "a.ogg"), ("", "a.mp3"), ("", "a.opus"),
    ],
)  # fmt: skip
def test_true_peak(options, name):
    y, sr, errors = made(f"--true-peak -1.5 --loudness -6 {options}", name)
    # The peaks of MP3 do not follow the gain, so some of it may be more than it takes.
    assert (-2.6 if name == "a.mp3" else -2.2) < true_peak(y.astype(np.float32), sr) <= -1.5
    assert errors.startswith("Warning: turned down by ")
    assert f"to keep the true peak at -1.5 dBTP: the loudness is {lufs(y, sr):.1f} LUFS instead of -6.0\n" in errors
    assert errors.count("\n") == 1


def test_without_a_true_peak_single_peaks_are_limited_and_none_is_cut_off():
    y, _, errors = made("--loudness -5 --subtype PCM_16")
    assert np.abs(y).max() < 1
    assert errors.startswith("Warning: peaks were turned down by up to ")


def test_sample_rate_and_subtype():
    y, sr, _ = made("--sample-rate 48000 --subtype pcm_16 --picture p.png")
    assert (sr, y.shape) == (48_000, (2, 3 * 48_000))
    assert soundfile.info("out.wav").subtype == "PCM_16"
    clip, _ = soundfile.read("rain.wav")
    assert lufs(y, sr) == pytest.approx(lufs(clip.T, SR), abs=0.1)
    assert made("--subtype FLOAT -q")[1] == SR
    assert soundfile.info("out.wav").subtype == "FLOAT"
    assert made("--subtype OPUS", "a.ogg")[1] == SR
    assert soundfile.info("a.ogg").subtype == "OPUS"
    assert made("--sample-rate 24000", "a.opus")[1] == 24_000
    assert soundfile.info("a.opus").subtype == "OPUS"


def test_dither_is_of_the_seed_and_can_be_left_out():
    plain, dithered, again, other = (
        made(f"--subtype PCM_16 {options}")[0] for options in ("--no-dither", "", "--dither", "--seed 1")
    )
    exact = made("--subtype FLOAT")[0]
    step = 2.0**-15
    assert np.abs(plain - exact).max() <= 0.501 * step
    assert 0.9 < np.abs(dithered - exact).max() / step <= 1.501
    assert np.std(dithered - exact) == pytest.approx(0.5 * step, rel=0.02)
    np.testing.assert_array_equal(dithered, again)
    assert np.any(dithered != other)


def test_fades():
    plain = made("--subtype FLOAT")[0]
    y = made("--subtype FLOAT --fade-in 0.5 --fade-out 1")[0]
    assert not y[:, 0].any()
    assert not y[:, -1].any()
    ratio = y[0] / plain[0]
    body = np.median(ratio[SR : 2 * SR - 10])
    expected = body * (0.5 - 0.5 * np.cos(np.pi * np.arange(SR // 2) / (SR // 2)))
    np.testing.assert_allclose(ratio[: SR // 2], expected, atol=1e-4)
    np.testing.assert_allclose(ratio[SR // 2 : 2 * SR], body, rtol=1e-4)


def test_start_and_end():
    clip, _ = soundfile.read("rain.wav")
    part = clip[SR // 2 : 2 * SR].T
    y, sr, _ = made("--start 0.5 --end 2 --manifest")
    assert y.shape == part.shape
    assert lufs(y, sr) == pytest.approx(lufs(part, SR), abs=0.1)
    correlation = np.corrcoef(y[0], part[0, ::-1])[0, 1]  # the fake turns the clip round
    assert correlation > 0.999
    audio = json.loads(Path("out.wav.json").read_text())["config"]["audio"]
    assert (audio["start"], audio["end"]) == (0.5, 2)
    assert made("--start 1 --duration 0.75")[0].shape == (2, 12_000)


FLAGS = {
    "audio.start": ("--start", 1.0), "audio.end": ("--end", 2.0), "output.duration": ("--duration", 1.5),
    "output.loudness": ("--loudness", -23.0), "output.true_peak": ("--true-peak", -1.0),
    "output.sample_rate": ("--sample-rate", 22_050), "output.subtype": ("--subtype", "PCM_16"),
    "audio.brightness": ("--brightness", -3.0),
    "output.dither": ("--no-dither", False), "output.fade_in": ("--fade-in", 0.25), "output.fade_out": ("--fade-out", 0.5),
}  # fmt: skip


def test_every_key_of_the_output_has_a_flag():
    several = {"output.loop", "output.variations", "output.joinable"}  # see test_cli_variations
    keys = {f"output.{name}" for name in OutputConfig.model_fields} | {"audio.start", "audio.end", "audio.brightness"}
    assert keys == set(FLAGS) | several
    assert set(AudioConfig.model_fields) == {"start", "end", "brightness", "sample_rate"}


@pytest.mark.parametrize("way", ["flags", "keys", "both"])
def test_flags_are_config_keys_and_win_over_them(way):
    """All at once, and each value is another: that of one flag under the key of another would be seen."""
    flags = [word for flag, value in FLAGS.values() for word in ([flag] if value is False else [flag, str(value)])]
    settings = {key: str(value).lower() if value is False else str(value) for key, (_, value) in FLAGS.items()}
    other = {
        "audio.start": "0.5", "audio.end": "2.5", "audio.brightness": "2", "output.duration": "2.5", "output.dither": "true",
        "output.loudness": "-50", "output.true_peak": "-20", "output.sample_rate": "8000", "output.subtype": "PCM_32",
        "output.fade_in": "0.75", "output.fade_out": "1",
    }  # fmt: skip
    assert set(other) == set(FLAGS)
    sets = {"flags": {}, "keys": settings, "both": other}[way]
    made(
        " ".join(
            [*(flags if way != "keys" else []), *(f"--set {key}={value}" for key, value in sets.items()), "--manifest"]
        )
    )
    config = json.loads(Path("out.wav.json").read_text())["config"]
    found = {key: config[key.split(".")[0]][key.split(".")[1]] for key in FLAGS}
    assert found == {key: value for key, (_, value) in FLAGS.items()}


def test_the_file_says_how_it_was_made():
    made("--seed 7 -c preview --set filters.count=9", "a.flac")
    with soundfile.SoundFile("a.flac") as file:
        tags = file.copy_metadata()
    version = run("--version").stdout.split()[1]
    assert tags["title"] == "Texture of rain.wav"
    assert tags["software"].startswith(f"texturize {version}")
    assert tags["comment"] == f"texturize {version}; config preview; filters.count=9; seed 7"


FAILURES = [
    ("--start 3", "rain.wav: start 3 s is not within the clip's 3.000 s; choose an earlier --start"),
    ("--end 3.5", "rain.wav: end 3.5 s is beyond the clip's 3.000 s; choose an earlier --end, or none"),
    ("--start 2 --end 1", "--start 2.0: audio: start 2 is not before end 1; choose an earlier start"),
    ("--start 1 --end 1", "--start 1.0: audio: start 1 is not before end 1; choose an earlier start"),
    ("--start 1 --end 1.00001", "rain.wav: there is no sample from 1 s to 1.00001 s; choose a later --end"),
    (
        "--fade-in 2 --fade-out 1.5",
        "fades of 2 s and 1.5 s do not fit into a result of 3 s; use shorter fades or a longer --duration",
    ),
    (
        "--fade-in 2 --duration 1",
        "fades of 2 s and 0 s do not fit into a result of 1 s; use shorter fades or a longer --duration",
    ),
    ("--subtype FLOAT -o a.flac", "a.flac: .flac has no sample format FLOAT; use one of PCM_S8, PCM_16, PCM_24"),
    ("--subtype PCM24 -o a.flac", "a.flac: .flac has no sample format PCM24; use one of PCM_S8, PCM_16, PCM_24"),
    ("--subtype PCM_16 -o a.opus", "a.opus: .opus has no sample format PCM_16; use OPUS"),
    (
        "--sample-rate 44100 -o a.opus",
        "a.opus: OGG as OPUS cannot hold 2 channels at 44100 Hz; use --sample-rate 48000, .wav or .flac",
    ),
    ("--set output.loudness=3", "--set output.loudness=3: output.loudness is 3, but must be at most 0"),
    ("--set output.true_peak=1", "--set output.true_peak=1: output.true_peak is 1, but must be at most 0"),
    ("--set output.fade_in=-1", "--set output.fade_in=-1: output.fade_in is -1, but must be at least 0"),
    ("--set output.sample_rate=1", "--set output.sample_rate=1: output.sample_rate is 1, but must be at least 8000"),
    ("--set output.subtype=16", "--set output.subtype=16: output.subtype is 16, but must be text"),
    ("--set output.dither=1", "--set output.dither=1: output.dither is 1, but must be true or false"),
    ("--set audio.end=0", "--set audio.end=0: audio.end is 0, but must be more than 0"),
    ("--set output.fade=1", "--set output.fade=1: unknown key output.fade; the nearest known key is output.fade_in"),
]


@pytest.mark.parametrize(("arguments", "message"), FAILURES, ids=[arguments for arguments, _ in FAILURES])
def test_failures_are_one_line_and_leave_nothing_behind(folder, arguments, message):
    result = run("synth", "rain.wav", *arguments.split())
    assert (result.exit_code, result.stderr, result.stdout) == (1, f"Error: {message}\n", "")
    assert [path.name for path in folder.iterdir()] == ["rain.wav"]


USAGE = [
    ("--start -1", "Invalid value for '--start': -1.0 is not in the range x>=0."),
    ("--end 0", "Invalid value for '--end': 0.0 is not in the range x>0."),
    ("--start nan", "Invalid value for '--start': nan is not a time in seconds."),
    ("--start 1:30", "Invalid value for '--start': '1:30' is not a valid float."),
    ("--fade-in -0.1", "Invalid value for '--fade-in': -0.1 is not in the range x>=0."),
    ("--fade-out inf", "Invalid value for '--fade-out': inf is not a time in seconds."),
    ("--loudness 1", "Invalid value for '--loudness': 1.0 is not in the range -60<=x<=0."),
    ("--loudness -61", "Invalid value for '--loudness': -61.0 is not in the range -60<=x<=0."),
    ("--loudness loud", "Invalid value for '--loudness': 'loud' is not a valid float."),
    ("--loudness nan", "Invalid value for '--loudness': nan is not a loudness in LUFS."),
    ("--true-peak 0.1", "Invalid value for '--true-peak': 0.1 is not in the range -30<=x<=0."),
    ("--true-peak -inf", "Invalid value for '--true-peak': -inf is not a level in dBTP."),
    ("--sample-rate 4000", "Invalid value for '--sample-rate': 4000 is not in the range 8000<=x<=192000."),
    ("--sample-rate 44.1k", "Invalid value for '--sample-rate': '44.1k' is not a valid integer range."),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE, ids=[arguments for arguments, _ in USAGE])
def test_wrong_usage(arguments, message):
    result = run("synth", "rain.wav", *arguments.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == f"Error: {message}"


@pytest.mark.parametrize("edge", ["--loudness 0", "--loudness -60", "--true-peak 0", "--true-peak -30", "--fade-in 0",
                                  "--sample-rate 8000", "--sample-rate 192000", "--start 0"])  # fmt: skip
def test_the_edges_of_the_ranges_are_those_of_the_config(edge):
    made(f"{edge} -q")
