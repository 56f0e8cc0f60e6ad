"""The folder of a trace: what is in it, and that it appears whole, where nothing else was, or not at all."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import soundfile
from click.testing import CliRunner

from texturize.cli.group import texturize as command
from texturize.errors import OutputError
from texturize.files.atomic import write_folder
from texturize.synthesis.trace.folder import FIELDS, TraceFolder
from texturize.synthesis.trace.snapshots import Snapshot, principal_trajectory

SR = 8000
NAMES = ["growth.gif", "growth.png", "index.csv", "path.png"]
FILES = sorted([*NAMES, *(f"refine-00000{step}.{ending}" for step in (0, 1) for ending in ("png", "wav"))])


@pytest.fixture(autouse=True)
def folder(fake):
    soundfile.write("rain.wav", 0.1 * np.random.default_rng(0).standard_normal(SR), SR)


def run(*arguments):
    return CliRunner().invoke(command, ["synth", "rain.wav", *arguments], catch_exceptions=False)


def snapshots(stage, steps, channels=1, n=SR):
    rng = np.random.default_rng(len(steps))
    for step in steps:
        losses = np.geomspace(1, 0.1, step + 1).astype(np.float32)
        y = 0.1 * rng.standard_normal((channels, n)).astype(np.float32)
        yield Snapshot(stage, step, float(losses[-1]), losses, y, SR + 0.2, y)


def test_what_is_in_it():
    made = [*snapshots("spectrogram", (0, 1, 2)), *snapshots("refine", (0, 1, 2, 4), channels=2)]
    with TraceFolder("grown") as trace:
        for snapshot in made:
            trace(snapshot)
    rows = list(csv.DictReader(Path("grown/index.csv").read_text().splitlines()))
    assert tuple(rows[0]) == FIELDS
    assert [(row["stage"], int(row["step"]), float(row["loss"])) for row in rows] == [
        (s.stage, s.step, pytest.approx(s.loss, rel=1e-5)) for s in made
    ]
    listed = {row[key] for row in rows for key in ("sound", "picture")}
    assert {path.name for path in Path("grown").iterdir()} == listed | set(NAMES)
    for row, snapshot in zip(rows, made, strict=True):
        y, sr = soundfile.read(f"grown/{row['sound']}", dtype="float32", always_2d=True)
        assert sr == SR
        np.testing.assert_array_equal(y.T, snapshot.samples)
    path = principal_trajectory([s.params for s in made if s.stage == "refine"]).coordinates
    np.testing.assert_allclose([[float(row["pc1"]), float(row["pc2"])] for row in rows[3:]], path, rtol=1e-4)
    with PIL.Image.open("grown/growth.gif") as animation, PIL.Image.open("grown/refine-000000.png") as picture:
        assert (animation.n_frames, animation.size) == (len(made), picture.size)


def test_pictures_show_the_sound_and_are_the_same_each_time():
    pictures = []
    for name, gain in (("a", 1.0), ("b", 1.0), ("c", 0.01)):
        with TraceFolder(name) as trace:
            first, second = snapshots("refine", (0, 3))
            trace(first._replace(samples=gain * first.samples))
            trace(second)
        pictures.append([(Path(name) / file).read_bytes() for file in ("refine-000000.png", "growth.gif", "path.png")])
    assert pictures[0] == pictures[1]
    assert pictures[0][0] != pictures[2][0]
    assert pictures[0][2] == pictures[2][2]


def test_command_writes_the_first_variation():
    outcome = run("--trace", "grown", "--variations", "2")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    assert sorted(path.name for path in Path("grown").iterdir()) == FILES
    assert sorted(path.name for path in Path().iterdir()) == [
        "grown", "rain.texture.1.wav", "rain.texture.2.wav", "rain.wav",
    ]  # fmt: skip


def test_an_empty_folder_and_with_force_an_earlier_trace_are_replaced():
    Path("grown").mkdir()
    assert run("--trace", "grown").exit_code == 0
    Path("grown/refine-000050.wav").write_text("from a longer run")
    outcome = run("--trace", "grown", "--force")
    assert outcome.exit_code == 0
    assert sorted(path.name for path in Path("grown").iterdir()) == FILES
    assert sorted(path.name for path in Path().iterdir()) == ["grown", "rain.texture.wav", "rain.wav"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--trace", "full"), "full is not empty; replace it with --force or choose another folder"),
        (("--trace", "full", "--force"), "full holds notes.txt, which does not belong to a trace; choose another folder"),
        (("--trace", "rain.wav"), "rain.wav is a file, not a folder; choose another name for the folder"),
        (("--trace", "no/grown"), "no/grown: there is no folder no; make it first or choose another"),
        (("--trace", "rain.wav/grown"), "rain.wav/grown: rain.wav is a file, not a folder; choose another place"),
        (("--trace", "empty", "-o", "empty/a.wav"), "empty/a.wav would lie inside the folder of the trace, empty; name another folder for the trace"),
        (("--trace", ".", "-o", "../a.wav", "--force"), ". is the current folder; name another folder for the trace"),
    ],
)  # fmt: skip
def test_refused_before_the_work(arguments, message):
    Path("full").mkdir()
    Path("full/notes.txt").write_text("mine")
    Path("empty").mkdir()
    before = sorted(Path().rglob("*"))
    outcome = run(*arguments)
    assert outcome.exit_code == 1
    assert outcome.stderr == f"Error: {message}\n"
    assert sorted(Path().rglob("*")) == before


def test_the_current_folder_is_refused(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OutputError, match="is the current folder; name another"):
        TraceFolder("../here").__enter__()


def test_nothing_is_left_of_a_trace_that_failed():
    with pytest.raises(KeyError), TraceFolder("grown") as trace:
        for snapshot in snapshots("refine", (0, 1)):
            trace(snapshot)
        raise KeyError
    trace(snapshot)  # from a thread that is left behind
    assert [path.name for path in Path().iterdir()] == ["rain.wav"]


def test_no_snapshots_are_an_empty_index():
    with TraceFolder("grown"):
        pass
    assert [path.name for path in Path("grown").iterdir()] == ["index.csv"]


def test_a_folder_that_was_filled_in_the_meantime_is_kept():
    with pytest.raises(OutputError, match="filled by another program"), write_folder(Path("grown"), replace=False):
        Path("grown").mkdir()
        Path("grown/theirs").write_text("")
    assert [path.name for path in Path("grown").iterdir()] == ["theirs"]
    assert sorted(path.name for path in Path().iterdir()) == ["grown", "rain.wav"]
