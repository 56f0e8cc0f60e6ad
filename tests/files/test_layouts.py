"""Loudspeakers of more than two channels: masks in files made byte by byte, and the orders of other containers."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from texturize.cli.group import texturize as command
from texturize.files.audio import read_audio
from texturize.files.audio_writing import write_audio

SR = 48_000
VORBIS = {  # Vorbis I, section 4.3.9, by names of our own
    3: "L C R", 4: "L R BL BR", 5: "L C R BL BR", 6: "L C R BL BR LFE", 7: "L C R SL SR BC LFE",
    8: "L C R SL SR BL BR LFE",
}  # fmt: skip
WAV = {  # the order of the bits of a mask
    3: "L R C", 4: "L R BL BR", 5: "L R C BL BR", 6: "L R C LFE BL BR", 7: "L R C LFE BC SL SR",
    8: "L R C LFE BL BR SL SR",
}  # fmt: skip
TAIL = bytes.fromhex("000000001000800000aa00389b71")  # of the GUID of PCM
FORMAT_64 = bytes.fromhex("f3acd3118cd100c04f8edb8a")


def tones(channels: int, n: int = 24_000) -> np.ndarray:
    """A tone of its own in each channel (channels, n), all low enough for a low-frequency channel."""
    f = 40.0 + 10 * np.arange(channels)[:, None]
    return (0.3 * np.sin(2 * np.pi * f * np.arange(n) / SR)).astype(np.float32)


def heard(y: np.ndarray) -> list[int]:
    """Which tone each channel of a sound (channels, n) has."""
    spectrum = np.abs(np.fft.rfft(y * np.hanning(y.shape[1]), 4 * y.shape[1]))
    return [round((float(line.argmax()) / 4 / y.shape[1] * SR - 40) / 10) for line in spectrum]


def extensible(channels: int, mask: int) -> bytes:
    """Content of a `fmt ` chunk of 16 bits."""
    plain = struct.pack("<HHIIHH", 0xFFFE, channels, SR, SR * channels * 2, channels * 2, 16)
    return plain + struct.pack("<HHIH", 22, 16, mask, 1) + TAIL


def wav(channels: int, mask: int, kind: bytes = b"RIFF") -> bytes:
    """A WAV, RF64 or W64 file of tones with a mask."""
    data = np.round(tones(channels, 12_000).T * 2**15).astype("<i2").tobytes()
    form = extensible(channels, mask)
    if kind == b"W64":
        chunks = b"".join(
            name + FORMAT_64 + struct.pack("<Q", 24 + len(content)) + content
            for name, content in ((b"fmt ", form), (b"data", data))
        )
        head = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")
        return head + struct.pack("<Q", 40 + len(chunks)) + b"wave" + FORMAT_64 + chunks
    chunks = struct.pack("<4sI", b"fmt ", len(form)) + form
    size = 4 + len(chunks) + 8 + len(data)
    if kind == b"RF64":
        sizes = struct.pack("<QQQI", size + 36, len(data), 12_000, 0)
        chunks = struct.pack("<4sI", b"ds64", len(sizes)) + sizes + chunks
        return struct.pack("<4sI4s", b"RF64", 0xFFFFFFFF, b"WAVE") + chunks + b"data\xff\xff\xff\xff" + data
    return struct.pack("<4sI4s", b"RIFF", size, b"WAVE") + chunks + struct.pack("<4sI", b"data", len(data)) + data


def mask_of(data: bytes) -> tuple[int, int]:
    """Format tag and channel mask of a WAV file whose format comes first."""
    assert data[12:16] == b"fmt "
    return struct.unpack_from("<H", data, 20)[0], struct.unpack_from("<I", data, 40)[0]


@pytest.mark.parametrize(
    ("channels", "mask"), [(6, 0x3F), (6, 0x60F), (4, 0x107), (3, 0xB), (4, 0), (8, 0x63F), (5, 0x607)]
)
@pytest.mark.parametrize("kind", [b"RIFF", b"RF64", b"W64"])
def test_the_mask_of_a_clip_is_that_of_a_result(tmp_path, channels, mask, kind):
    path = tmp_path / ("a.w64" if kind == b"W64" else "a.wav")
    path.write_bytes(wav(channels, mask, kind))
    clip = read_audio(path)
    assert clip.layout == mask
    assert heard(clip.samples) == list(range(channels))
    write_audio(tmp_path / "b.wav", clip.samples, SR, "PCM_24", layout=clip.layout)
    assert mask_of((tmp_path / "b.wav").read_bytes()) == (0xFFFE, mask)
    write_audio(tmp_path / "b.flac", clip.samples, SR, "PCM_24", layout=clip.layout)
    assert b"WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x" in (tmp_path / "b.flac").read_bytes()
    again = read_audio(tmp_path / "b.flac")
    assert again.layout == mask
    np.testing.assert_allclose(again.samples, clip.samples, atol=2**-23)  # a step of 24 bits


@pytest.mark.parametrize(
    ("channels", "mask"), [(3, 0x7), (4, 0x33), (5, 0x37), (6, 0x3F), (7, 0x70F), (8, 0x63F)]
)  # RFC 9639, section 9.1.3
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "FLOAT"])
def test_without_one_it_is_the_usual_one(tmp_path, channels, mask, subtype):
    soundfile.write(tmp_path / "plain.wav", tones(channels).T, SR, subtype)
    clip = read_audio(tmp_path / "plain.wav")
    assert clip.layout is None
    write_audio(tmp_path / "b.wav", clip.samples, SR, subtype)
    assert mask_of((tmp_path / "b.wav").read_bytes()) == (0xFFFE, mask)
    assert read_audio(tmp_path / "b.wav").subtype == subtype


@pytest.mark.parametrize("channels", [1, 2])
def test_one_channel_and_two_are_plain(tmp_path, channels):
    write_audio(tmp_path / "b.wav", tones(channels), SR, "PCM_16")
    assert struct.unpack_from("<H", (tmp_path / "b.wav").read_bytes(), 20) == (1,)


@pytest.mark.parametrize("channels", [3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_vorbis_and_opus_have_an_order_of_their_own(tmp_path, channels, subtype):
    # libsndfile hands channels on in the order of the file.
    order = [WAV[channels].split().index(name) for name in VORBIS[channels].split()]
    write_audio(tmp_path / "a.ogg", tones(channels), SR, subtype)
    raw, _ = soundfile.read(tmp_path / "a.ogg", dtype="float32")
    assert heard(raw.T) == order
    assert heard(read_audio(tmp_path / "a.ogg").samples) == list(range(channels))


@pytest.mark.parametrize("arguments", [["-o", "out.wav"], ["-o", "-"], ["--loop", "-o", "out.wav"]])
def test_the_command_keeps_the_mask(fake, arguments):
    Path("surround.wav").write_bytes(wav(6, 0x60F))
    result = CliRunner().invoke(command, ["synth", "surround.wav", "-q", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    data = result.stdout_bytes if "-" in arguments else Path("out.wav").read_bytes()
    assert mask_of(data) == (0xFFFE, 0x60F)


def test_a_batch_keeps_the_mask(fake):
    Path("surround.wav").write_bytes(wav(6, 0x60F))
    arguments = ["batch", "surround.wav", "-o", "out", "-q"]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    assert mask_of(next(Path("out").rglob("*.wav")).read_bytes()) == (0xFFFE, 0x60F)


def test_damaged_comments_are_no_layout(tmp_path):
    write_audio(tmp_path / "a.flac", tones(3), SR, "PCM_16")
    data = (tmp_path / "a.flac").read_bytes()
    at = data.index(b"0x0007")
    (tmp_path / "b.flac").write_bytes(data[:at] + b"0x!!!!" + data[at + 6 :])
    assert read_audio(tmp_path / "b.flac").layout is None
