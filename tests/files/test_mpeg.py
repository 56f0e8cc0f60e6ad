"""MPEG audio whose length no header counts: it is decoded to its end, and cut off only if a header says so."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from texturize.errors import AudioError
from texturize.files.audio import read_audio

SR, FRAME = 44_100, 1152
RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""Kilobits per second of layer III by the number in the head of a frame (ISO 11172-3, 2.4.2.3)."""
N = 2 * SR


def encoded(mode: str, loud: bool = True) -> bytes:
    """Noise as MP3, with the header that LAME writes; at first loud and then hardly there, or the other way about."""
    y = 0.1 * np.random.default_rng(1).standard_normal(N)
    y[: N // 2] *= 1 if loud else 1e-3
    y[N // 2 :] *= 1e-3 if loud else 1
    file = io.BytesIO()
    soundfile.write(file, y, SR, "MPEG_LAYER_III", format="MP3", bitrate_mode=mode, compression_level=0.3)
    return file.getvalue()


def frames(data: bytes) -> list[bytes]:
    """The frames of MPEG 1, layer III, at 44.1 kHz, each as long as its head says."""
    found, at = [], 0
    while at + 4 <= len(data):
        assert data[at] == 0xFF and data[at + 1] & 0xFE == 0xFA
        size = 144 * RATES[data[at + 2] >> 4] * 1000 // SR + (data[at + 2] >> 1 & 1)
        found.append(data[at : at + size])
        at += size
    return found


def without_header(data: bytes) -> tuple[bytes, int]:
    """The same without the frame that counts the others, and how many there are."""
    first, *others = frames(data)
    assert b"Xing" in first or b"Info" in first
    return b"".join(others), len(others)


def read(tmp_path, data: bytes, name: str = "a.mp3"):
    path = tmp_path / name
    path.write_bytes(data)
    return read_audio(path)


@pytest.mark.parametrize("loud", [True, False])
@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_without_a_header_all_frames_are_decoded(tmp_path, mode, loud):
    data = encoded(mode, loud)
    bare, count = without_header(data)
    clip = read(tmp_path, bare)
    assert clip.samples.shape == (1, count * FRAME)
    with_header = read(tmp_path, data).samples  # without the delay of encoder and decoder, which the header tells
    assert with_header.shape == (1, N)
    delay = 528 + 1 + 576
    np.testing.assert_allclose(clip.samples[:, delay : delay + N], with_header, atol=1e-6)
    assert clip.notes == ()


def test_a_header_that_does_not_count_the_frames(tmp_path):
    data = encoded("VARIABLE")
    at = data.index(b"Xing") + 7
    assert data[at] & 1
    flags = data[:at] + bytes([data[at] & ~1]) + data[at + 1 :]
    assert read(tmp_path, flags).samples.shape[1] >= without_header(data)[1] * FRAME


@pytest.mark.parametrize("behind", [b"", b"TAG" + bytes(125), bytes(5000)])
@pytest.mark.parametrize("before", [b"", b"ID3\4\0\0\0\0\7\x68" + bytes(1000)])
def test_tags_are_no_sound(tmp_path, before, behind):
    bare, count = without_header(encoded("VARIABLE"))
    assert read(tmp_path, before + bare + behind).samples.shape == (1, count * FRAME)


def test_a_last_frame_that_is_not_whole_is_left_out(tmp_path):
    bare, count = without_header(encoded("CONSTANT"))
    assert read(tmp_path, bare[:-50]).samples.shape == (1, (count - 1) * FRAME)


def test_damage_in_the_middle_is_no_end(tmp_path):
    bare, _ = without_header(encoded("CONSTANT"))
    with pytest.raises(AudioError, match=r"a\.mp3 is cut off or damaged"):
        read(tmp_path, bare[:8000] + bytes(5000) + bare[8000:])


def test_cut_off_where_a_header_counts_the_frames(tmp_path, capfd):
    data = encoded("VARIABLE")
    with pytest.raises(AudioError, match=rf"a\.mp3 is cut off: it holds \d+ of {N} samples"):
        read(tmp_path, data[: len(data) // 2])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_mp3_in_wav(tmp_path, mode):
    bare, count = without_header(encoded(mode))
    fmt = struct.pack("<HHIIHHHHIHHH", 0x55, 1, SR, 16_000, 1, 0, 12, 1, 2, 417, 1, 1393)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(bare)) + bare
    clip = read(tmp_path, b"RIFF" + struct.pack("<I", len(body)) + body, "a.wav")
    assert clip.samples.shape == (1, count * FRAME)


@pytest.mark.parametrize("header", [True, False])
def test_mp3_put_end_to_end(tmp_path, header):
    data = encoded("VARIABLE")
    bare, count = without_header(data)
    clip = read(tmp_path, 2 * (data if header else bare))
    assert clip.samples.shape == (1, 2 * N if header else 2 * count * FRAME)
