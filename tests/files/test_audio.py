"""Sound files in and out, against soundfile."""

from __future__ import annotations

import io
import struct
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from texturize.errors import AudioError, OutputError
from texturize.files.audio import Clip, clipped_samples, read_audio
from texturize.files.audio_writing import write_audio
from texturize.files.decoding import decode
from texturize.files.dither import quantize
from texturize.files.formats import check_format, check_subtype, subtype_for
from texturize.files.ogg import page_checksum, set_serial


def noise(channels: int = 1, n: int = 20_000) -> np.ndarray:
    return (0.1 * np.random.default_rng(1).standard_normal((channels, n))).astype(np.float32)


# Each sample format once, and each rate with each number of channels: libsndfile's own combinations are its matter.
@pytest.mark.parametrize(
    ("ending", "subtype", "step", "sr", "channels"),
    [
        ("wav", "PCM_U8", 2**-7, 8000, 1), ("wav", "PCM_16", 2**-15, 22_050, 2), ("wav", "PCM_24", 2**-23, 192_000, 8),
        ("wav", "FLOAT", 0.0, 44_100, 8), ("wav", "DOUBLE", 0.0, 192_000, 1), ("flac", "PCM_16", 2**-15, 44_100, 1),
        ("flac", "PCM_24", 2**-23, 22_050, 8), ("aiff", "PCM_16", 2**-15, 8000, 8), ("aiff", "FLOAT", 0.0, 192_000, 2),
        ("caf", "PCM_24", 2**-23, 44_100, 2), ("w64", "PCM_32", 2**-23, 8000, 2), ("au", "PCM_16", 2**-15, 22_050, 1),
    ],
)  # fmt: skip
def test_round_trip(tmp_path, ending, subtype, step, sr, channels):
    path = tmp_path / f"a.{ending}"
    y = noise(channels, 1000)
    write_audio(path, y, sr, subtype)
    clip = decode(path)
    assert (clip.sample_rate, clip.subtype, clip.samples.dtype) == (sr, subtype, np.float32)
    assert len(clip.samples) == channels
    np.testing.assert_allclose(clip.samples, y, rtol=0, atol=step)
    theirs, _ = soundfile.read(path, dtype="float32", always_2d=True)
    np.testing.assert_array_equal(clip.samples, theirs.T)


@pytest.mark.parametrize("ending", ["ogg", "mp3", "opus"])
def test_lossy_formats(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    # Long: libsndfile's Vorbis encoder overflows its stack when given minutes at once.
    y = (0.3 * np.sin(np.arange(60 * 48_000) * 0.05))[None].astype(np.float32)
    write_audio(path, y, 48_000)
    clip = read_audio(path)
    assert clip.samples.shape == y.shape
    inner = slice(5000, -5000)
    assert np.corrcoef(clip.samples[0, inner], y[0, inner])[0, 1] > 0.999


@pytest.mark.parametrize(
    ("ending", "subtype"),
    [("wav", "PCM_16"), ("wav", "FLOAT"), ("aiff", "PCM_16"), ("aiff", "FLOAT"), ("flac", "PCM_16")],
)
def test_the_same_sound_is_the_same_bytes(tmp_path, ending, subtype):
    path = tmp_path / f"a.{ending}"
    write_audio(path, noise(), 16_000, subtype)
    data = bytearray(path.read_bytes())
    if subtype == "FLOAT":
        at = data.index(b"PEAK") + 12
        assert data[at : at + 4] == bytes(4)  # the time of day stood there
    path.unlink()
    write_audio(path, noise(), 16_000, subtype)
    assert path.read_bytes() == data


TAGS = {"title": "Texture of rain", "software": "texturize 1", "comment": "PEAK; seed 7; " + "x" * 600}


TAGGED = [
    ("wav", "PCM_16"), ("wav", "FLOAT"), ("aiff", "FLOAT"), ("flac", "PCM_16"), ("ogg", "VORBIS"), ("opus", "OPUS"),
    ("mp3", "MPEG_LAYER_III"), ("caf", "PCM_16"), ("w64", "PCM_16"), ("au", "PCM_16"),
]  # fmt: skip


def test_tags_and_dither_are_the_same_bytes_a_second_later(tmp_path):
    def write_all(folder):
        folder.mkdir()
        for ending, subtype in TAGGED:
            write_audio(folder / f"{subtype}.{ending}", noise(2, 96_000), 48_000, subtype, dither=3, tags=TAGS)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    first = write_all(tmp_path / "first")
    time.sleep(1.1)  # times of day count whole seconds
    again = write_all(tmp_path / "again")
    assert len(first) == len(TAGGED)
    assert [name for name, data in first.items() if again[name] != data] == []


@pytest.mark.parametrize(("ending", "subtype"), TAGGED)
def test_tags_are_carried(tmp_path, ending, subtype):
    path = tmp_path / f"a.{ending}"
    write_audio(path, noise(2, 9600), 48_000, subtype, tags=TAGS)
    with soundfile.SoundFile(path) as file:
        assert file.frames == 9600
        found = file.copy_metadata()
    carried = set() if ending in ("w64", "au") else {"title", "comment"} if ending == "mp3" else set(TAGS)
    assert carried <= set(found)
    for name in carried:
        assert found[name].startswith(TAGS[name])


def test_ogg_pages_have_valid_checksums():
    # RFC 3533, section 6: a CRC-32 with the polynomial 0x04c11db7.
    assert page_checksum(b"") == 0
    assert (
        page_checksum(b"123456789") == 0x89A1897F
    )  # CRC-32 with neither initial value, reflection nor final inversion
    file = io.BytesIO()
    soundfile.write(file, noise(1, 48_000)[0], 48_000, "VORBIS", format="OGG")
    theirs = file.getvalue()
    serial = struct.unpack_from("<I", theirs, 14)[0]
    set_serial(file, 99)
    assert file.getvalue() != theirs
    set_serial(file, serial)
    assert file.getvalue() == theirs  # libogg's own checksums


@pytest.mark.parametrize("seed", [5, None])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_U8"])
@pytest.mark.parametrize("ending", ["wav", "flac", "aiff"])
def test_what_was_rounded_is_what_the_file_holds(tmp_path, ending, subtype, seed):
    subtype = "PCM_S8" if (ending, subtype) != ("wav", "PCM_U8") and subtype == "PCM_U8" else subtype
    y = noise(2)
    write_audio(tmp_path / f"a.{ending}", y, 16_000, subtype, dither=seed)
    np.testing.assert_array_equal(read_audio(tmp_path / f"a.{ending}").samples, quantize(y, subtype, seed))


@pytest.mark.parametrize(
    ("name", "subtype", "message"),
    [
        ("a.flac", "FLOAT", "a.flac: .flac has no sample format FLOAT; use one of PCM_S8, PCM_16, PCM_24"),
        ("a.mp3", "PCM_16", "a.mp3: .mp3 has no sample format PCM_16; use one of "),
        ("a.ogg", "PCM_16", "a.ogg: .ogg has no sample format PCM_16; use one of VORBIS, OPUS"),
        ("a.opus", "VORBIS", "a.opus: .opus has no sample format VORBIS; use OPUS"),
        (
            "a.wav",
            "PCM_S8",
            "a.wav: .wav has no sample format PCM_S8; use one of PCM_16, PCM_24, PCM_32, PCM_U8, FLOAT",
        ),
    ],
)
def test_a_sample_format_that_the_container_lacks(name, subtype, message):
    with pytest.raises(OutputError) as caught:
        check_subtype(Path(name), subtype)
    assert str(caught.value).startswith(message)
    check_subtype(Path("a.wav"), "PCM_24")


def test_a_stream_gets_wav():
    stream = io.BytesIO()
    write_audio(stream, noise()[0], 16_000, "PCM_24")
    stream.seek(0)
    y, sr = soundfile.read(stream)
    assert (sr, len(y)) == (16_000, 20_000)


@pytest.mark.parametrize(
    ("container", "like", "expected"),
    [
        ("WAV", "PCM_16", "PCM_16"), ("WAV", "PCM_24", "PCM_24"), ("WAV", "FLOAT", "FLOAT"),
        ("WAV", "PCM_S8", "PCM_U8"),
        ("FLAC", "FLOAT", "PCM_24"), ("FLAC", "PCM_32", "PCM_24"), ("FLAC", "PCM_U8", "PCM_S8"),
        ("FLAC", None, "PCM_16"),
        ("AIFF", "DOUBLE", "DOUBLE"), ("MP3", "PCM_16", "MPEG_LAYER_III"), ("WAV", "MPEG_LAYER_III", "PCM_16"),
        ("OGG", "PCM_24", "VORBIS"), ("OGG", "OPUS", "OPUS"), ("WAV", "VORBIS", "PCM_16"), ("WAV", "ULAW", "PCM_16"),
    ],
)  # fmt: skip
def test_the_sample_format_is_that_of_the_input_where_there_is_one(container, like, expected):
    assert subtype_for(container, like) == expected


def test_beyond_full_scale_is_refused_unless_float(tmp_path):
    with pytest.raises(OutputError, match=r"^the result reaches 1\.500 of full scale and PCM_16 would cut it off"):
        write_audio(tmp_path / "a.wav", np.array([0.0, 1.5]), 16_000, "PCM_16")
    assert not list(tmp_path.iterdir())
    write_audio(tmp_path / "a.wav", np.array([0.0, 1.5]), 16_000, "FLOAT")
    assert decode(tmp_path / "a.wav").samples.max() == 1.5


def test_not_finite_is_never_written(tmp_path):
    with pytest.raises(OutputError, match="NaN or infinite"):
        write_audio(tmp_path / "a.wav", np.array([0.0, np.nan]), 16_000)
    assert not list(tmp_path.iterdir())


def cut(path: Path, y: np.ndarray, share: float) -> None:
    soundfile.write(path, y.T, 16_000)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


@pytest.mark.parametrize("ending", ["wav", "flac", "aiff", "mp3", "caf"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_is_cut_off_is_refused(tmp_path, capfd, ending, share):
    path = tmp_path / f"a.{ending}"
    cut(path, noise(2, 40_000), share)
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("size", [0, 2**32 - 1, 2**31 - 1])
def test_a_wav_from_a_pipe_has_no_size_and_is_read(tmp_path, size):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise()[0], 16_000, "PCM_16")
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", size)
    data[4:8] = struct.pack("<I", min(size + 36, 2**32 - 1))
    path.write_bytes(data)
    assert read_audio(path).samples.shape == (1, 20_000)


def write(path: Path, y: np.ndarray, sr: int, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, y, sr, subtype)
    return path


def test_bad_input(tmp_path):
    path = tmp_path / "a.wav"
    cases = [
        (lambda: write(path, np.zeros(0), 16_000), "a.wav holds no samples; give a clip of a few seconds"),
        (lambda: write(path, np.zeros(9), 4000), "rate of 4000 Hz; convert it to between 8000 and 192000 Hz"),
        (lambda: write(path, np.zeros(9), 384_000), "rate of 384000 Hz; convert it to between 8000 and 192000 Hz"),
        (lambda: write(path, np.zeros((9, 9)), 16_000), "a.wav has 9 channels; at most 8 are supported"),
        (
            lambda: write(path, np.array([0, np.nan, np.inf]), 16_000, "FLOAT"),
            "a.wav has 2 samples that are NaN or infinite; repair the clip, or export it again",
        ),
        (
            lambda: write(path, np.array([0, 3e38]), 16_000, "FLOAT"),
            "a.wav reaches 3e+38 of full scale; repair the clip, or export it again",
        ),
        (lambda: path.write_bytes(b"RIFF"), "a.wav is not a sound file that can be read: "),
    ]
    for make, message in cases:
        make()
        with pytest.raises(AudioError) as caught:
            read_audio(path)
        assert message in str(caught.value)


def test_an_absurd_size_is_refused_before_anything_is_allocated(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, noise()[0], 16_000)
    data = bytearray(path.read_bytes())
    data[21] |= 0x0F  # the 36 bits of the total number of samples
    data[22:26] = b"\xff" * 4
    path.write_bytes(data)
    with pytest.raises(
        AudioError, match="says it holds 68719476735 samples in 1 channels; cut it to at most 279 minutes"
    ):
        read_audio(path)


@pytest.mark.parametrize(
    ("ending", "at", "value", "message"),
    [
        ("wav", 24, struct.pack("<I", 10**9), "has a sample rate of 1000000000 Hz; convert it to between 8000 and 192000 Hz"),
        ("wav", 22, struct.pack("<H", 65_535), "is not a sound file that can be read: "),
        ("wav", 22, struct.pack("<H", 1000), "has 1000 channels; at most 8 are supported"),
        ("wav", 40, struct.pack("<I", 2**31 - 2**20), "is cut off: it holds 40000 of 2146435072 bytes of sound"),
        ("flac", 18, b"\xff\xff\xf2", "has a sample rate of 1048575 Hz; convert it to between 8000 and "),
        ("ogg", 39, struct.pack("<B", 255), "is not a sound file that can be read: "),  # channels
        ("ogg", 40, struct.pack("<I", 10**9), "is not a sound file that can be read: "),  # rate; the checksum is off
    ],
)  # fmt: skip
def test_absurd_headers_are_refused_at_once(tmp_path, ending, at, value, message):
    path = tmp_path / f"a.{ending}"
    soundfile.write(path, noise()[0], 16_000)
    data = bytearray(path.read_bytes())
    data[at : at + len(value)] = value
    path.write_bytes(data)
    start = time.process_time()
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    assert time.process_time() - start < 1
    assert message in str(caught.value)


def test_an_hour_of_silence_in_a_small_file_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    path = tmp_path / "a.flac"
    with soundfile.SoundFile(path, "w", 8000, 1, "PCM_16") as file:
        for _ in range(18):
            file.write(np.zeros(10**6, np.int16))
    assert path.stat().st_size < 70_000
    monkeypatch.setattr(soundfile.SoundFile, "read", None)
    with pytest.raises(
        AudioError, match=r"a\.flac says it holds 18000000 samples in 1 channels, in \d+ bytes; cut the "
    ):
        read_audio(path)


def test_raw_sound_is_refused(tmp_path):
    path = tmp_path / "a.raw"
    path.write_bytes(bytes(9000))
    with pytest.raises(
        AudioError, match=r"a\.raw is raw sound, which does not say what its rate and channels are; give a wav"
    ):
        read_audio(path)


def test_check_format(tmp_path):
    check_format(tmp_path / "a.mp3", 44_100, 2, "MPEG_LAYER_III")
    with pytest.raises(
        OutputError, match=r"OGG as OPUS cannot hold 1 channels at 44100 Hz; use --sample-rate 48000, \.wav or \.flac$"
    ):
        check_format(tmp_path / "a.opus", 44_100, 1, "OPUS")
    assert not list(tmp_path.iterdir())


def test_flat_tops_are_clipping_and_peaks_are_not():
    tone = np.sin(np.arange(16_000) * 0.01)
    assert clipped_samples(0.999 * tone) == 0
    assert clipped_samples(np.clip(3 * tone, -0.5, 0.5)) == 0
    flat = np.clip(1.5 * tone, -1, 1)
    assert clipped_samples(np.stack([flat, 0 * flat])) == np.count_nonzero(np.abs(flat) == 1)
    assert clipped_samples(np.ones(2)) == 0


def test_clip():
    clip = Clip(np.zeros((2, 8000), np.float32), 16_000)
    assert (clip.channels, clip.duration) == (2, 0.5)
