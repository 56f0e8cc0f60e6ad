"""Recordings with new pieces: outside them the same bits and the same tags, whatever the container."""

import struct

import numpy as np
import pytest
import soundfile

from texturize.errors import AudioError, OutputError
from texturize.files import recording as recordings
from texturize.files import splicing
from texturize.files.chunks import walk
from texturize.files.pieces import Form, Piece
from texturize.files.recording import EXACT, open_recording
from texturize.files.splicing import check_room, form_of, usual_path, write_spliced

SR, N = 8000, 6000
START, STOP = 2000, 2600
WHOLE = {"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ALAC_16", "ALAC_24"}


def noise(channels=2, n=N, seed=0):
    return (0.2 * np.random.default_rng(seed).standard_normal((n, channels))).clip(-0.9, 0.9)


def new(n=STOP - START, channels=2):
    return (0.1 * np.random.default_rng(9).standard_normal((channels, n))).astype(np.float32)


def written(tmp_path, name, pieces, *, form=None, loop=False, out=None):
    recording = open_recording(tmp_path / name)
    path = tmp_path / (out or f"out.{name}")
    write_spliced(path, recording, pieces, form or form_of(recording, path), seed=0, loop=loop)
    return path


CASES = [
    *(("wav", subtype, None) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW")),
    *(("aiff", subtype, None) for subtype in ("PCM_S8", "PCM_16", "PCM_24", "FLOAT")),
    ("aiff", "PCM_16", "LITTLE"),
    ("wav", "PCM_16", "BIG"),
    *(("au", subtype, None) for subtype in ("PCM_16", "ALAW")),
    *(("caf", subtype, None) for subtype in ("PCM_16", "PCM_24", "ALAC_16", "ALAC_24")),
    ("caf", "PCM_16", "BIG"),
    ("w64", "PCM_16", None),
    ("flac", "PCM_16", None),
    ("flac", "PCM_24", None),
]


@pytest.mark.parametrize(("ending", "subtype", "endian"), CASES)
@pytest.mark.parametrize("change", [0, 1000], ids=["fill", "insert"])
def test_outside_the_piece_every_sample_is_the_same(tmp_path, ending, subtype, endian, change):
    source = tmp_path / f"a.{ending}"
    soundfile.write(source, noise(), SR, subtype, endian=endian)
    dtype = EXACT[subtype]
    before, _ = soundfile.read(source, dtype=dtype)
    path = written(tmp_path, source.name, [Piece(START, STOP, new(STOP - START + change))])
    after, sr = soundfile.read(path, dtype=dtype)
    assert soundfile.info(path).subtype == subtype
    assert soundfile.info(path).format == soundfile.info(source).format
    assert (sr, len(after)) == (SR, N + change)
    np.testing.assert_array_equal(after[:START], before[:START])
    np.testing.assert_array_equal(after[STOP + change :], before[STOP:])
    got, _ = soundfile.read(path, dtype="float64")
    step = {"PCM_S8": 2**-6, "PCM_U8": 2**-6, "PCM_16": 2**-14, "ALAC_16": 2**-14, "ULAW": 0.02, "ALAW": 0.02}
    error = got[START : STOP + change].T - new(STOP - START + change)
    assert np.abs(error).max() <= step.get(subtype, 2**-22)


@pytest.mark.parametrize("ending", ["wav", "aiff", "w64", "caf", "au"])
def test_a_fill_changes_no_byte_of_the_file_outside_it(tmp_path, ending):
    source = tmp_path / f"a.{ending}"
    soundfile.write(source, noise(), SR, "PCM_16")
    path = written(tmp_path, source.name, [Piece(START, STOP, new())])
    old, now = (np.frombuffer(each.read_bytes(), np.uint8) for each in (source, path))
    changed = np.flatnonzero(old != now)
    assert len(old) == len(now)
    assert changed[-1] - changed[0] < (STOP - START) * 4
    assert len(changed) > (STOP - START) * 2


def with_chunks(path, loops):
    """A WAV file with chunks behind its sound that libsndfile does not write: marks, a broadcast chunk, one unknown."""
    soundfile.write(path, noise(), SR, "PCM_16")
    smpl = struct.pack("<9I", 0, 0, 125_000, 60, 0, 0, 0, len(loops), 0)
    smpl += b"".join(struct.pack("<6I", i, 0, a, b, 0, 0) for i, (a, b) in enumerate(loops))
    cue = struct.pack("<I", 1) + struct.pack("<II4sIII", 1, loops[0][0], b"data", 0, 0, loops[0][0])
    added = b"".join(
        struct.pack("<4sI", name, len(content)) + content + bytes(len(content) % 2)
        for name, content in ((b"smpl", smpl), (b"cue ", cue), (b"bext", b"x" * 603), (b"zzzz", b"abc"))
    )
    data = path.read_bytes() + added
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    return {b"bext": b"x" * 603, b"zzzz": b"abc"}


def content_of(path):
    with path.open("rb") as file:
        found = {}
        for chunk in list(walk(file)):
            file.seek(chunk.start)
            found[chunk.name] = file.read(chunk.size)
    return found


def test_an_insertion_moves_loop_marks_and_keeps_the_rest(tmp_path):
    kept = with_chunks(tmp_path / "a.wav", [(100, 5000), (4000, 5000)])
    path = written(tmp_path, "a.wav", [Piece(START, START, new(700))])
    found = content_of(path)
    assert {name: found[name] for name in kept} == kept
    assert struct.unpack_from("<6I", found[b"smpl"], 36)[2:4] == (100, 5700)
    assert struct.unpack_from("<6I", found[b"smpl"], 60)[2:4] == (4700, 5700)
    assert struct.unpack_from("<I", found[b"cue "], 24)[0] == 100
    assert soundfile.info(path).frames == N + 700


def test_a_loop_has_marks_of_its_own(tmp_path):
    with_chunks(tmp_path / "a.wav", [(100, 5000)])
    found = content_of(written(tmp_path, "a.wav", [Piece(N, N, new(700))], loop=True))
    assert struct.unpack_from("<6I", found[b"smpl"], 36)[2:4] == (0, N + 699)
    assert b"cue " not in found


def test_markers_of_an_aiff_file_move(tmp_path):
    source = tmp_path / "a.aiff"
    soundfile.write(source, noise(), SR, "PCM_16")
    mark = struct.pack(">HhI4phI4p", 2, 1, 100, b"one", 2, 5000, b"two")
    data = source.read_bytes() + struct.pack(">4sI", b"MARK", len(mark)) + mark
    source.write_bytes(data[:4] + struct.pack(">I", len(data) - 8) + data[8:])
    found = content_of(written(tmp_path, "a.aiff", [Piece(START, START, new(700))]))
    assert struct.unpack(">HhI4phI4p", found[b"MARK"]) == (2, 1, 100, b"one", 2, 5700, b"two")


@pytest.mark.parametrize("change", [0, 500])
def test_flac_keeps_its_blocks(tmp_path, change):
    source = tmp_path / "a.flac"
    with soundfile.SoundFile(source, "w", SR, 2, "PCM_24") as file:
        file.title = "Room"
        file.write(noise())
    data = source.read_bytes()
    block = bytes([2]) + (40).to_bytes(3, "big") + bytes(range(40))
    size = int.from_bytes(data[5:8], "big")
    source.write_bytes(data[: 8 + size] + block + data[8 + size :])
    path = written(tmp_path, "a.flac", [Piece(START, STOP, new(STOP - START + change))])
    assert block[4:] in path.read_bytes()[:2000]
    with soundfile.SoundFile(path) as file:
        assert file.title == "Room"
        assert file.frames == N + change


def test_tags_go_along_into_another_container(tmp_path):
    with soundfile.SoundFile(tmp_path / "a.wav", "w", SR, 2, "PCM_24") as file:
        file.title = "Room"
        file.write(noise())
    path = written(tmp_path, "a.wav", [Piece(START, STOP, new())], out="b.flac")
    with soundfile.SoundFile(path) as file:
        assert (file.title, file.subtype) == ("Room", "PCM_24")


def test_a_lossy_file_becomes_floats_which_lose_nothing(tmp_path):
    soundfile.write(tmp_path / "a.ogg", noise(), 16_000, "VORBIS")
    recording = open_recording(tmp_path / "a.ogg")
    path = tmp_path / usual_path(recording, "filled").name
    assert path.name == "a.filled.wav"
    form = form_of(recording, path)
    assert form == Form("WAV", "FLOAT")
    write_spliced(path, recording, [Piece(START, STOP, new())], form)
    before, _ = soundfile.read(tmp_path / "a.ogg", dtype="float32")
    after, _ = soundfile.read(path, dtype="float32")
    np.testing.assert_array_equal(after[:START], before[:START])
    np.testing.assert_array_equal(after[STOP:], before[STOP:])
    np.testing.assert_array_equal(after[START:STOP].T, new())


def test_a_header_that_was_never_finished_is(tmp_path):
    source = tmp_path / "a.wav"
    soundfile.write(source, noise(), SR, "PCM_16")
    data = bytearray(source.read_bytes())
    data[4:8] = data[40:44] = bytes(4)
    source.write_bytes(data)
    path = written(tmp_path, "a.wav", [Piece(START, STOP, new())])
    assert soundfile.info(path).frames == N
    assert path.read_bytes()[44 : 44 + 4 * START] == bytes(data[44 : 44 + 4 * START])


def test_many_channels_keep_their_layout(tmp_path):
    source = tmp_path / "a.wav"
    soundfile.write(source, noise(4), SR, "PCM_16", format="WAVEX")
    data = bytearray(source.read_bytes())
    data[40:44] = struct.pack("<I", 0x107)
    source.write_bytes(data)
    path = written(tmp_path, "a.wav", [Piece(START, START, new(100, 4))])
    assert path.read_bytes()[40:44] == struct.pack("<I", 0x107)


def test_a_file_that_changes_meanwhile(tmp_path):
    source = tmp_path / "a.wav"
    soundfile.write(source, noise(), SR)
    recording = open_recording(source)
    soundfile.write(source, noise(n=N + 1), SR)
    with pytest.raises(AudioError, match=r"a\.wav was changed meanwhile; run it again; nothing was written"):
        write_spliced(
            tmp_path / "b.wav", recording, [Piece(START, STOP, new())], form_of(recording, tmp_path / "b.wav")
        )
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_no_room_on_the_disk(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.wav", noise(), SR)
    recording = open_recording(tmp_path / "a.wav")
    form = form_of(recording, tmp_path / "b.wav")
    check_room(recording, tmp_path / "b.wav", form, 0)
    usage = type("Usage", (), {"free": 10_000})
    monkeypatch.setattr(splicing.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(OutputError, match=r"b\.wav: the result takes 0 MB, and the disk has 0 MB left; make room"):
        check_room(recording, tmp_path / "b.wav", form, 0)


def test_blocks_join_without_a_gap(tmp_path, monkeypatch):
    monkeypatch.setattr(recordings, "BLOCK", 700)
    soundfile.write(tmp_path / "a.flac", noise(), SR, "PCM_16")
    path = written(tmp_path, "a.flac", [Piece(START, STOP, new(50)), Piece(4000, 4000, new(2000))])
    before, after = (soundfile.read(each, dtype="int16")[0] for each in (tmp_path / "a.flac", path))
    at = START + 50 + 4000 - STOP
    np.testing.assert_array_equal(after[START + 50 : at], before[STOP:4000])
    np.testing.assert_array_equal(after[at + 2000 :], before[4000:])
