"""Sounds that can be read but once: standard input and pipes; and codecs that cannot seek."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from texturize.cli.group import texturize as command
from texturize.errors import AudioError
from texturize.files import streams
from texturize.files.audio import read_audio
from texturize.files.streams import STANDARD_INPUT

SR = 8000


def sound(container: str = "WAV", subtype: str = "PCM_16", seed: int = 0) -> bytes:
    file = io.BytesIO()
    y = 0.1 * np.random.default_rng(seed).standard_normal(2 * SR)
    soundfile.write(file, y, SR, subtype, format=container)
    return file.getvalue()


def call(*arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(command, list(arguments), input=given)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
@pytest.mark.parametrize(
    ("container", "subtype"),
    [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("CAF", "PCM_16")],
)
def test_a_pipe_is_read_as_a_file_is(tmp_path, container, subtype):
    data, file, pipe = sound(container, subtype), tmp_path / "file", tmp_path / "pipe"
    file.write_bytes(data)
    os.mkfifo(pipe)
    feeder = threading.Thread(target=pipe.write_bytes, args=(data,))
    feeder.start()
    clip = read_audio(pipe)
    feeder.join()
    np.testing.assert_array_equal(clip.samples, read_audio(file).samples)
    assert clip.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "GSM610"), ("WAV", "G721_32"), ("WAV", "NMS_ADPCM_16"), ("WAV", "NMS_ADPCM_24"),
        ("WAV", "NMS_ADPCM_32"), ("AU", "G721_32"), ("AU", "G723_24"), ("AU", "G723_40"),
    ],
)  # fmt: skip
def test_codecs_that_cannot_seek(tmp_path, container, subtype):
    path = tmp_path / "a.snd"
    path.write_bytes(sound(container, subtype))
    with soundfile.SoundFile(path) as file:
        theirs = file.read(file.frames, dtype="float32")
    clip = read_audio(path)
    assert clip.subtype == subtype
    mean_free = clip.samples[0] - clip.samples[0].mean()
    assert len(theirs) == clip.samples.shape[1] >= 2 * SR
    assert np.corrcoef(mean_free, theirs)[0, 1] > 0.9  # GSM has an offset of its own, which is taken out


def test_standard_input_is_named_and_hashed(fake):
    data = sound()
    outcome = call("synth", "-", "--manifest", "-q", given=data)
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    assert sorted(path.name for path in Path().iterdir()) == ["stdin.texture.wav", "stdin.texture.wav.json"]
    manifest = json.loads(Path("stdin.texture.wav.json").read_text())
    assert manifest["input"]["sha256"] == hashlib.sha256(data).hexdigest()


def test_from_standard_input_to_standard_output(fake):
    outcome = call("synth", "-", "-o", "-", given=sound("FLAC"))
    made, sr = soundfile.read(io.BytesIO(outcome.stdout_bytes))
    assert (sr, len(made)) == (SR, 2 * SR)
    assert not list(Path().iterdir())


def test_a_run_from_standard_input_is_repeated_with_what_was_piped_saved(fake):
    assert call("synth", "-", "--manifest", given=sound()).exit_code == 0
    outcome = call("repeat", "stdin.texture.wav.json", "-o", "again.wav")
    assert "/dev/stdin is missing; put what was piped into it, as stdin beside the manifest" in outcome.stderr
    Path("stdin").write_bytes(sound())
    assert call("repeat", "stdin.texture.wav.json", "-o", "again.wav").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        "inspect -",
        "compare - a.wav",
        "compare a.wav -",
        "check a.wav -",
        "report a.wav - -o page.html --force",
    ],
)
def test_other_commands_read_standard_input(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    Path("a.wav").write_bytes(sound())
    Path("b.wav").write_bytes(sound())
    words = arguments.split()
    of_file = call(*("b.wav" if word == "-" else word for word in words))
    piped = call(*words, given=sound())
    assert (piped.exit_code, piped.stderr) == (0, "")
    assert piped.stdout.replace("/dev/stdin", "b.wav") == of_file.stdout


def test_a_file_called_dash_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("-").write_bytes(sound("FLAC"))
    outcome = call("inspect", "./-", given=sound())
    assert outcome.exit_code == 0
    assert "FLAC" in outcome.stdout


def test_what_cannot_be_read_from_standard_input_is_said_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.wav").write_bytes(sound())
    assert (
        call("inspect", "-").stderr
        == "Error: standard input is empty, or has been read already; pipe a sound into it, and read it once\n"
    )
    assert call("compare", "-", "-", given=sound()).stderr.startswith(
        "Error: standard input is empty, or has been read already"
    )
    assert call("inspect", "-", given=b"no sound").stderr.startswith(
        "Error: /dev/stdin is not a sound file that can be "
    )
    outcome = call("check", "a.wav", "a.wav", "a.wav", "--clip", "-", "--record", "golden.json", given=sound())
    assert (
        outcome.stderr
        == "Error: /dev/stdin can be read only once, but a golden is read many times; save it to a file first\n"
    )


def test_standard_input_that_is_closed_or_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(AudioError, match=r"^standard input is closed; pipe a sound into it, or name a file$"):
        read_audio(STANDARD_INPUT)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", terminal)
    with pytest.raises(AudioError, match=r"^standard input is a terminal; "):
        read_audio(STANDARD_INPUT)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_a_stream_without_an_end_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "MOST_BYTES", 2**21)
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")

    def feed() -> None:
        with contextlib.suppress(BrokenPipeError), open("pipe", "wb") as pipe:  # noqa: PTH123
            while True:
                pipe.write(bytes(2**16))

    feeder = threading.Thread(target=feed)
    feeder.start()
    with pytest.raises(AudioError, match=r"^pipe is longer than 2 MiB; give the first seconds of it; ten are enough$"):
        read_audio("pipe")
    feeder.join(60)
    assert not feeder.is_alive()
