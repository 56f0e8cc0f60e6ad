"""Manifests as files: those of older versions are read, and what is written is what was read."""

from __future__ import annotations

import hashlib
import json

import pytest

from texturize.config.presets import load_config
from texturize.errors import ManifestError
from texturize.manifest.model import Manifest
from texturize.manifest.reading import read_manifest

OLD = {
    "texturize": "0.1.0",
    "versions": {"python": "3.11.4", "jax": "0.4.30", "numpy": "1.26.4"},
    "command": "texturize synth rain.wav --seed 7",
    "input": {"path": "rain.wav", "sha256": hashlib.sha256(b"rain").hexdigest(), "sample_rate": 16000},
    "seed": 7,
    "status": "CONVERGED",
    "losses": {"refine": [1.0, 0.25]},
    "config": {"filters": {"count": 9}, "seed": 3},
}
"""As it was before there were other commands, origins and environments in it."""


def written(folder, **changes):
    path = folder / "a.wav.json"
    path.write_text(json.dumps({key: value for key, value in (OLD | changes).items() if value is not ...}))
    return path


def test_a_manifest_of_an_older_version_says_what_it_takes_to_make_it_again(tmp_path):
    (tmp_path / "rain.wav").write_bytes(b"rain")
    found = read_manifest(written(tmp_path))
    assert found.find_inputs() == (tmp_path / "rain.wav",)
    assert found.config == load_config(None, ["filters.count=9", "seed=7"])
    run = found.manifest
    assert (run.run.command, run.run.options, run.threads, run.origin.config) == ("synth", {}, None, None)


def test_what_is_written_of_a_manifest_is_what_was_read_of_it():
    text = json.dumps(OLD, indent=2) + "\n"
    assert Manifest.model_validate(json.loads(text)).to_json() == text
    newer = OLD | {"something": {"new": 1}}
    assert Manifest.model_validate(newer).to_dict() == OLD


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": ...}, "is damaged: has no 'status'; give the OUT.json that `texturize synth --manifest` wrote"),
        ({"input": {"path": "rain.wav"}}, "is damaged: has no 'input.sha256'; "),
        ({"seed": 7.0}, "is damaged: 'seed' is 7.0; "),
        ({"threads": 0}, "is damaged: 'threads' is 0; "),
        ({"run": {"command": "morph", "options": {"mix": 3}}}, "is damaged: 'run.options.mix' is 3; "),
        ({"other_inputs": [5]}, "is damaged: 'other_inputs.0' is 5; "),
        ({"stretches": []}, "belongs to a recording whose stretches were made anew; give one of a texture"),
    ],
)
def test_damage_names_the_key_and_the_value(tmp_path, changes, message):
    path = written(tmp_path, **changes)
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert str(caught.value).startswith(f"{path} {message}")
