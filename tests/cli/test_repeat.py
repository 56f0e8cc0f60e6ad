"""Manifests, and making a result again from one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from texturize.cli.group import texturize as command
from texturize.config.presets import config_to_yaml, load_config, parse_config
from texturize.errors import ManifestError
from texturize.manifest.reading import read_manifest

SR = 16_000
MADE: dict[str, bytes] = {}
"""The result and its manifest, once they are made: they name no folder, and each test has copies."""


@pytest.fixture
def folder(fake, tmp_path, monkeypatch):
    """A folder with a clip and a result of it with its manifest, and the numerics replaced by noise of the seed."""
    monkeypatch.delenv("NPROC", raising=False)
    plain = fake.synthesize

    def synthesize(y, sr, *, config, **options):
        result = plain(y, sr, config=config, **options)
        rng = np.random.default_rng([config.seed, config.filters.count])
        result.samples = result.samples * rng.uniform(0.5, 1, result.samples.shape[-1]).astype(np.float32)
        return result

    monkeypatch.setattr(fake, "synthesize", synthesize)
    monkeypatch.setattr("texturize.cli.support.threads.limit_threads", lambda count: None)
    rng = np.random.default_rng(0)
    soundfile.write("rain.wav", 0.1 * rng.standard_normal((2 * SR, 2)), SR, "PCM_24")
    if not MADE:
        arguments = "synth rain.wav -c preview --set filters.count=9 --seed 7 --duration 0.75 --threads 1 --manifest"
        assert run(*arguments.split()).exit_code == 0
        MADE.update({name: Path(name).read_bytes() for name in ("rain.texture.wav", "rain.texture.wav.json")})
    for name, content in MADE.items():
        Path(name).write_bytes(content)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def change(**values: object) -> None:
    path = Path("rain.texture.wav.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_repeated_run_gives_the_same_bytes(folder):
    outcome = run("repeat", "rain.texture.wav.json", "-o", "again.wav")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    assert outcome.stdout.startswith("again.wav: 0.75 s, 16000 Hz, 2 channels, PCM_24")
    assert Path("again.wav").read_bytes() == Path("rain.texture.wav").read_bytes()
    first, second = (json.loads(Path(f"{name}.json").read_text()) for name in ("rain.texture.wav", "again.wav"))
    assert {key for key in first if first[key] != second[key]} <= {"command"}
    assert second["command"] == "texturize repeat rain.texture.wav.json -o again.wav"


def test_what_was_repeated_can_be_repeated(folder):
    assert run("repeat", "rain.texture.wav.json", "-o", "again.wav", "-q").output == ""
    assert run("repeat", "again.wav.json", "-o", "third.wav").exit_code == 0
    assert Path("third.wav").read_bytes() == Path("rain.texture.wav").read_bytes()


def test_the_result_itself_is_replaced_only_with_force(folder):
    before = Path("rain.texture.wav").read_bytes()
    Path("rain.texture.wav").write_bytes(b"damaged")
    outcome = run("repeat", "rain.texture.wav.json")
    message = "Error: rain.texture.wav exists; replace it with --force or choose another with -o\n"
    assert (outcome.exit_code, outcome.stderr) == (1, message)
    assert run("repeat", "rain.texture.wav.json", "--force").exit_code == 0
    assert Path("rain.texture.wav").read_bytes() == before


def test_standard_output_and_other_formats(folder):
    outcome = run("repeat", "rain.texture.wav.json", "-o", "-")
    assert outcome.stdout_bytes == Path("rain.texture.wav").read_bytes()
    assert run("repeat", "rain.texture.wav.json", "-o", "again.flac").exit_code == 0
    a, b = soundfile.read("again.flac")[0], soundfile.read("rain.texture.wav")[0]
    np.testing.assert_allclose(a, b, atol=1.01 * 2**-23)  # encoders round half a step each their own way


def test_the_input_is_looked_for_beside_the_manifest(folder, monkeypatch):
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    assert run("repeat", "../rain.texture.wav.json", "-o", "again.wav").exit_code == 0


def test_the_manifest_carries_the_figures_and_the_threads(folder):
    values = json.loads(Path("rain.texture.wav.json").read_text())
    assert (values["threads"], values["seed"], values["sample_rate"], values["samples"]) == (1, 7, SR, 12_000)
    assert values["origin"] == {"config": "preview", "set": ["filters.count=9"]}
    assert values["figures"]["texture"]["total"] > 0
    assert 0 <= values["figures"]["copying"]["short"] <= 1
    soundfile.write("moment.wav", 0.1 * np.random.default_rng(1).standard_normal(4000), SR)
    assert run("synth", "moment.wav", "--manifest").exit_code == 0
    assert json.loads(Path("moment.texture.wav.json").read_text())["figures"] is None


@pytest.mark.parametrize("preset", ["default", "best", "antognini2018"])
def test_a_config_survives_the_manifest(preset):
    config = load_config(preset, ["seed=5", "resolutions=[{spectrogram: {window_ms: 20.0}}, {}]"])
    dumped = parse_config(json.dumps(config.model_dump(mode="json")))
    assert dumped == config
    assert parse_config(config_to_yaml(dumped)) == config


CHANGES = [
    ({"texturize": "0.0.1"}, "it was made with texturize 0.0.1 ("),
    ({"versions": {"jax": "0.1", "python": "3.0"}}, "it was made with jax 0.1 ("),
    ({"threads": None}, "it was not made with --threads 1: "),
    ({"status": "STOPPED"}, "it was stopped early; this run goes on to the end"),
]


@pytest.mark.parametrize(("values", "message"), CHANGES)
def test_what_may_make_a_difference_is_a_warning(folder, values, message):
    change(**values)
    outcome = run("repeat", "rain.texture.wav.json", "-o", "again.wav")
    assert outcome.exit_code == 0
    assert outcome.stderr.startswith(f"Warning: rain.texture.wav.json: {message}")
    assert outcome.stderr.count("\n") == 1
    assert Path("again.wav").exists()


DAMAGE = [
    ("", "is not JSON: Expecting value in line 1; "),
    ("[1]", "is not a manifest of texturize; "),
    ('{"a": 1}', "is not a manifest of texturize; "),
    ('{"texturize": "0.1.0"}', "is damaged: has no 'versions'; "),
    ({"seed": "x"}, "is damaged: 'seed' is \"x\"; "),
    ({"seed": True}, "is damaged: 'seed' is true; "),
    ({"config": {"filters": {"cuont": 3}}}, "unknown key filters.cuont; the nearest known key is filters.count"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGE)
def test_damage_is_one_line(folder, damage, message):
    if isinstance(damage, str):
        Path("rain.texture.wav.json").write_text(damage)
    else:
        change(**damage)
    outcome = run("repeat", "rain.texture.wav.json", "-o", "again.wav")
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith("Error: rain.texture.wav.json")
    assert message in outcome.stderr
    assert outcome.stderr.count("\n") == 1
    assert not Path("again.wav").exists()


def test_a_missing_or_changed_input_is_an_error_with_a_remedy(folder):
    soundfile.write("rain.wav", np.ones(SR) * 0.1, SR)
    with pytest.raises(
        ManifestError, match=r"its input rain.wav has changed since \(another SHA-256\); put back the file"
    ):
        read_manifest(Path("rain.texture.wav.json")).find_inputs()
    Path("rain.wav").unlink()
    outcome = run("repeat", "rain.texture.wav.json", "-o", "again.wav")
    expected = "Error: rain.texture.wav.json: its input rain.wav is missing; put it back, here or beside the manifest\n"
    assert (outcome.exit_code, outcome.stderr) == (1, expected)


def test_a_name_that_says_nothing_of_the_result(folder):
    Path("rain.texture.wav.json").rename("run.txt")
    outcome = run("repeat", "run.txt")
    assert (
        outcome.stderr == "Error: run.txt does not end in .json, so the result's name is not known; name it with -o\n"
    )
    assert run("repeat", "none.json").stderr.startswith("Error: none.json: no such file; ")
