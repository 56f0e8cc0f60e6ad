"""Loop points: read back by a walk of our own over the RIFF file; other readers still read the sound."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest
import scipy.io.wavfile
import soundfile

from texturize.errors import OutputError
from texturize.files.audio import read_audio
from texturize.files.audio_writing import write_audio
from texturize.files.wav_loop import add_loop


def riff(data: bytes) -> dict[str, bytes]:
    """Chunks of a WAV file by name, checked to fill it exactly."""
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WAVE"
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    chunks, at = {}, 12
    while at < len(data):
        name, size = data[at : at + 4].decode(), struct.unpack("<I", data[at + 4 : at + 8])[0]
        assert at + 8 + size + size % 2 <= len(data)
        chunks[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert at == len(data)
    return chunks


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("format", ["WAV", "WAVEX"])
@pytest.mark.parametrize("n", [1000, 1001])
def test_one_loop_over_the_whole_sound(subtype, channels, format, n):  # noqa: A002
    y = 0.1 * np.random.default_rng(0).standard_normal((n, channels))
    file = io.BytesIO()
    soundfile.write(file, y, 44_100, subtype, format=format)
    before, _ = soundfile.read(io.BytesIO(file.getvalue()))
    add_loop(file)
    maker, product, period, note, fraction, _, _, loops, extra, *loop = struct.unpack(
        "<15I", riff(file.getvalue())["smpl"]
    )
    assert (maker, product, period, note, fraction, loops, extra) == (0, 0, 22_676, 60, 0, 1, 0)
    assert loop == [0, 0, 0, n - 1, 0, 0]  # name, forward, first, last, fraction, for ever
    file.seek(0)
    np.testing.assert_array_equal(soundfile.read(file)[0], before)
    file.seek(0)
    with pytest.warns(scipy.io.wavfile.WavFileWarning, match="not understood, skipping it"):
        sr, theirs = scipy.io.wavfile.read(file)
    assert (sr, theirs.shape[0]) == (44_100, n)


def test_written_with_the_sound(tmp_path):
    path = tmp_path / "a.wav"
    y = 0.1 * np.random.default_rng(0).standard_normal((2, 999)).astype(np.float32)
    write_audio(path, y, 48_000, "PCM_24", tags={"comment": "odd"}, loop=True)
    chunks = riff(path.read_bytes())
    assert struct.unpack("<15I", chunks["smpl"])[2] == 20_833
    assert struct.unpack("<15I", chunks["smpl"])[12] == 998
    np.testing.assert_allclose(read_audio(path).samples, y, atol=2**-23)
    with wave.open(str(path)) as file:
        assert (file.getnframes(), file.getsampwidth()) == (999, 3)
    stream = io.BytesIO()
    write_audio(stream, y, 48_000, "PCM_24", tags={"comment": "odd"}, loop=True)
    assert stream.getvalue() == path.read_bytes()


@pytest.mark.parametrize(("format", "kind"), [("RF64", "RF64"), ("W64", "riff"), ("AIFF", "FORM")])
def test_what_is_no_riff_wav_is_refused(format, kind):  # noqa: A002
    file = io.BytesIO()
    soundfile.write(file, np.zeros(100), 48_000, "PCM_16", format=format)
    before = file.getvalue()
    with pytest.raises(OutputError) as caught:
        add_loop(file)
    message = f"a file of the kind '{kind}' cannot mark a loop; write a .wav file of less than 4 GiB"
    assert (str(caught.value), file.getvalue()) == (message, before)


def test_a_second_loop_is_refused():
    file = io.BytesIO()
    soundfile.write(file, np.zeros(100), 48_000, "PCM_16", format="WAV")
    add_loop(file)
    with pytest.raises(OutputError, match=r"^the file has loop points; write it anew$"):
        add_loop(file)
