"""Configs from YAML: presets, files and overrides, with errors that name the source and the nearest key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from texturize.config import DEFAULT_RESOLUTIONS, Config
from texturize.config.mistakes import nearest, shown, validate
from texturize.errors import ConfigError, naming, printable
from texturize.files.yaml_text import MOST_CHARACTERS, MOST_DEPTH, parse_yaml

Raw = dict[str, Any]


def preset_folder() -> Path:
    """Folder of the presets: within the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "configs"
    return installed if installed.is_dir() else package.parent / "configs"


def preset_names() -> tuple[str, ...]:
    """Names of the presets, the default first."""
    return tuple(
        sorted((path.stem for path in preset_folder().glob("*.yaml")), key=lambda name: (name != "default", name))
    )


def preset_text(name: str) -> str:
    """YAML of a preset, comments included."""
    if name not in preset_names():
        near = difflib.get_close_matches(name, preset_names(), 1, 0.5)
        hint = f"the nearest is '{near[0]}'" if near else "`texturize presets` lists them"
        raise ConfigError(f"there is no preset '{name}'", hint)
    return (preset_folder() / f"{name}.yaml").read_text(encoding="utf-8")


def load_config(
    source: str | Path | None = None,
    overrides: Sequence[str] = (),
    flags: Mapping[str, Any] | None = None,
    rows: Mapping[str, Any] | None = None,
    where: str = "",
) -> Config:
    """Load a config: the defaults, then a preset or file, then overrides, then flags.

    Parameters
    ----------
    source : str or Path, optional
        Name of a preset, or path of a YAML file. A file may build on a preset with ``preset: NAME``.
    overrides : sequence of str
        ``"filters.count=256"`` and the like; values are YAML, and list entries are numbered from 0.
    flags : mapping, optional
        Values by dotted key, from the flags of a command, which have the names of the keys.
    rows : mapping, optional
        Values by dotted key, from a row of a list, which come last.
    where : str
        Name of that row in errors.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        If a source, key or value is not valid: one line that names the source, the key, the value and the rule.
    """
    origins: dict[str, str] = {}
    raw: Raw = {} if source is None else _read_source(source, origins)
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set {override}: no value", "write --set KEY=VALUE")
        _assign(raw, key.strip(), parse_yaml(text, f"--set {override}"), f"--set {override}", origins)
    for key, value in (flags or {}).items():
        flag = key.rpartition(".")[2].replace("_", "-")
        _assign(raw, key, value, f"--{flag} {value}", origins)
    for key, value in (rows or {}).items():
        _assign(raw, key, value, where, origins)
    return validate(raw, origins)


def parse_value(text: str, name: str) -> Any:
    """Value of a YAML text, as after ``--set KEY=``; ``name`` stands for it in errors."""
    try:
        return parse_yaml(text, name)
    except ConfigError as error:
        if not isinstance(error.__cause__, yaml.YAMLError):
            raise
        raise ConfigError(f"{name}: {text[:200]} is not a value in YAML", "put text in quotes") from None


def parse_config(text: str, name: str = "config") -> Config:
    """Config of a YAML text; ``name`` stands for it in errors."""
    origins: dict[str, str] = {}
    return validate(_resolve_preset(_parse_mapping(text, name), name, origins), origins)


def config_to_yaml(config: Config) -> str:
    """Write a config in full as YAML that loads to the same config."""
    raw = config.model_dump(mode="json")
    # Resolutions are written as they are read: as differences from the sections above them.
    raw["resolutions"] = [
        {
            name: {key: value for key, value in section.items() if value != raw[name][key]}
            for name, section in entry.items()
            if section != raw[name]
        }
        for entry in raw["resolutions"]
    ]
    return yaml.safe_dump(raw, sort_keys=False, default_flow_style=None, width=100)


def json_schema() -> dict[str, Any]:
    """JSON Schema of a config file, for editors and for other programs."""
    schema = Config.model_json_schema()
    preset = {"type": "string", "enum": list(preset_names()), "description": "Preset this config builds on."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "texturize config",
        "description": "Everything a synthesis depends on, apart from the clip; keys left out have their defaults.",
        "properties": {"preset": preset, **schema["properties"]},
    }


def _read_source(source: str | Path, origins: dict[str, str]) -> Raw:
    path = Path(source)
    if isinstance(source, str) and path.suffix not in (".yaml", ".yml") and len(path.parts) == 1:
        return _resolve_preset(_parse_mapping(preset_text(source), f"preset {source}"), f"preset {source}", origins)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MOST_CHARACTERS + 1)  # a device or a wrong file may have no end
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such config file", "check the name; `texturize presets` lists presets") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise ConfigError(f"{path}: the config file cannot be read: {reason}", "give a YAML file") from error
    return _resolve_preset(_parse_mapping(text, str(path)), str(path), origins)


def _resolve_preset(raw: Raw, name: str, origins: dict[str, str]) -> Raw:
    """Put a mapping over the preset it says it builds on."""
    base: Raw = {}
    if "preset" in raw:
        preset = raw.pop("preset")
        if not isinstance(preset, str):
            raise ConfigError(
                f"{name}: preset is {shown(preset)}, but must be a name", "`texturize presets` lists them"
            )
        with naming(name, ConfigError):
            text = preset_text(preset)
        if f"preset {preset}" == name:
            raise ConfigError(f"{name} builds on itself", "take the line `preset:` out")
        base = _resolve_preset(_parse_mapping(text, f"preset {preset}"), f"preset {preset}", origins)
    _note(raw, name, origins)
    return _merge(base, raw)


def _parse_mapping(text: str, name: str) -> Raw:
    raw = parse_yaml(text, name)
    if raw is None:
        return {}
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
        raise ConfigError(f"{name}: not a mapping of keys to values", "write YAML, as `texturize config` prints it")
    return raw


def _merge(base: Raw, over: Raw) -> Raw:
    """Put one mapping over another, section by section; lists are replaced whole."""
    merged = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        elif value is None and isinstance(merged.get(key, {}), dict) and key in Config.model_fields:
            continue  # a section left empty in YAML
        else:
            merged[key] = value
    return merged


def _assign(raw: Raw, key: str, value: Any, origin: str, origins: dict[str, str]) -> None:
    """Set a dotted key in place."""
    parts = key.split(".")
    if len(parts) > MOST_DEPTH:
        raise ConfigError(f"{printable(origin)[:60]}...: unknown key of {len(parts)} parts", nearest(""))
    if parts[0] == "resolutions" and "resolutions" not in raw:
        raw["resolutions"] = list(DEFAULT_RESOLUTIONS)
    at: Any = raw
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        if isinstance(at, list):
            if not re.fullmatch("[0-9]{1,4}", part) or int(part) >= len(at):
                entries = f"0 to {len(at) - 1}" if at else "none"
                raise ConfigError(f"{origin}: {'.'.join(parts[:i])} has no entry {part}", f"its entries are {entries}")
            step: Any = int(part)
            at[step] = value if last else dict(at[step]) if isinstance(at[step], dict) else at[step]
        elif isinstance(at, dict):
            step = part
            if last:
                at[step] = value
            else:
                inner = at.get(step, {})
                # Copied on the way down: nothing that was handed in is changed.
                at[step] = dict(inner) if isinstance(inner, dict) else list(inner) if isinstance(inner, list) else inner
        else:
            raise ConfigError(f"{origin}: {'.'.join(parts[:i])} has no keys of its own", nearest(key))
        at = at[step]
    origins[key] = origin


def _note(raw: Any, name: str, origins: dict[str, str], prefix: str = "") -> None:
    """Remember which source each key came from."""
    entries = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    for key, value in entries:
        origins[f"{prefix}{key}"] = name
        _note(value, name, origins, f"{prefix}{key}.")
