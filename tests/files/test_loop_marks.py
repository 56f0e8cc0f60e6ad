"""Loop marks of FLAC, Vorbis, Opus and AIFF files, read byte by byte; decoders still take the files, sample for sample."""

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


def ogg_packets(data: bytes) -> list[bytes]:
    """Packets of an Ogg file, whose pages are numbered from 0 and continue where the one before says."""
    packets, at, number = [b""], 0, 0
    while at < len(data):
        assert data[at : at + 4] == b"OggS"
        assert struct.unpack_from("<I", data, at + 18)[0] == number
        assert bool(data[at + 5] & 1) == bool(packets[-1])
        count = data[at + 26]
        sizes, at = data[at + 27 : at + 27 + count], at + 27 + count
        for size in sizes:
            packets[-1] += data[at : at + size]
            at += size
            if size < 255:
                packets.append(b"")
        number += 1
    return packets[:-1]


def comments(block: bytes) -> list[str]:
    """Comments of a block that they fill to its end, but for the bit that ends those of Vorbis."""
    at = 4 + struct.unpack_from("<I", block)[0]
    count, at, found = struct.unpack_from("<I", block, at)[0], at + 4, []
    for _ in range(count):
        size = struct.unpack_from("<I", block, at)[0]
        found.append(block[at + 4 : at + 4 + size].decode())
        at += 4 + size
    assert block[at:].strip(b"\0") in (b"", b"\1")
    return found


def marks(path: Path) -> list[str]:
    data = path.read_bytes()
    if data[:4] == b"OggS":
        packet = ogg_packets(data)[1]
        return comments(packet[8 if packet.startswith(b"Opus") else 7 :])
    at = 4
    while data[at] & 0x7F != 4:
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    return comments(data[at + 4 : at + 4 + int.from_bytes(data[at + 1 : at + 4], "big")])


@pytest.mark.parametrize(
    ("name", "subtype", "sr", "length"),
    [
        ("a.flac", "PCM_16", 44_100, 30_001), ("a.ogg", "VORBIS", 44_100, 30_001), ("a.ogg", "VORBIS", 8000, 30_001),
        ("a.opus", "OPUS", 48_000, 30_001), ("a.opus", "OPUS", 24_000, 60_002),  # Opus is decoded at 48 kHz
    ],
)  # fmt: skip
@pytest.mark.parametrize("comment", ["short", 70 * "longer than a lacing value; ", "x" * 20_000])
@pytest.mark.parametrize("channels", [1, 6])
def test_start_and_length_in_samples_of_what_is_decoded(tmp_path, name, subtype, sr, length, comment, channels):
    y = 0.1 * np.random.default_rng(0).standard_normal((channels, 30_001)).astype(np.float32)
    path, plain = tmp_path / name, tmp_path / f"plain{Path(name).suffix}"
    write_audio(plain, y, sr, subtype, tags={"comment": comment})
    write_audio(path, y, sr, subtype, tags={"comment": comment}, loop=True)
    found = marks(path)
    assert [text for text in found if text.startswith("LOOP")] == ["LOOPSTART=0", f"LOOPLENGTH={length}"]
    assert [text for text in found if not text.startswith("LOOP")] == marks(plain)
    with soundfile.SoundFile(path) as file:  # libogg and libFLAC check every page and frame
        assert file.frames == 30_001
        assert file.comment == comment
    np.testing.assert_array_equal(read_audio(path).samples, read_audio(plain).samples)


@pytest.mark.parametrize(("name", "subtype"), [("a.flac", "PCM_24"), ("a.ogg", "VORBIS")])
def test_what_is_decoded_continues_over_the_seam(tmp_path, name, subtype):
    # A tone of a whole number of periods: its slope at the seam is that of its neighbours, and so is its course.
    n = SR
    y = (0.4 * np.sin(2 * np.pi * 440 * np.arange(n) / SR))[None].astype(np.float32)
    write_audio(tmp_path / name, y, SR, subtype, loop=True)
    twice = np.tile(read_audio(tmp_path / name).samples[0], 2)
    assert twice.size == 2 * n
    error = np.abs(twice - np.tile(y[0], 2))[n - 200 : n + 200]
    assert error.max() < 0.03
    assert np.abs(np.diff(twice))[n - 1] < 1.5 * 0.4 * 2 * np.pi * 440 / SR


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "FLOAT"])
@pytest.mark.parametrize("n", [999, 1000])
def test_markers_and_instrument_of_aiff(tmp_path, subtype, n):
    y = 0.1 * np.random.default_rng(0).standard_normal((1, n)).astype(np.float32)
    path = tmp_path / "a.aiff"
    write_audio(path, y, SR, subtype, tags={"comment": "odd"}, loop=True)
    data = path.read_bytes()
    assert struct.unpack_from(">I", data, 4)[0] == len(data) - 8
    chunks, at = {}, 12
    while at < len(data):
        size = struct.unpack_from(">I", data, at + 4)[0]
        chunks[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert at == len(data)
    # AIFF 1.3: markers have a number, a position between samples, and a name; loops say how, from where, to where.
    expected = struct.pack(">HhI6shI4s", 2, 1, 0, b"\5start", 2, n, b"\3end")
    assert chunks[b"MARK"] == expected
    assert struct.unpack(">bbbbbbhhhhhhh", chunks[b"INST"]) == (60, 0, 0, 127, 1, 127, 0, 1, 1, 2, 0, 0, 0)
    with soundfile.SoundFile(path) as file:
        assert "mode  : 801 => forward" in file.extra_info
        frames = file.frames
    write_audio(tmp_path / "plain.aiff", y, SR, subtype)
    assert frames == soundfile.info(tmp_path / "plain.aiff").frames
    np.testing.assert_array_equal(read_audio(path).samples, read_audio(tmp_path / "plain.aiff").samples)


@pytest.mark.parametrize("name", ["a.mp3", "a.caf", "a.w64", "a.au"])
def test_formats_without_marks_say_so_and_those_of_the_clip_are_not_copied(fake, name):
    y = 0.1 * np.random.default_rng(0).standard_normal((1, SR)).astype(np.float32)
    write_audio("clip.wav", y, SR, "PCM_16", loop=True)
    write_audio("clip.flac", y, SR, "PCM_16", loop=True)
    write_audio("clip.aiff", y, SR, "PCM_16", loop=True)

    def made(*arguments: str) -> str:
        result = CliRunner().invoke(command, ["synth", *arguments, "--force"], catch_exceptions=False)
        assert result.exit_code == 0, result.stderr
        return result.stderr

    ending = Path(name).suffix
    said = f"{ending} files carry no loop marks: the result loops as a whole; WAV, AIFF, FLAC, OGG carry them"
    assert made("clip.wav", "--loop", "-o", name).count(said) == 1
    assert made("clip.wav", "--loop", "-o", "a.opus").count("the seam is audible; use .ogg or .flac") == 1
    for clip, mark in (("clip.wav", b"smpl"), ("clip.flac", b"LOOPSTART"), ("clip.aiff", b"INST")):
        assert mark in Path(clip).read_bytes()
        assert "loop marks" not in made(clip, "-o", f"out{Path(clip).suffix}")
        assert mark not in Path(f"out{Path(clip).suffix}").read_bytes()
