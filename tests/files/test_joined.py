"""Sounds in a row in one file: chains of Ogg streams, and files put end to end; FLAC in Ogg."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from texturize.files.audio import read_audio
from texturize.files.ogg import page_checksum

SR = 48_000
Y = np.round(0.1 * np.random.default_rng(1).standard_normal((20_000, 2)) * 2**15) / 2**15


def written(container: str, subtype: str, y: np.ndarray = Y, sr: int = SR) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, y, sr, subtype, format=container)
    return file.getvalue()


def read(tmp_path, data: bytes, name: str = "a.ogg"):
    path = tmp_path / name
    path.write_bytes(data)
    return read_audio(path)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
@pytest.mark.parametrize("between", [b"", b"x" * 500])
def test_a_chain_is_read_to_its_end(tmp_path, subtype, between):
    first, second = written("OGG", subtype), written("OGG", subtype, 0.5 * Y[:9000])
    clip = read(tmp_path, first + between + second)
    alone = [soundfile.read(io.BytesIO(link), dtype="float32")[0].T for link in (first, second)]
    np.testing.assert_array_equal(clip.samples, np.concatenate(alone, axis=1))
    assert clip.notes == ()


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_chain_that_was_never_finished(tmp_path, subtype):
    link = written("OGG", subtype, np.tile(Y, (5, 1)))
    last = link.rindex(b"OggS")
    alone = read(tmp_path, link[:last]).samples
    assert 0.5 * len(Y) < alone.shape[1] < 5 * len(Y)
    assert read(tmp_path, link + link[:last]).samples.shape[1] == 5 * len(Y) + alone.shape[1]


def test_links_that_do_not_go_with_the_first_are_told(tmp_path):
    first = written("OGG", "VORBIS")
    data = first + written("OGG", "VORBIS", Y[:, :1]) + written("OGG", "VORBIS", Y, 32_000) + first
    clip = read(tmp_path, data)
    assert clip.samples.shape == (2, 2 * len(Y))
    assert clip.notes == ("it is 4 sounds in a row: left out 2 with another rate or other channels",)


def page(body: bytes, flags: int, number: int, serial: int = 7) -> bytes:
    """A page of one packet (RFC 3533, section 6)."""
    lacing = bytes([255] * (len(body) // 255) + [len(body) % 255])
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, 0, serial, number, 0, len(lacing))
    whole = bytearray(head + lacing + body)
    struct.pack_into("<I", whole, 22, page_checksum(bytes(whole)))
    return bytes(whole)


def ogg_flac(flac: bytes) -> bytes:
    """FLAC in Ogg as its mapping has it: a first packet with the STREAMINFO, one for each other block, and frames."""
    out, at, number, last = [page(b"\x7fFLAC\1\0\0\1" + flac[:42], 2, 0)], 42, 1, flac[4] & 0x80
    while not last:
        last, size = flac[at] & 0x80, int.from_bytes(flac[at + 1 : at + 4])
        out.append(page(flac[at : at + 4 + size], 0, number))
        at, number = at + 4 + size, number + 1
    for start in range(at, len(flac), 60_000):  # of frames, as many bytes as go into a page
        out.append(page(flac[start : start + 60_000], 0, number))
        number += 1
    return b"".join(out)


def test_flac_in_ogg(tmp_path):
    flac = written("FLAC", "PCM_16")
    for data, times in (
        (ogg_flac(flac), 1),
        (2 * ogg_flac(flac), 2),
        (page(b"fishead\0", 2, 0, 9) + ogg_flac(flac), 1),
    ):
        clip = read(tmp_path, data)
        assert (clip.sample_rate, clip.subtype) == (SR, "PCM_16")
        np.testing.assert_array_equal(clip.samples, np.tile(Y.T, times))


@pytest.mark.parametrize(("container", "subtype", "name"), [("FLAC", "PCM_16", "a.flac"), ("WAV", "PCM_16", "a.wav")])
def test_files_put_end_to_end(tmp_path, container, subtype, name):
    data = written(container, subtype) + written(container, subtype, Y[:7000]) + written(container, subtype, Y, 16_000)
    clip = read(tmp_path, data, name)
    np.testing.assert_array_equal(clip.samples, np.concatenate([Y, Y[:7000]]).T)
    assert clip.notes == ("it is 3 sounds in a row: left out 1 with another rate or other channels",)
