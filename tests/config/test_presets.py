"""Configs in and out: order, errors, presets, schema."""

from __future__ import annotations

import jsonschema
import pytest
import yaml

from texturize.config import Config
from texturize.config.mistakes import known_keys
from texturize.config.presets import (
    config_to_yaml,
    json_schema,
    load_config,
    parse_config,
    preset_names,
    preset_text,
)
from texturize.errors import ConfigError


def test_presets_expected():
    assert preset_names() == ("default", "antognini2018", "best", "fill", "gram-only", "preview", "ulyanov2016")


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_loads_says_what_it_is_and_fits_the_schema(name):
    config = load_config(name)
    assert parse_config(config_to_yaml(config)) == config
    assert load_config(name) == config
    assert preset_text(name).startswith("# ")
    jsonschema.validate(yaml.safe_load(preset_text(name)), json_schema())
    jsonschema.validate(yaml.safe_load(config_to_yaml(config)), json_schema())


def test_the_default_preset_is_the_defaults():
    assert load_config("default") == load_config() == Config()


def test_the_published_settings():
    config = load_config("antognini2018")
    (resolution,) = config.resolutions
    assert (resolution.filters.widths, resolution.filters.count) == ((2, 4, 8, 16, 64, 128), 512)
    assert config.loss.gram.weight > 0
    assert config.loss.autocorrelation.weight > 0
    assert config.loss.diversity.weight > 0
    (resolution,) = load_config("ulyanov2016").resolutions
    assert (resolution.filters.widths, resolution.filters.count) == ((11,), 4096)
    assert resolution.spectrogram.compression == "log1p"


def test_the_schema_is_valid_and_describes():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["$defs"]["PhaseConfig"]["properties"]["momentum"]["description"].startswith("Momentum")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"filters": {"cuont": 3}}, schema)


def test_every_key_has_a_description():
    sections = json_schema()["$defs"]
    for name, section in sections.items():
        assert section["description"], name
        for key, value in section["properties"].items():
            assert "$ref" in value or value["description"], f"{name}.{key}"


def test_order_is_defaults_file_set_flags(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("preset: preview\nseed: 1\nfilters: {count: 10, seed: 5}\n")
    assert load_config(path).optimize == load_config("preview").optimize
    assert (load_config(path).seed, load_config(path).filters.count) == (1, 10)
    config = load_config(path, ["seed=2", "filters.count=11"], {"seed": 3})
    assert (config.seed, config.filters.count, config.filters.seed) == (3, 11, 5)


def test_overrides():
    config = load_config(None, ["filters.widths=[2, 4]", "loss.gram.weight=1e-3", "resolutions.1.filters.count=8"])
    assert config.filters.widths == (2, 4)
    assert config.loss.gram.weight == 1e-3
    assert [resolution.filters.count for resolution in config.resolutions] == [128, 8]
    assert load_config(None, ["audio.sample_rate=null"]) == Config()
    assert load_config("preview", ["filters.count=256"]).filters.count == 256
    assert load_config() == Config()  # nothing handed in was changed


def test_resolutions_that_come_to_the_same_count_once():
    (resolution,) = load_config(None, ["spectrogram.n_fft=512"]).resolutions
    assert resolution.spectrogram.n_fft == 512


ERRORS = [
    ("filters.cuont=3", "unknown key filters.cuont; the nearest known key is filters.count"),
    ("gram.weight=2", "unknown key gram.weight; the nearest known key is loss.gram.weight"),
    ("zzz=1", "unknown key zzz; `texturize config` prints all keys"),
    ("resolutions.0.filters.cont=3", "unknown key resolutions.0.filters.cont; the nearest known key is "
     "resolutions.0.filters.count"),
    ("resolutions.5.filters.count=8", "resolutions has no entry 5; its entries are 0 to 1"),
    ("filters.count=0", "filters.count is 0, but must be at least 1"),
    ("filters.count=many", 'filters.count is "many", but must be a whole number'),
    ('filters.count="8"', 'filters.count is "8", but must be a whole number'),
    ("filters.count=true", "filters.count is true, but must be a whole number"),
    ("filters.widths=3", "filters.widths is 3, but must be a list"),
    ("filters.widths=[]", "filters.widths is [], but must be a list of at least 1 entries"),
    ("filters.widths=[0]", "filters.widths.0 is 0, but must be at least 1"),
    ("loss.gram.weight=-1", "loss.gram.weight is -1, but must be at least 0"),
    ("loss.gram.weight=.nan", "loss.gram.weight is NaN, but must be a finite number"),
    ("loss=3", "loss is 3, but must be a section of keys and values"),
    ("spectrogram.window=box", "spectrogram.window is \"box\", but must be one of 'hann', 'hamming' or 'blackman'"),
    ("spectrogram.normalize=1", "spectrogram.normalize is 1, but must be true or false"),
    ("audio.sample_rate=7999", "audio.sample_rate is 7999, but must be at least 8000"),
    ("loss.rhythm.min_lag=5", "loss.rhythm: min_lag 5.0 is not below max_lag 2.0"),
    ("seed=4294967296", "seed is 4294967296, but must be less than 4294967296"),
]  # fmt: skip


@pytest.mark.parametrize(("override", "message"), ERRORS, ids=[override for override, _ in ERRORS])
def test_errors_name_source_key_value_and_rule(override, message):
    with pytest.raises(ConfigError) as caught:
        load_config(None, [override])
    assert str(caught.value) == f"--set {override}: {message}"


FILES = [
    ("filters: {cuont: 3}", "unknown key filters.cuont; the nearest known key is filters.count"),
    ("preset: defualt", "there is no preset 'defualt'; the nearest is 'default'"),
    ("preset: 3", "preset is 3, but must be a name; `texturize presets` lists them"),
    ("- 1", "not a mapping of keys to values; write YAML, as `texturize config` prints it"),
    ("spectrogram: {n_fft: 128, hop_length: 256}", "spectrogram: hop_length 256 is larger than n_fft 128: "
     "samples would be skipped; use at most 64"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), FILES)
def test_errors_name_the_file(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value) == f"{path}: {message}"


def test_yaml_that_is_none(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("seed: 1\nseed: 2\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml line 1: key 'seed' is given twice"):
        load_config(path)
    path.write_text("seed: !!python/object/apply:os.getcwd []")
    with pytest.raises(ConfigError, match="could not determine a constructor"):
        load_config(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not a text file"):
        load_config(path)
    path.write_text("filters:\n# nothing\n")
    assert load_config(path) == Config()


def test_known_keys():
    keys = known_keys()
    assert {"filters.count", "resolutions.0.spectrogram.n_fft", "loss.gram.weight", "seed"} <= set(keys)
