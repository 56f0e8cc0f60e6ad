"""YAML that is hostile, or not quite YAML."""

from __future__ import annotations

import time

import pytest

from texturize.errors import ConfigError
from texturize.files.yaml_text import parse_yaml

LAUGHS = "a: &a [l, l, l, l, l, l, l, l, l]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {k: 1}\n" + "".join(
    f"x{i}: &x{i} {{<<: [*{old}, *{old}]}}\n" for i in range(60) for old in ["a" if i == 0 else f"x{i - 1}"]
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, " line 4: more than 4096 values"),
        (MERGES, "more than 4096 values"),
        ("seed: &a [*a]", " line 1: an alias within what it stands for"),
        ("[" * 60_000, " line 1: more than 16 levels of nesting"),
        ("{a: " * 9000, " line 1: more than 16 levels of nesting"),
        ("- " * 9000, " line 1: more than 16 levels of nesting"),
        ("a: [" + "1, " * 5000 + "1]", " line 1: more than 4096 values"),
        ("x" * 10**6, ": 1000000 characters are too many for a config; at most 65536 are read"),
        ("seed: !!python/object/apply:os.system [id]", " line 1: could not determine a constructor for the tag"),
        ("seed: !!python/name:os.system", " line 1: could not determine a constructor for the tag"),
        ("a: 1\nb: {c: 1, c: 2}", " line 2: key 'c' is given twice"),
        ("a: 1\nseed: " + "1" * 5000, " line 2: '1111111111111111111111111111111111111111' is no int"),
        ("seed: !!int 9" + ":9" * 400, " line 1: '9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:' is no int"),
        ("seed: 2001-99-99", " line 1: '2001-99-99' is no timestamp"),
        ("seed: !!int many", " line 1: 'many' is no int"),
        ("seed: !!bool x", " line 1: 'x' is no bool"),
        ("? [a]\n: 1", " line 1: found unhashable key"),
        ("a: \x07", ": special characters are not allowed"),
    ],
    ids=range(18),
)
def test_hostile_yaml_is_refused_at_once(text, message):
    start = time.process_time()
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, "mine.yaml")
    assert time.process_time() - start < 3
    assert message in str(caught.value)
    assert str(caught.value).startswith("mine.yaml")
    assert len(str(caught.value)) < 800


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10), ("089", 89), ("-007", -7), ("+3", 3), ("0o10", 8), ("0x1F", 31), ("0", 0), ("00", 0),
        ("1e-3", 0.001), ("01.50", 1.5), ("1.", 1.0), (".5", 0.5), ("-.inf", float("-inf")), ("1:30", "1:30"),
        ("1_000", "1_000"), ("0b1", "0b1"), ("1.5.2", "1.5.2"), ("yes", True), ("~", None),
    ],
)  # fmt: skip
def test_numbers_are_those_of_yaml_1_2_which_are_what_they_look_like(text, value):
    found = parse_yaml(f"a: {text}", "it")["a"]
    assert found == value
    assert type(found) is type(value)


def test_aliases_and_merges_of_people_are_read():
    text = "a: &a {x: 1, y: [1, 2]}\nb: {<<: *a, x: 2}\nc: *a\nd: 1e-3\n"
    assert parse_yaml(text, "it") == {
        "a": {"x": 1, "y": [1, 2]}, "b": {"x": 2, "y": [1, 2]}, "c": {"x": 1, "y": [1, 2]}, "d": 1e-3,
    }  # fmt: skip
