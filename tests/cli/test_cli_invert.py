"""`texturize invert`: what it reads and writes, the figure at its end, and what it refuses."""

import io
import re

import librosa
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from texturize.cli.group import texturize

SR, N = 16_000, 6400
SPECTROGRAM = ("--sample-rate", "16000", "--iterations", "5")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(texturize, ["invert", *arguments], catch_exceptions=False)


def sound() -> np.ndarray:
    t = np.arange(N) / SR
    return (0.2 * np.sin(2 * np.pi * 440 * t) + 0.02 * np.random.default_rng(0).standard_normal(N)).astype(np.float32)


def level(y: np.ndarray) -> float:
    return 10 * np.log10((y**2).mean())


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    S = np.abs(librosa.stft(sound(), n_fft=256))
    np.save("s.npy", S)
    np.savez("two.npz", a=S, b=librosa.amplitude_to_db(S, top_db=None).T, sr=SR)
    np.save("loud.npy", 100 * S)
    np.save("batch.npy", np.stack([[S, S], [S, S]]))
    soundfile.write("tone.wav", np.stack([sound(), 0.5 * sound()], axis=1), SR, "PCM_24")


def test_a_file_of_magnitudes_becomes_a_sound():
    result = run("s.npy", *SPECTROGRAM, "-o", "out.wav")
    assert result.exit_code == 0, result.output
    found = re.fullmatch(
        r"out.wav: 0.40 s, 16000 Hz, 1 channel, PCM_16; 5 iterations; off by (\S+) \(\S+ dB\)\n", result.output
    )
    y, sr = soundfile.read("out.wav")
    S = np.load("s.npy")
    own = np.abs(librosa.stft(y, n_fft=256))
    assert sr == SR and len(y) == N
    assert float(found[1]) == pytest.approx(np.linalg.norm(own - S) / np.linalg.norm(S), abs=2e-3)


def test_an_array_of_an_archive_in_decibels_and_in_tensorflows_order():
    assert run("two.npz", "--array", "b", "--kind", "db", *SPECTROGRAM, "-o", "b.wav").exit_code == 0
    assert run("s.npy", *SPECTROGRAM, "-o", "a.wav", "-q").output == ""
    np.testing.assert_allclose(soundfile.read("b.wav")[0], soundfile.read("a.wav")[0], atol=3e-4)


def test_like_has_rate_length_channels_format_and_level():
    result = run("--like", "tone.wav", "--n-fft", "256", "--iterations", "5", "-o", "out.flac")
    assert result.exit_code == 0, result.output
    (y, sr), info = soundfile.read("out.flac"), soundfile.info("out.flac")
    assert (sr, y.shape, info.subtype) == (SR, (N, 2), "PCM_24")
    np.testing.assert_allclose([level(y[:, 0]), level(y[:, 1])], [level(sound()), level(0.5 * sound())], atol=0.2)


@pytest.mark.parametrize("samples", [N, 100])
def test_like_has_the_level_of_an_offset_and_of_less_than_a_frame(samples):
    soundfile.write("offset.wav", 0.3 + sound()[:samples], SR, "FLOAT")
    result = run("--like", "offset.wav", "--n-fft", "256", "--iterations", "5", "-o", "out.wav")
    assert result.exit_code == 0 and result.stderr == ""
    y = soundfile.read("out.wav")[0]
    assert len(y) == samples and level(y) == pytest.approx(level(0.3 + sound()[:samples]), abs=0.2)


def test_like_in_mel_bands():
    result = run(
        "--like", "tone.wav", "--n-fft", "256", "--kind", "mel-db", "--mels", "40", "--iterations", "5", "-o", "-"
    )
    assert result.exit_code == 0
    y, sr = soundfile.read(io.BytesIO(result.stdout_bytes))
    assert (sr, y.shape) == (SR, (N, 2)) and "off by" in result.stderr


def test_a_loud_one_is_turned_down_and_says_so_or_is_kept():
    result = run("loud.npy", *SPECTROGRAM, "-o", "out.wav")
    assert "above full scale and was turned down by that; --subtype FLOAT keeps its level" in result.stderr
    assert np.abs(soundfile.read("out.wav")[0]).max() == pytest.approx(0.999, abs=1e-3)
    assert "turned down" not in run("loud.npy", *SPECTROGRAM, "-o", "out.wav", "--subtype", "float", "--force").output
    assert np.abs(soundfile.read("out.wav")[0]).max() > 10


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "give either a SPECTROGRAM or --like SOUND."),
        (("s.npy", "--like", "tone.wav"), 2, "give either a SPECTROGRAM or --like SOUND."),
        (("s.npy",), 2, "a spectrogram does not tell its sample rate: add --sample-rate, such as 22050."),
        (
            ("--like", "tone.wav", "--axes", "bins-frames"),
            2,
            "--axes is of a spectrogram; with --like the sound tells it.",
        ),
        (("missing.npy", *SPECTROGRAM), 1, "missing.npy does not exist; correct the path"),
        (("s.npy", *SPECTROGRAM, "--n-fft", "512"), 1, "s.npy: 129 by 101 values: neither is the 257 bins"),
        (("batch.npy", *SPECTROGRAM), 1, "an array of the shape (2, 2, 129, 101) holds more than one sound"),
        (("s.npy", *SPECTROGRAM, "-o", "tone.wav"), 1, "tone.wav exists"),
        (("s.npy", *SPECTROGRAM, "-o", "out.txt"), 1, "unknown ending '.txt'"),
        (("s.npy", *SPECTROGRAM, "--subtype", "VORBIS"), 1, ".wav has no sample format VORBIS"),
    ],
)
def test_what_cannot_be_is_refused_before_the_work(arguments, code, message):
    result = run(*arguments)
    assert result.exit_code == code and message in result.stderr
    assert len([line for line in result.stderr.splitlines() if line.startswith("Error")]) == 1
