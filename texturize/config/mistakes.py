"""Mistakes in a config, each in one line that names the source, the key, the value and what it must be."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from texturize.config.whole import Config
from texturize.errors import ConfigError


def validate(raw: dict[str, Any], origins: dict[str, str]) -> Config:
    """Config of raw keys; an error names the source that each key came from."""
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        raise _one_line(error.errors(include_url=False)[0], origins) from None


def _one_line(error: Any, origins: dict[str, str]) -> ConfigError:
    """Say a validation error of pydantic in one line: source, key, value, rule."""
    key = ".".join(str(part) for part in error["loc"])
    parts = key.split(".")
    origin = next((origins[at] for i in range(len(parts), 0, -1) if (at := ".".join(parts[:i])) in origins), None)
    if origin is None and parts[0] == "resolutions":  # it stands in the section the resolutions are completed from
        origin = next((origins[at] for i in range(len(parts), 2, -1) if (at := ".".join(parts[2:i])) in origins), None)
    if origin is None:  # the error is about a section that was only ever named by keys within it
        within = [at for at in origins if at.startswith(key + ".")]
        origin = origins[within[0]] if within else None
        key = within[0] if within and error["type"] == "extra_forbidden" else key
    lead = f"{origin}: " if origin else ""
    kind, value = error["type"], shown(error["input"])
    context = {name: f"{x:g}" if isinstance(x, float) else x for name, x in error.get("ctx", {}).items()}
    if kind == "extra_forbidden":
        return ConfigError(f"{lead}unknown key {key}", nearest(key))
    if kind == "value_error":
        return ConfigError(f"{lead}{key + ': ' if key else ''}{context['error']}")
    rules = {
        "greater_than_equal": "at least {ge}",
        "greater_than": "more than {gt}",
        "less_than_equal": "at most {le}",
        "less_than": "less than {lt}",
        "literal_error": "one of {expected}",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "finite_number": "a finite number",
        "bool_type": "true or false",
        "string_type": "text",
        "tuple_type": "a list",
        "too_short": "a list of at least {min_length} entries",
        "too_long": "a list of at most {max_length} entries",
        "model_type": "a section of keys and values",
        "model_attributes_type": "a section of keys and values",
    }
    rule = rules[kind].format(**context) if kind in rules else error["msg"].removeprefix("Input should be ")
    return ConfigError(f"{lead}{key} is {value}, but must be {rule}")


def shown(value: Any) -> str:
    """A value as YAML might have it, and not too long."""
    try:
        text = json.dumps(value, default=str)
    except TypeError:  # keys that are no text
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def nearest(key: str) -> str:
    """Remedy for an unknown key: the known key that it most likely stands for."""
    generic = re.sub(r"\.\d+\.", ".0.", key)
    keys = known_keys()
    same_name = [known for known in keys if known.endswith("." + generic)]
    same_section = [known for known in keys if known.rpartition(".")[0] == generic.rpartition(".")[0]]
    near = (
        difflib.get_close_matches(generic, same_section, 1, 0.75)
        or sorted(same_name, key=len)[:1]
        or difflib.get_close_matches(generic, keys, 1, 0.6)
    )
    return f"the nearest known key is {near[0]}" if near else "`texturize config` prints all keys"


def known_keys(model: type[BaseModel] = Config, prefix: str = "") -> list[str]:
    """Every key of a config, dotted, in the order of the file."""
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            keys += known_keys(inner, f"{prefix}{name}.")
        elif (args := get_args(inner)) and isinstance(args[0], type) and issubclass(args[0], BaseModel):
            keys += known_keys(args[0], f"{prefix}{name}.0.")
    return keys
