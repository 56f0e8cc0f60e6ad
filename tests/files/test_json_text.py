"""JSON that is hostile."""

from __future__ import annotations

import json

import pytest

from texturize.files.json_text import MOST_BYTES, parse_json, read_text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 10**6, "more than 32 levels of nesting"),
        ("[" * 40 + "]" * 40, "more than 32 levels of nesting"),
        ('{"a":' * 40 + "1" + "}" * 40, "more than 32 levels of nesting"),
        ("9" * 5000, "a number of too many digits"),
        ("[1, ]", "Expecting value"),
    ],
)
def test_hostile_json_is_refused(text, message):
    with pytest.raises(json.JSONDecodeError, match=message):
        parse_json(text)


def test_what_is_within_bounds_is_read():
    value = {"a": [1, 2.5, None, {"b": "é"}], "c": {}}
    assert parse_json(json.dumps(value)) == value
    assert parse_json("[" * 32 + "]" * 32)
    assert parse_json('{"a": 1, "a": 2}', tuple) == (("a", 1), ("a", 2))


def test_a_file_without_end_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(json.JSONDecodeError, match="more than 32 MiB"):
        read_text(path)
