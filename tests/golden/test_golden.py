"""The verdict of a golden: reruns pass, and each change that matters is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from golden_sounds import LONG, SR, TEXTURES, brighter, clock, faster, normalized, slower, splice, wind, with_silence
from scipy import signal

from texturize.cli.group import texturize as command
from texturize.golden import DEFAULT_TOLERANCES, FIGURES, judge, measure, tolerances_of
from texturize.golden.features import longest_gap, longest_run
from texturize.signal.loudness import integrated_loudness

pytest_plugins = ["pytester"]

CHANGES = {
    "1 dB louder": (lambda y, _long, _clip: y * 10 ** (1 / 20), {"level"}),
    "1 dB quieter": (lambda y, _long, _clip: y / 10 ** (1 / 20), {"level"}),
    "resampled, 5 % faster": (lambda _y, long, _clip: faster(long), {"brightness", "spectrum"}),
    "resampled, 5 % slower": (lambda y, _long, _clip: slower(y), {"brightness", "spectrum"}),
    "5 % brighter at the same tempo": (lambda y, _long, _clip: brighter(y), {"brightness", "spectrum"}),
    "50 ms of silence": (lambda y, _long, _clip: with_silence(y), {"gap", "dropout"}),
    "pieces of the clip": (lambda _y, _long, clip: splice(np.random.default_rng(3), clip), {"copying, 50 ms"}),
}  # fmt: skip


def made(name, seed, n=None):
    rng = np.random.default_rng(seed)
    return TEXTURES[name](rng) if n is None else TEXTURES[name](rng, n)


@pytest.fixture(scope="module", params=TEXTURES)
def recorded(request):
    """Name, clip, features of a golden, and tolerances of its spread over four other seeds."""
    clip = made(request.param, 100)
    golden = measure(made(request.param, 0), SR, "PCM_16", clip=(clip, SR))
    reruns = [measure(made(request.param, seed), SR, "PCM_16", clip=(clip, SR), like=golden) for seed in (1, 2, 3, 4)]
    return request.param, clip, golden, tolerances_of([golden, *reruns])


def test_other_seeds_of_the_same_statistics_pass(recorded):
    name, clip, golden, tolerances = recorded
    for seed in range(10, 14):
        verdict = judge(golden, measure(made(name, seed), SR, "PCM_16", clip=(clip, SR), like=golden), tolerances)
        assert verdict.passed, (seed, verdict.failed)


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_found(recorded, change):
    name, clip, golden, tolerances = recorded
    alter, expected = CHANGES[change]
    new = alter(made(name, 50), made(name, 50, LONG), clip)
    verdict = judge(golden, measure(new, SR, "PCM_16", clip=(clip, SR), like=golden), tolerances)
    assert expected <= set(verdict.failed)
    if name == "clock" and "resampled" in change:
        assert "tempo" in verdict.failed


def test_blurred_and_reversed_events_are_found():
    clip, golden = made("clock", 100), measure(made("clock", 0), SR, "PCM_16")
    reruns = [measure(made("clock", seed), SR, "PCM_16", like=golden) for seed in (1, 2, 3, 4)]
    tolerances = tolerances_of([golden, *reruns])
    failed = judge(golden, measure(clip[:, ::-1], SR, "PCM_16", like=golden), tolerances).failed
    assert "events" in failed
    envelope = np.sqrt(np.convolve(clip[0] ** 2, np.ones(SR // 20) / (SR // 20), "same"))
    blurred = envelope * np.random.default_rng(0).standard_normal(envelope.size)
    assert {"events", "attacks"} <= set(judge(golden, measure(blurred, SR, "PCM_16", like=golden), tolerances).failed)


def test_a_sound_shorter_than_the_goldens_excerpts_is_measured():
    golden = measure(made("rain", 0), SR, "PCM_16")
    verdict = judge(golden, measure(made("rain", 1)[:, : SR // 3], SR, "PCM_16", like=golden))
    assert "duration" in verdict.failed
    assert all(check.moved is None or np.isfinite(check.moved) for check in verdict.checks)


def test_tempo_and_brightness_are_told_in_per_cent(recorded):
    name, clip, golden, _ = recorded
    moved = {}
    for change, alter in (("faster", faster), ("slower", slower)):
        new = measure(alter(made(name, 50, LONG)), SR, "PCM_16", clip=(clip, SR), like=golden)
        moved[change] = {check.name: check.moved for check in judge(golden, new).checks}
    assert moved["faster"]["brightness"] == pytest.approx(5, abs=0.5)
    assert moved["slower"]["brightness"] == pytest.approx(-4.76, abs=0.5)
    if name == "clock":
        assert moved["faster"]["tempo"] == pytest.approx(5, abs=0.2)
        assert moved["slower"]["tempo"] == pytest.approx(-4.76, abs=0.2)


def test_a_sound_passes_for_itself_by_default():
    y = wind(np.random.default_rng(0))
    golden = measure(y, SR, "PCM_16")
    verdict = judge(golden, measure(y, SR, "PCM_16", like=golden))
    assert verdict.passed
    least = {figure.name: figure.least for figure in FIGURES if figure.kind == "difference"}
    assert all(abs(check.moved) < least[check.name] for check in verdict.checks if check.name in least)


def test_stretches_are_as_long_as_they_are():
    y = np.random.default_rng(0).standard_normal(SR)
    assert (longest_run(np.array([0, 1, 1, 0, 1])), longest_run(np.zeros(3)), longest_run(np.ones(3))) == (2, 0, 3)
    assert longest_gap(y, SR) == 0
    y[4000:4800] = 1e-6 * y[4000:4800]
    assert longest_gap(y, SR) == pytest.approx(0.05, abs=0.003)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["check", *arguments], catch_exceptions=False)


def record(*options: str) -> Result:
    return run("golden.wav", "r1.wav", "r2.wav", "r3.wav", "--record", "golden.json", *options)


def surge(seed: int) -> np.ndarray:
    """Wind that surges eight times a second: it is so even that a short one will do, which is sooner measured."""
    rng = np.random.default_rng(seed)
    common, own = rng.standard_normal(LONG), rng.standard_normal((2, LONG))
    peaks = (signal.iirpeak(hz, q, fs=SR) for hz, q in ((400, 6), (1100, 8), (2700, 10)))
    y = sum(signal.lfilter(*peak, common + own) for peak in peaks) + 0.02 * own
    return normalized(y * (1 - 0.9 * np.cos(2 * np.pi * 8 * np.arange(LONG) / SR)), 3 * SR // 2)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """A folder with a golden, its reruns, a good and a bad result, and the clip."""
    made_once = tmp_path_factory.mktemp("sounds")
    for name, seed in (("golden", 0), ("r1", 1), ("r2", 2), ("r3", 3), ("new", 4), ("clip", 100)):
        soundfile.write(made_once / f"{name}.wav", surge(seed).T, SR, "PCM_16")
    soundfile.write(made_once / "bad.wav", 1.125 * surge(5).T, SR, "PCM_16")
    soundfile.write(made_once / "mono.wav", surge(5)[0], SR, "PCM_16")
    return made_once


@pytest.fixture(scope="module")
def recording(sounds):
    """The same with what `record` writes and says, with the clip."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(sounds)
        outcome = record("--clip", "clip.wav")
        Path("golden.json").rename("golden.json.kept")  # for those that ask for it
    return outcome


@pytest.fixture
def folder(sounds, tmp_path, monkeypatch):
    """Those sounds alone, in the working folder."""
    monkeypatch.chdir(tmp_path)
    for path in sounds.glob("*.wav"):
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.fixture
def golden_json(recording, sounds, folder):
    """They and the recorded golden; gives the folder."""
    shutil.copy(sounds / "golden.json.kept", folder / "golden.json")
    return folder


def test_record_and_check(golden_json, recording):
    assert (recording.exit_code, recording.stderr) == (0, "")
    assert recording.stdout.startswith("golden.json: golden.wav and 3 reruns; tolerances: duration 0.001, level 0.")
    raw = json.loads(Path("golden.json").read_text())
    assert raw["history"][0]["reason"] == "recorded"
    assert Path("golden.json").stat().st_size < 400_000
    passed = run("golden.json", "new.wav")
    assert (passed.exit_code, passed.stdout.splitlines()[-1]) == (0, "passed")
    assert "copying, 250 ms" in passed.stdout
    failed = run("golden.json", "bad.wav", "--junit", "report.xml")
    assert (failed.exit_code, failed.stdout.splitlines()[-1]) == (1, "FAILED: level")
    suite = ET.parse("report.xml").getroot().find("testsuite")
    assert (suite.get("failures"), suite.get("name")) == ("1", "texturize check golden.json")
    cases = {case.get("name"): case.find("failure") for case in suite}
    assert int(suite.get("tests")) == len(cases)
    assert [name for name, failure in cases.items() if failure is not None] == ["level"]
    assert cases["level"].get("message").startswith("moved by 1.0")


def test_formats_and_channels(golden_json):
    outcome = json.loads(run("golden.json", "mono.wav", "--json").stdout)
    assert outcome["failed"] == ["channels"]
    assert outcome["checks"][1]["note"] == "1, was 2"
    y = surge(4).T
    soundfile.write("half.wav", y * [1, 0], SR, "PCM_16")
    assert {"level", "spectrum", "dropout"} <= set(
        json.loads(run("golden.json", "half.wav", "--json").stdout)["failed"]
    )
    soundfile.write("deep.wav", y, SR, "PCM_24")
    soundfile.write("short.wav", y[: -SR // 8], SR, "PCM_16")
    soundfile.write("silent.wav", 0 * y, SR, "PCM_16")
    assert json.loads(run("golden.json", "deep.wav", "--json").stdout)["failed"] == ["subtype"]
    assert json.loads(run("golden.json", "short.wav", "--json").stdout)["failed"] == ["duration"]
    assert run("golden.json", "silent.wav").exit_code == 1


def test_exact_goldens_want_the_same_waveform(folder):
    rng = np.random.default_rng(9)
    y = soundfile.read("golden.wav")[0]
    for name in ("r1", "r2", "r3", "drifted"):  # as the same seed with other threads
        soundfile.write(f"{name}.wav", y + 0.05 * y.std() * rng.standard_normal(y.shape), SR, "PCM_16")
    assert record("--exact").exit_code == 0
    assert run("golden.json", "drifted.wav").exit_code == 0
    other = json.loads(run("golden.json", "new.wav", "--json").stdout)
    assert "waveform" in other["failed"]
    assert {check["name"]: check["moved"] for check in other["checks"]}["waveform"] > 0.5
    assert run("golden.wav", "drifted.wav").exit_code == 0
    assert "waveform" in run("golden.wav", "new.wav", "--exact").stdout


def test_an_older_golden_is_held_against_what_it_has(golden_json):
    raw = json.loads(Path("golden.json").read_text())
    for name in ("loudness", "seam_jumps", "seam_limits", "events", "silence"):
        del raw["features"][name]
    Path("golden.json").write_text(json.dumps(raw | {"tolerances": {}}))
    assert run("golden.json", "new.wav").exit_code == 0
    assert run("golden.json", "bad.wav").stdout.splitlines()[-1] == "FAILED: level"


def test_few_loud_events_are_no_alarm():
    """Neither for the level, which results are not matched by, nor where one falls on the seam of one of them."""
    rng = np.random.default_rng(0)
    golden, new = clock(rng), clock(rng)
    event = np.hanning(400) * np.sin(0.8 * np.arange(400))
    for start in (9000, 20_000, 31_000):
        golden[:, start : start + 400] += event
    new[:, :400] += event
    features = [measure(y * 10 ** ((-25 - integrated_loudness(y, SR)) / 20), SR, "PCM_16") for y in (golden, new)]
    moved = {check.name: check.moved for check in judge(*features).checks}
    assert abs(moved["level"]) < 0.1
    assert moved["seam"] <= 1 < features[1].seam


def test_two_sounds_and_tolerances_of_a_file(folder):
    assert run("golden.wav", "new.wav").exit_code == 0
    Path("strict.yaml").write_text("level: 0.001\n")
    assert run("golden.wav", "new.wav", "--tolerances", "strict.yaml").stdout.splitlines()[-1] == "FAILED: level"
    assert run("golden.wav", "bad.wav").stdout.splitlines()[-1] == "FAILED: level"


def test_update_keeps_the_reason(golden_json):
    tolerances = json.loads(Path("golden.json").read_text())["tolerances"]
    outcome = run("golden.json", "bad.wav", "--update", "--reason", "a decibel more")
    assert (outcome.exit_code, outcome.stdout) == (0, "golden.json: now bad.wav: a decibel more\n")
    raw = json.loads(Path("golden.json").read_text())
    assert [event["reason"] for event in raw["history"]] == ["recorded", "a decibel more"]
    assert raw["tolerances"] == tolerances
    assert run("golden.json", "bad.wav").exit_code == 0
    assert run("golden.json", "new.wav").stdout.splitlines()[-1] == "FAILED: level"


FAILURES = [
    ("none.json new.wav", 1, "none.json: no such file; give the golden.json that `texturize check --record` wrote"),
    ("bad.json new.wav", 1, "bad.json is not JSON; give the golden.json that `texturize check --record` wrote"),
    ("other.json new.wav", 1, "other.json is not a golden of texturize: there is no 'texturize'; give the golden.json that `texturize check --record` wrote"),
    ("golden.wav none.wav", 1, "none.wav: no such file; check the name"),
    ("golden.wav r1.wav --record a.json", 1, "1 rerun(s) of golden.wav show no spread; give at least two, better four or more"),
    ("golden.wav r1.wav mono.wav --record a.json", 1, "mono.wav: channels 1, not 2 as golden.wav; give reruns of the same kind"),
    ("golden.wav new.wav --tolerances t.yaml", 1, "t.yaml: there is no figure 'levle'; the nearest is 'level'"),
    ("golden.wav new.wav --tolerances n.yaml", 1, "n.yaml: the tolerance of level is -1; give a number of at least 0"),
    ("golden.wav", 2, "Missing argument 'NEW'."),
    ("golden.wav new.wav bad.wav", 2, "2 sounds to compare with the golden: give one, or --record."),
    ("golden.wav new.wav --update --reason x", 2, "--update needs a golden's JSON file, which keeps the reason."),
    ("golden.json new.wav --update", 2, '--update needs a reason: --reason "...".'),
    ("golden.json new.wav --exact", 2, "--exact belongs to --record: the golden keeps it."),
    ("golden.json new.wav r1.wav --record a.json", 2, "--record takes a sound as GOLDEN, not a golden's JSON file."),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "message"), FAILURES)
def test_errors_say_what_and_how(folder, arguments, code, message):
    Path("bad.json").write_text("{")
    Path("other.json").write_text("{}")
    Path("t.yaml").write_text("levle: 1\n")
    Path("n.yaml").write_text("level: -1\n")
    outcome = run(*arguments.split())
    assert (outcome.exit_code, outcome.stderr.splitlines()[-1], outcome.stdout) == (code, f"Error: {message}", "")


def test_a_clip_that_changed_is_an_error(golden_json):
    soundfile.write("clip.wav", clock(np.random.default_rng(0)).T, SR)
    outcome = run("golden.json", "new.wav")
    message = "Error: clip.wav is another file than the golden was recorded with; record the golden again\n"
    assert (outcome.exit_code, outcome.stderr) == (1, message)


def test_every_figure_has_a_default_tolerance_no_less_than_the_least():
    assert set(DEFAULT_TOLERANCES) == {figure.name for figure in FIGURES} | {"waveform"}
    assert all(figure.default >= figure.least for figure in FIGURES)


def test_the_fixture(golden_json, pytester):
    folder = golden_json
    pytester.makepyfile(
        f"""
        from pathlib import Path
        HERE = Path({str(folder)!r})

        def test_good(golden_texture):
            golden_texture(HERE / "golden.json", HERE / "new.wav")

        def test_bad(golden_texture):
            golden_texture(HERE / "golden.json", HERE / "bad.wav")

        def test_lenient(golden_texture):
            verdict = golden_texture(HERE / "golden.wav", HERE / "bad.wav", tolerances={{"level": 3}})
            assert verdict is None or verdict.passed
        """
    )
    plugin = ["-p", "no:texturize", "-p", "texturize.golden.pytest_plugin", "-p", "no:cacheprovider"]
    result = pytester.runpytest_inprocess(*plugin)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*bad.wav differs from *golden.json:", "*level: moved by 1.0* dB, tolerance 0.*"])
    pytester.runpytest_inprocess(*plugin, "-k", "bad", "--golden-update", "louder").assert_outcomes(
        passed=1, deselected=2
    )
    assert json.loads((folder / "golden.json").read_text())["history"][-1]["reason"] == "louder"
