"""The contract of `fill` and `extend`: arguments, exit codes, exact messages, files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from texturize.cli.group import texturize as command
from texturize.compare import copying
from texturize.config.presets import load_config
from texturize.synthesis.fill.run import Filled, FillRun

SR = 8000


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with recordings, where every new stretch is noise of the seed, and no work is done."""

    def fills(self, seed, progress=None, stop=None):
        for gap in self.gaps:
            rng = np.random.default_rng(seed)
            new = (0.1 * rng.standard_normal((self.source.channels, gap.n))).astype(np.float32)
            yield Filled(gap, new, (), 0.0, None, (), (), {})

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(FillRun, "fills", fills)
    monkeypatch.delenv("NPROC", raising=False)
    monkeypatch.setattr("texturize.cli.support.threads.limit_threads", lambda count: None)
    y = 0.1 * np.random.default_rng(0).standard_normal((4 * SR, 2))
    soundfile.write("room.wav", y, SR, "PCM_24")
    soundfile.write("room.ogg", y, SR, "VORBIS")
    hole = y.copy()
    hole[16_000:16_800] = 0
    soundfile.write("hole.flac", hole, SR)
    Path("labels.txt").write_text("1.0\t1.5\tcough\n2.0\t2.25\tchair\n")
    return tmp_path


def run(line: str) -> Result:
    return CliRunner().invoke(command, line.split(), catch_exceptions=False)


FAILURES = [
    ("fill room.wav", 2, "Say which stretches: --at START-END, --labels FILE or --detect."),
    ("fill room.wav --at 5", 2, "--at START-END needs an end; a single time goes with --insert SECONDS."),
    ("fill room.wav --at 2-1", 2, "the stretch '2-1' runs backwards, or has no length; write its start first."),
    ("fill room.wav --at x-1", 2, "'x-1' is not a stretch; write START-END in seconds or m:s, such as 12.3-13.1"),
    ("fill room.wav --detect --insert 1", 2, "--insert goes with --at, not with --labels or --detect."),
    ("fill room.wav --at 1-2 -o -", 2, "The result needs a file name, not -o -."),
    ("fill none.wav --at 1-2", 1, "none.wav: no such file; check the name"),
    ("fill labels.txt --at 1-2", 1, "labels.txt is not a sound file that can be read: Format not recognised; give"),
    (
        "fill room.wav --at 3-5",
        1,
        "room.wav: the stretch 3.000-5.000 s lies beyond the end at 4.000 s; give an earlier",
    ),
    ("fill room.wav --at 1-2 --at 1.5-3", 1, "room.wav: the stretches 1.000-2.000 s and 1.500-3.000 s overlap;"),
    ("fill room.wav --at 0-4", 1, "room.wav: the stretches cover everything; leave some of the sound to learn from"),
    (
        "fill room.wav --at 0.1-3.9",
        1,
        "room.wav: for the stretch 0.100-3.900 s there are 0.15 s to learn from; it needs",
    ),
    ("fill room.wav --at 1-2 -o room.wav --force", 1, "room.wav is the input itself; choose another with -o"),
    ("fill room.wav --at 1-2 -o room.xyz", 1, "room.xyz: unknown ending '.xyz'"),
    ("fill room.wav --at 1-2 --learn 3-9", 1, "room.wav: --learn 3-9 s lies beyond the end at 4.000 s"),
    (
        "fill room.wav --at 1-2 --learn 0-1.5",
        1,
        "room.wav: --learn 0-1.5 s holds the stretch 1.000-2.000 s; learn from",
    ),
    ("extend room.wav", 2, "Missing option '--by'."),
    ("extend room.wav --by 0", 2, "'0' is no length."),
    ("extend room.wav --by -5", 2, "'-5' is not a time"),
]


@pytest.mark.parametrize(("line", "code", "message"), FAILURES, ids=[line for line, *_ in FAILURES])
def test_what_cannot_be_done_is_one_line(folder, line, code, message):
    result = run(line)
    assert result.exit_code == code
    assert message in result.stderr
    assert len(result.stderr.splitlines()) <= (4 if code == 2 else 1)
    assert len(list(folder.iterdir())) == 4


def test_a_fill_keeps_the_rest(folder):
    result = run("fill room.wav --at 1-1.5 --seed 3 --manifest --picture room.png")
    assert result.exit_code == 0
    assert "room.filled.wav: 4.00 s, 8000 Hz, 2 channels, PCM_24; " in result.stdout
    old, new = (soundfile.read(name, dtype="int32")[0] for name in ("room.wav", "room.filled.wav"))
    np.testing.assert_array_equal(np.delete(old, slice(SR, SR + 4000), 0), np.delete(new, slice(SR, SR + 4000), 0))
    assert not np.array_equal(old, new)
    values = json.loads(Path("room.filled.wav.json").read_text())
    assert [(one["start"], one["end"]) for one in values["stretches"]] == [(1, 1.5)]
    assert values["seed"] == values["config"]["seed"] == 3
    assert values["command"] == "texturize fill room.wav --at 1-1.5 --seed 3 --manifest --picture room.png"
    assert Path("room.png").read_bytes().startswith(b"\x89PNG")


def test_a_page_judges_what_is_new_alone(folder):
    assert run("fill room.wav --at 1-2 --report page.html").exit_code == 0
    page = Path("page.html").read_text()
    sounds = json.loads(re.search(r'id="sounds">(.*?)</script>', page)[1])
    assert [(one["name"], one["marked"]) for one in sounds] == [
        ("room.wav around 1.000-2.000 s, before", [1.0, 2.0]),
        ("room.filled.wav, after", [1.0, 2.0]),
    ]
    old, new = (soundfile.read(name)[0].T for name in ("room.wav", "room.filled.wav"))
    (figures,) = json.loads(re.search(r'id="figures">(.*?)</script>', page)[1])
    expected = copying(np.delete(old, slice(SR, 2 * SR), 1), new[:, SR : 2 * SR], SR)
    assert figures["copying"]["short"] == pytest.approx(expected.short, abs=1e-3)
    assert expected.short < 0.8 < copying(old, new, SR).short  # of the whole, which is the same but for a second
    assert run("extend room.wav --by 1 --report longer.html").exit_code == 0
    assert '"marked": []' in Path("longer.html").read_text()


def test_an_existing_file_stays(folder):
    Path("room.filled.wav").write_text("mine")
    assert run("fill room.wav --at 1-2").exit_code == 1
    assert Path("room.filled.wav").read_text() == "mine"
    assert run("fill room.wav --at 1-2 --force").exit_code == 0


def test_a_dry_run_lists_and_writes_nothing(folder):
    lines = run("fill room.wav --labels labels.txt --at 3-3.01 --dry-run").stdout.splitlines()
    assert lines == [
        "1.000-1.500 s: 0.500 s of new sound, learnt from 0.00-1.00 s and 1.50-2.00 s",
        "2.000-2.250 s: 0.250 s of new sound, learnt from 1.50-2.00 s and 2.25-3.00 s",
        "3.000-3.010 s: 10.0 ms, bridged from what is next to it",
    ]
    assert len(list(folder.iterdir())) == 4


def test_faults_are_found(folder):
    result = run("fill hole.flac --detect")
    assert result.stderr.splitlines()[0] == "2.000-2.100 s: silence, 100.0 ms"
    assert soundfile.read("hole.filled.flac")[0][16_100:16_700].std() > 0.05
    assert run("fill room.wav --detect").stdout == "room.wav: nothing to mend was found\n"


def test_an_insertion_and_variations(folder):
    assert run("fill room.wav --insert 0.5s --at 0:01 --variations 2").exit_code == 0
    one, two = (soundfile.read(f"room.filled.{i}.wav")[0] for i in (1, 2))
    assert len(one) == len(two) == 4 * SR + 4000
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(np.delete(one, slice(SR, SR + 4000), 0), soundfile.read("room.wav")[0])


def test_a_lossy_file_becomes_one_that_loses_nothing(folder):
    result = run("fill room.ogg --at 1-2")
    assert "which would be encoded anew: the result is room.filled.wav, which loses nothing" in result.stderr
    assert soundfile.info("room.filled.wav").subtype == "FLOAT"
    assert "is encoded anew: outside the stretches" in run("fill room.wav --at 1-2 -o b.ogg").stderr


def test_an_extension(folder):
    assert run("extend room.wav --by 1 --before").exit_code == 0
    np.testing.assert_array_equal(soundfile.read("room.extended.wav")[0][SR:], soundfile.read("room.wav")[0])
    assert run("extend room.wav --by 1 --loop -o loop.wav").exit_code == 0
    assert b"smpl" in Path("loop.wav").read_bytes()


def test_speech_is_warned_of(folder):
    t = np.arange(4 * SR) / SR
    pitch = 120 + 40 * np.sign(np.sin(2 * np.pi * 1.5 * t)) + 60 * np.sign(np.sin(2 * np.pi * 0.7 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / SR
    soundfile.write("talk.wav", 0.02 * sum(np.sin(k * phase) for k in range(1, 12)), SR)
    assert (
        "around the stretch 1.000-1.200 s pitches change, as in speech and music"
        in run("fill talk.wav --at 1-1.2").stderr
    )


REPEATED = [
    "fill room.wav --at 1-1.5 --at 3-3.25 --learn 2-3 --set output.dither=true --subtype PCM_16",
    "fill hole.flac --detect",
    "fill room.wav --insert 0.5s --at 0:01",
    "extend room.wav --by 1 --before",
    "extend room.wav --by 1 --loop",
]


@pytest.mark.parametrize("line", REPEATED)
def test_a_manifest_repeats_it(folder, line):
    assert run(f"{line} --seed 5 --variations 2 --threads 1 --manifest -o first.wav").exit_code == 0
    result = run("repeat first.2.wav.json -o again.wav")
    assert (result.exit_code, result.stderr) == (0, "")
    assert Path("again.wav").read_bytes() == Path("first.2.wav").read_bytes()
    first, again = (json.loads(Path(f"{name}.wav.json").read_text()) for name in ("first.2", "again"))
    assert {key for key in first if first[key] != again[key]} == {"command"}
    assert run("repeat first.1.wav.json -q").exit_code == 1  # it is there


def test_a_manifest_of_another_recording_is_refused(folder):
    assert run("fill room.wav --at 1-1.5 --manifest").exit_code == 0
    soundfile.write("room.wav", np.zeros((4 * SR, 2)), SR, "PCM_24")
    result = run("repeat room.filled.wav.json -o again.wav")
    assert result.exit_code == 1
    assert "its input room.wav has changed since" in result.stderr
    assert "make a new result with `texturize fill`" in result.stderr


def test_both_use_the_preset_for_it(folder):
    run("extend room.wav --by 1 --manifest")
    values = json.loads(Path("room.extended.wav.json").read_text())["config"]
    assert values["refine"] == load_config("fill").model_dump(mode="json")["refine"]
