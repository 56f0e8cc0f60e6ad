"""Sizes in headers that were never written, or are of the first buffer: the sound behind them is read to the end."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from texturize.errors import AudioError
from texturize.files.audio import read_audio

Y = np.round(0.1 * np.random.default_rng(1).standard_normal((5000, 2)) * 2**15) / 2**15
NO = 2**32 - 1


def written(container: str, subtype: str = "PCM_16", order: str = "FILE", y: np.ndarray = Y) -> bytearray:
    file = io.BytesIO()
    soundfile.write(file, y, 16_000, subtype, order, container)
    return bytearray(file.getvalue())


def put(data: bytearray, at: int, size: str, value: int) -> None:
    struct.pack_into(size, data, at, value)


def read(tmp_path, data: bytes, name: str = "a.wav"):
    path = tmp_path / name
    path.write_bytes(data)
    return read_audio(path)


def assert_whole(clip) -> None:
    np.testing.assert_array_equal(clip.samples, Y.T)


@pytest.mark.parametrize("riff", [0, 36, 4088, NO])
@pytest.mark.parametrize("size", [0, NO])
@pytest.mark.parametrize("container", ["WAV", "WAVEX"])
def test_wav_of_a_recorder_that_crashed(tmp_path, container, riff, size):
    data = written(container)
    put(data, 4, "<I", riff)
    put(data, data.index(b"data") + 4, "<I", size)
    clip = read(tmp_path, data)
    assert_whole(clip)
    assert clip.notes == ()


def test_wav_with_the_sizes_of_its_first_buffer(tmp_path):
    data = written("WAV")
    put(data, 4, "<I", 4088)
    put(data, 40, "<I", 4052)
    clip = read(tmp_path, data)
    assert_whole(clip)
    assert clip.notes == ("it holds more sound than its header says, and is read to the end",)


def test_big_endian_wav(tmp_path):
    data = written("WAV", order="BIG")
    put(data, data.index(b"data") + 4, ">I", 0)
    assert_whole(read(tmp_path, data))


@pytest.mark.parametrize("size", [0, NO])
@pytest.mark.parametrize("long", [0, 2**64 - 1])
def test_rf64(tmp_path, size, long):
    data = written("RF64")
    put(data, data.index(b"data") + 4, "<I", size)
    put(data, data.index(b"ds64") + 8, "<Q", long)
    put(data, data.index(b"ds64") + 16, "<Q", long)
    assert_whole(read(tmp_path, data, "a.rf64"))


@pytest.mark.parametrize("size", [0, 24, 2**64 - 1])
@pytest.mark.parametrize("riff", [0, 2**64 - 1])
def test_w64(tmp_path, size, riff):
    data = written("W64")
    put(data, 16, "<Q", riff)
    put(data, data.index(b"data\xf3") + 16, "<Q", size)
    assert_whole(read(tmp_path, data, "a.w64"))


@pytest.mark.parametrize("size", [0, NO])
@pytest.mark.parametrize(("order", "way"), [("BIG", ">I"), ("LITTLE", "<I")])
def test_au(tmp_path, order, way, size):
    data = written("AU", order=order)
    put(data, 8, way, size)
    assert_whole(read(tmp_path, data, "a.au"))


@pytest.mark.parametrize("size", [0, -1, NO])
def test_caf(tmp_path, size):
    data = written("CAF")
    put(data, data.index(b"data") + 4, ">q", size)
    assert_whole(read(tmp_path, data, "a.caf"))


@pytest.mark.parametrize("size", [0, NO])
@pytest.mark.parametrize("frames", [0, NO])
def test_aiff(tmp_path, size, frames):
    data = written("AIFF")
    put(data, 4, ">I", size)
    put(data, data.index(b"COMM") + 10, ">I", frames)
    put(data, data.index(b"SSND") + 4, ">I", size)
    assert_whole(read(tmp_path, data, "a.aiff"))


def test_flac_without_a_count(tmp_path):
    data = written("FLAC")
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    assert_whole(read(tmp_path, data, "a.flac"))
    cut = read(tmp_path, data[:-100], "a.flac").samples  # in its last frame, which is lost
    assert cut.shape[1] >= 4000
    np.testing.assert_array_equal(cut, Y.T[:, : cut.shape[1]])
    with pytest.raises(AudioError, match=r"is not a sound file that can be read|is cut off or damaged"):
        read(tmp_path, data[:60], "a.flac")


def test_hours_of_silence_in_flac_without_a_count_are_refused_on_the_way(tmp_path):
    path = tmp_path / "a.flac"
    with soundfile.SoundFile(path, "w", 8000, 1, "PCM_16") as file:
        for _ in range(18):
            file.write(np.zeros(10**6, np.int16))
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    with pytest.raises(AudioError, match=r"says it holds 1677\d{4} samples in 1 channels, in \d+ bytes; cut the sound"):
        read(tmp_path, data, "a.flac")


@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM"])
def test_the_last_block_of_adpcm_is_read_too(tmp_path, subtype):
    data = written("WAV", subtype)
    whole = read(tmp_path, data).samples
    put(data, data.index(b"data") + 4, "<I", 0)
    put(data, data.index(b"fact") + 8, "<I", 0)
    np.testing.assert_array_equal(read(tmp_path, data).samples[:, :5000], whole[:, :5000])


@pytest.mark.parametrize(
    "behind",
    [
        b"LIST" + struct.pack("<I", 4) + b"INFO",
        b"LIST" + struct.pack("<I", 400) + b"INFO",  # cut off
        b"made" + struct.pack("<I", 2) + b"up",
        b"TAG" + bytes(125),
        bytes(4096),
    ],
)
def test_what_is_no_sound_behind_the_sound(tmp_path, behind):
    data = written("WAV") + behind
    assert_whole(read(tmp_path, data))
    assert read(tmp_path, data).notes == ()
    empty = written("WAV", y=Y[:0]) + behind
    with pytest.raises(AudioError, match="holds no samples"):
        read(tmp_path, empty)


def test_a_size_of_less_than_there_should_be_is_still_cut_off(tmp_path):
    with pytest.raises(AudioError, match="cut off: it holds 19000 of 20000 bytes of sound"):
        read(tmp_path, written("WAV")[:-1000])
