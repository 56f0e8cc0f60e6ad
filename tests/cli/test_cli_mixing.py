"""The contract of `morph` and `transfer`: arguments, exit codes, exact messages, files, and doing it again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from fake_synthesis import Status, Synthesis

from texturize.cli.group import texturize as command
from texturize.synthesis.trace.snapshots import Snapshot

SR = 16_000


@pytest.fixture
def folder(fake, tmp_path, monkeypatch):
    """A folder with clips of unlike rates and channels, where noise of the seed is made of them, and no work done."""

    def synthesize(clip, sr, *, config, trace=None, **_options):
        if trace is not None:
            trace(
                Snapshot("refine", 0, 1.0, np.ones(1, np.float32), np.ones((1, SR), np.float32), SR, np.ones((1, SR)))
            )
        n = round(config.output.duration * sr)
        samples = np.random.default_rng(config.seed).uniform(-0.1, 0.1, (len(clip), n))
        return Synthesis(samples.astype(np.float32), sr, Status.CONVERGED, config, config.seed)

    monkeypatch.setattr(fake, "synthesize", synthesize)
    rng = np.random.default_rng(0)
    soundfile.write("rain.wav", 0.1 * rng.standard_normal((24_000, 2)), SR, "PCM_24")
    soundfile.write("fire.wav", 0.1 * rng.standard_normal(16_000), 8000)
    soundfile.write("hall.wav", 0.1 * rng.standard_normal((SR, 4)), SR)
    soundfile.write("silence.wav", np.zeros(SR), SR)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


FAILURES = [
    ("morph rain.wav none.wav", 1, "none.wav: no such file; check the name"),
    ("morph rain.wav silence.wav", 1, "silence.wav: the clip is silent (its peak is 0); give a clip with sound in it"),
    (
        "morph rain.wav hall.wav",
        1,
        "rain.wav has 2 channels, another clip has 4; give clips with the same number of channels, or with one",
    ),
    ("morph rain.wav fire.wav -o fire.wav --force", 1, "fire.wav is an input itself; choose another with -o"),
    (
        "morph rain.wav fire.wav --mix 0:1",
        1,
        "a gradual mix of 1.5 s is too short to change on the way; use at least --duration 8, or one mix for all of it",
    ),
    (
        "morph rain.wav fire.wav --mix 0:1 --loop --duration 9",
        1,
        "mix '0:1' changes on the way, so it ends as another sound than it starts; leave out the loop",
    ),
    ("morph rain.wav", 2, "a morph needs at least two clips; `texturize synth` makes a texture of one."),
    (
        "morph rain.wav fire.wav --mix 1,2,3",
        2,
        "--mix: mix '1,2,3' has 3 shares for 2 clips; write 2 numbers with commas between them",
    ),
    (
        "morph rain.wav fire.wav --mix 1.5",
        2,
        "--mix: mix '1.5': the share 1.5 is not between 0 and 1; 0.5 is half and half",
    ),
    ("transfer rain.wav", 2, "Missing argument 'STYLE'."),
    ("transfer rain.wav fire.wav --weight 2", 2, "Invalid value for '--weight': 2.0 is not in the range 0<=x<=1."),
    (
        "transfer silence.wav fire.wav",
        1,
        "silence.wav: the clip is silent (its peak is 0); give a clip with sound in it",
    ),
    (
        "transfer rain.wav fire.wav --loop",
        1,
        "a transfer ends as its content does, so it cannot be a loop; leave out the loop",
    ),
]


@pytest.mark.parametrize(("arguments", "code", "message"), FAILURES, ids=[arguments for arguments, _, _ in FAILURES])
def test_failures_are_one_line_and_leave_nothing_behind(folder, arguments, code, message):
    before = sorted(folder.rglob("*"))
    result = run(*arguments.split())
    assert (result.exit_code, result.stderr.splitlines()[-1], result.stdout) == (code, f"Error: {message}", "")
    assert sorted(folder.rglob("*")) == before


def test_a_morph_has_the_highest_rate_the_most_channels_and_the_shortest_length(folder):
    result = run("morph", "fire.wav", "rain.wav", "--mix", "0.3", "--picture", "p.png")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("fire+rain.texture.wav: 1.50 s, 16000 Hz, 2 channels, PCM_16;")
    info = soundfile.info("fire+rain.texture.wav")
    assert (info.samplerate, info.channels, info.frames) == (SR, 2, 24_000)
    assert "Texture of fire.wav and rain.wav, mix 0.3" in info.extra_info
    assert Path("p.png").read_bytes()[:4] == b"\x89PNG"


def test_a_transfer_is_as_long_as_the_content_in_the_format_of_the_style(folder):
    assert run("transfer", "fire.wav", "rain.wav", "-q").output == ""
    info = soundfile.info("fire-rain.texture.wav")
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (SR, 2, 32_000, "PCM_24")


@pytest.mark.parametrize("arguments", ["morph fire.wav rain.wav", "transfer fire.wav rain.wav"])
def test_one_thread_where_the_same_bytes_are_asked_for(folder, monkeypatch, arguments):
    limited = []
    monkeypatch.setattr("texturize.cli.support.threads.limit_threads", limited.append)
    monkeypatch.setenv("NPROC", "1")
    assert run(*arguments.split(), "--deterministic", "--manifest", "-o", "a.wav").exit_code == 0
    manifest = json.loads(Path("a.wav.json").read_text())
    assert (limited, manifest["threads"], manifest["config"]["numerics"]["deterministic"]) == ([1], 1, True)


def test_a_trace_beside_a_morph(folder):
    refused = run("morph", "fire.wav", "rain.wav", "--trace", "grown", "-o", "grown/a.wav")
    assert refused.exit_code == 1
    assert run("morph", "fire.wav", "rain.wav", "--trace", "grown").exit_code == 0
    assert Path("grown/refine-000000.png").exists()


def test_variations_have_numbers(folder):
    assert run("morph", "rain.wav", "fire.wav", "--variations", "2", "-o", "a.flac").exit_code == 0
    assert sorted(path.name for path in folder.glob("a.*")) == ["a.1.flac", "a.2.flac"]


@pytest.mark.parametrize("arguments", ["morph rain.wav fire.wav --mix 1,3", "transfer fire.wav rain.wav --weight 0.7"])
def test_manifests_hold_what_it_takes_to_do_it_again(folder, arguments):
    assert run(*arguments.split(), "--seed", "7", "--manifest", "-o", "a.wav").exit_code == 0
    manifest = json.loads(Path("a.wav.json").read_text())
    first, second = arguments.split()[1:3]
    assert (manifest["input"]["path"], manifest["other_inputs"][0]["path"]) == (first, second)
    assert run("repeat", "a.wav.json", "-o", "b.wav").exit_code == 0
    assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes()
    again = json.loads(Path("b.wav.json").read_text())
    assert [again[key] for key in ("run", "config", "seed")] == [manifest[key] for key in ("run", "config", "seed")]
    for key, value in (
        ("other_inputs", [5]),
        ("other_inputs", 5),
        ("run", 5),
        ("run", manifest["run"] | {"options": {"o": "x"}}),
    ):
        Path("bad.json").write_text(json.dumps(manifest | {key: value}))
        assert (run("repeat", "bad.json").exit_code, len(list(folder.glob("x*")))) == (1, 0)
    Path(second).write_bytes(Path("hall.wav").read_bytes())
    changed = run("repeat", "a.wav.json", "-o", "c.wav")
    assert changed.stderr.startswith(f"Error: a.wav.json: its input {second} has changed since")
