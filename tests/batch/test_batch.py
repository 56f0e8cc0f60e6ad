"""A batch from start to end: what is done, what is left, what fails, who may write."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from texturize.batch import locked
from texturize.batch.lock import LOCK
from texturize.cli.group import texturize as command
from texturize.errors import OutputError
from texturize.synthesis.fill.run import Filled, FillRun

SR = 8000


@pytest.fixture
def made(fake, monkeypatch):
    """A folder with clips and a list; the numerics are replaced, and every clip they work on is noted."""
    plain, worked = fake.synthesize, []

    def synthesize(y, sr, *, config, **options):
        worked.append((y.shape[1], config.seed))
        return plain(y, sr, config=config, **options)

    monkeypatch.setattr(fake, "synthesize", synthesize)
    rng = np.random.default_rng(0)
    for name, n in (("a", 4000), ("b", 5000), ("c", 4000)):
        soundfile.write(f"{name}.wav", 0.1 * rng.standard_normal(n), SR)
    Path("list.csv").write_text("input,seed\na.wav,1\nb.wav,2\nc.wav,3\n")
    return worked


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["batch", *arguments], catch_exceptions=False)


def summary() -> list[dict[str, str]]:
    with Path("out/summary.csv").open() as file:
        return list(csv.DictReader(file))


def statuses() -> list[str]:
    return [row["status"] for row in summary()]


def test_every_row_has_a_result_a_manifest_and_a_line(made):
    outcome = run("list.csv", "-o", "out")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    assert outcome.stdout == "out: 3 done, 0 done before, 0 failed; out/summary.csv says which\n"
    assert sorted(path.name for path in Path("out").iterdir()) == sorted(
        [f"{name}.texture.wav{end}" for name in "abc" for end in ("", ".json")] + ["summary.csv"]
    )
    assert [row["input"] for row in summary()] == ["a.wav", "b.wav", "c.wav"]
    assert all(float(row["texture_distance"]) > 0 and 0 < float(row["copying"]) <= 1 for row in summary())
    manifest = json.loads(Path("out/a.texture.wav.json").read_text())
    assert manifest["result_sha256"] == hashlib.sha256(Path("out/a.texture.wav").read_bytes()).hexdigest()
    assert manifest["input"]["sha256"] == hashlib.sha256(Path("a.wav").read_bytes()).hexdigest()
    assert (manifest["seed"], manifest["command"]) == (1, "texturize batch list.csv -o out")


def test_clips_of_the_same_shape_follow_one_another(made):
    run("list.csv", "-o", "out", "--variations", "2")
    assert made == [(4000, 1), (4000, 2), (4000, 3), (4000, 4), (5000, 2), (5000, 3)]


def test_what_is_done_is_not_done_again(made):
    run("list.csv", "-o", "out")
    before = {path: path.read_bytes() for path in Path("out").glob("*.wav*")}
    made.clear()
    outcome = run("list.csv", "-o", "out")
    assert (outcome.exit_code, made, statuses()) == (0, [], ["skipped"] * 3)
    assert before == {path: path.read_bytes() for path in Path("out").glob("*.wav*")}
    assert float(summary()[0]["seconds"]) == 1.5


CHANGES = {
    "settings": lambda: Path("list.csv").write_text("input,seed\na.wav,9\nb.wav,2\nc.wav,3\n"),
    "clip": lambda: soundfile.write("a.wav", np.sin(np.arange(4000)), SR),
    "result": lambda: Path("out/a.texture.wav").write_bytes(b"damaged"),
    "no result": lambda: Path("out/a.texture.wav").unlink(),
    "manifest": lambda: Path("out/a.texture.wav.json").write_text("{"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_row_that_changed_is_done_again(made, change):
    run("list.csv", "-o", "out")
    made.clear()
    CHANGES[change]()
    assert run("list.csv", "-o", "out").exit_code == 0
    assert made == [(4000, 9 if change == "settings" else 1)]
    assert statuses() == ["done", "skipped", "skipped"]
    assert soundfile.info("out/a.texture.wav").frames == 4000


def test_a_bad_clip_is_a_row_that_says_why(made):
    Path("b.wav").write_text("no sound")
    outcome = run("list.csv", "-o", "out")
    why = "b.wav is not a sound file that can be read: Format not recognised; give a wav, flac, ogg, mp3 or aiff file"
    assert outcome.exit_code == 1
    assert outcome.stderr == f"Failed: b.texture.wav: {why}\n1 failed; --retry-failed tries them again\n"
    assert statuses() == ["done", "failed", "done"]
    assert summary()[1]["why"] == why
    assert not Path("out/b.texture.wav").exists()


def test_a_failure_counts_until_something_changes(made, monkeypatch):
    def broken(*_args, **_options):
        made.append("tried")
        raise ValueError("two\nlines")

    whole = sys.modules["texturize.synthesis.recipe"].synthesize
    monkeypatch.setattr(sys.modules["texturize.synthesis.recipe"], "synthesize", broken)
    assert run("b.wav", "-o", "out").exit_code == 1
    assert summary()[0]["why"] == "ValueError: two; this is a defect: `texturize synth --debug` shows where"
    assert run("b.wav", "-o", "out").exit_code == 1
    assert made == ["tried"]
    monkeypatch.setattr(sys.modules["texturize.synthesis.recipe"], "synthesize", whole)
    assert run("b.wav", "-o", "out").stdout.startswith("out: 0 done, 0 done before, 1 failed")
    assert run("b.wav", "-o", "out", "--retry-failed").exit_code == 0
    assert statuses() == ["done"]
    Path("c.wav").rename("d.wav")
    assert run("list.csv", "-o", "out").exit_code == 1
    assert summary()[2]["why"] == "c.wav: no such file; check the name"
    Path("d.wav").rename("c.wav")
    assert run("list.csv", "-o", "out").exit_code == 0


def test_files_of_others_are_not_replaced(made):
    Path("out").mkdir()
    Path("out/b.texture.wav").write_text("mine")
    outcome = run("list.csv", "-o", "out")
    message = "out/b.texture.wav exists, and no batch has written it; replace it with --force, or choose another folder"
    assert (outcome.exit_code, outcome.stderr, made) == (1, f"Error: {message}\n", [])
    assert Path("out/b.texture.wav").read_text() == "mine"
    assert run("list.csv", "-o", "out", "--force").exit_code == 0


def test_clips_are_not_written_over(made):
    Path("list.jsonl").write_text('{"input": "a.wav", "output": "b.wav"}\n{"input": "b.wav"}\n')
    outcome = run("list.jsonl", "-o", ".", "--force")
    assert (outcome.exit_code, made) == (1, [])
    assert "would write over the clip b.wav; choose another folder with -o" in outcome.stderr


def test_one_batch_at_a_time(made):
    Path("out").mkdir()
    Path("out", LOCK).write_text("1 elsewhere\n")  # left by a holder that died
    with locked(Path("out")):
        outcome = run("list.csv", "-o", "out")
        assert (outcome.exit_code, made) == (1, [])
        assert outcome.stderr.startswith("Error: out: another batch writes to this folder (process ")
        with pytest.raises(OutputError, match="wait for it, or choose another with -o"), locked(Path("out")):
            pass
    assert run("list.csv", "-o", "out").exit_code == 0
    assert not Path("out", LOCK).exists()


def test_what_dead_runs_left_is_removed_and_nothing_else(made):
    Path("out").mkdir()
    for name in (".a.texture.wav.abcd_123.part", ".summary.csv.12345678.part", ".a.texture.wav.json.abcd1234.part"):
        Path("out", name).write_text("half")
    others = [Path("out", name) for name in (".other.wav.abcd1234.part", "a.part", "mine.txt")]
    for other in others:
        other.write_text("mine")
    assert run("list.csv", "-o", "out").exit_code == 0
    assert not [path for path in Path("out").iterdir() if path.read_bytes() == b"half"]
    assert all(other.exists() for other in others)


def test_a_full_disk_ends_the_batch_and_leaves_nothing_half(made, monkeypatch):
    written = []
    plain = Path.write_bytes

    def write_bytes(path, data):
        if path.suffix == ".part":
            written.append(path)
            if len(written) == 2:
                plain(path, data[:100])
                raise OSError(errno.ENOSPC, "No space left on device")
        return plain(path, data)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    outcome = run("list.csv", "-o", "out")
    assert outcome.exit_code == 1
    assert outcome.stderr == (
        "Error: out/c.texture.wav cannot be written: No space left on device; choose another with -o\n"
    )
    assert statuses() == ["done"]
    assert not list(Path("out").glob(".*"))


def test_an_output_folder_that_goes_away_ends_the_batch(made, monkeypatch):
    synthesis = sys.modules["texturize.synthesis.recipe"]
    plain = synthesis.synthesize

    def synthesize(*args, **options):
        if len(made) == 1:
            shutil.rmtree("out")
        return plain(*args, **options)

    monkeypatch.setattr(synthesis, "synthesize", synthesize)
    outcome = run("list.csv", "-o", "out")
    assert (outcome.exit_code, len(made)) == (1, 2)
    assert outcome.stderr == "Error: out is gone; make it again, and give the same command\n"
    monkeypatch.setattr(synthesis, "synthesize", plain)
    assert run("list.csv", "-o", "out").exit_code == 0
    assert statuses() == ["done"] * 3


def test_a_clip_that_changes_meanwhile_is_told_by_what_was_read(made, monkeypatch):
    synthesis = sys.modules["texturize.synthesis.recipe"]
    plain, before = synthesis.synthesize, hashlib.sha256(Path("a.wav").read_bytes()).hexdigest()

    def synthesize(*args, **options):
        soundfile.write("a.wav", np.sin(np.arange(4000)), SR)
        return plain(*args, **options)

    monkeypatch.setattr(synthesis, "synthesize", synthesize)
    assert run("a.wav", "-o", "out").exit_code == 0
    assert json.loads(Path("out/a.texture.wav.json").read_text())["input"]["sha256"] == before
    made.clear()
    assert run("a.wav", "-o", "out").exit_code == 0
    assert made == [(4000, 0)]


USAGE = [
    ("list.csv", "Missing option '-o' / '--output'."),
    ("-o out", "Missing argument 'SOURCE...'."),
    ("list.csv -o out --workers 2 --scheduler tcp://a:1", "--workers starts processes here, --scheduler uses others: give one or the other."),
    ("list.csv -o out --threads 2 --scheduler tcp://a:1", "--threads has no effect on workers that are already running: start them with NPROC=N."),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), USAGE)
def test_wrong_usage(made, arguments, message):
    outcome = run(*arguments.split())
    assert (outcome.exit_code, outcome.stderr.splitlines()[-1], made) == (2, f"Error: {message}", [])


def test_recordings_are_mended(made, monkeypatch):
    def fills(self, seed, progress=None, stop=None):
        made.append(seed)
        for gap in self.gaps:
            yield Filled(gap, np.full((self.source.channels, gap.n), 0.25, np.float32), (), 0.0, None, (), (), {})

    monkeypatch.setattr(FillRun, "fills", fills)
    y = 0.1 * np.random.default_rng(0).standard_normal((3 * SR, 2))
    soundfile.write("room.flac", y, SR)
    Path("list.csv").write_text("input,at,seed\na.wav,,1\nroom.flac,2.5-2.75 1.25-1.5 1.00003-1.25,7\nb.wav,9-10,1\n")
    outcome = run("list.csv", "-o", "out")
    assert (outcome.exit_code, statuses()) == (1, ["done", "done", "failed"])
    assert summary()[2]["why"].startswith("b.wav: the stretch 9.000-10.000 s lies beyond the end at 0.625 s; ")
    old, new = (soundfile.read(name, dtype="int16")[0] for name in ("room.flac", "out/room.filled.flac"))
    changed = np.r_[SR : 1.5 * SR, 2.5 * SR : 2.75 * SR].astype(int)
    np.testing.assert_array_equal(np.delete(old, changed, 0), np.delete(new, changed, 0))
    assert np.all(np.abs(new[changed] - 2**13) <= 1)  # dithered
    manifest = json.loads(Path("out/room.filled.flac.json").read_text())
    assert [one["start"] for one in manifest["stretches"]] == [1.0, 2.5]
    assert (manifest["seed"], manifest["command"]) == (7, "texturize batch list.csv -o out")
    made.clear()
    run("list.csv", "-o", "out")
    assert (made, statuses()) == ([], ["skipped", "skipped", "failed"])
    Path("list.csv").write_text("input,at,seed\na.wav,,1\nroom.flac,2.5-2.75,7\n")
    run("list.csv", "-o", "out")
    assert (made, statuses()) == ([7], ["skipped", "done"])
