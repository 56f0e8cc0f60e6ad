"""YAML as it comes from a user: plain values and nothing that runs, blows up, or says a thing twice."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from texturize.errors import ConfigError

MOST_CHARACTERS = 64 * 1024
"""A config with every key of eight resolutions has 8,000."""
MOST_VALUES = 4096
"""Keys and values with all aliases written out; a config with every key of eight resolutions has 800."""
MOST_DEPTH = 16
MOST_BITS = 1024

_DIGITS = r"(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_NUMBERS = {
    "tag:yaml.org,2002:int": r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$",
    "tag:yaml.org,2002:float": rf"^(?:[-+]?(?:{_DIGITS}|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN))$",
}
"""YAML 1.2.2, section 10.3.2."""


class _Loader(yaml.SafeLoader):
    """Safe YAML, with numbers as YAML 1.2 has them, bounded, and a key given twice an error.

    By YAML 1.1, which PyYAML reads, 010 is 8, 1:30 is 90, and 1e-3 is no number.
    """

    yaml_implicit_resolvers: ClassVar = {  # type: ignore[misc]
        letter: [(tag, pattern) for tag, pattern in resolvers if tag not in _NUMBERS]
        for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.sizes: dict[int, int] = {}  # by node: values in it, with aliases written out

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Read a node; an alias counts as much as what it stands for."""
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"more than {MOST_DEPTH} levels of nesting", problem_mark=mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        if node is not None and id(node) not in self.sizes:
            if isinstance(node, CollectionNode) and node.end_mark is None:
                raise yaml.MarkedYAMLError(problem="an alias within what it stands for", problem_mark=mark)
            _check_keys(node)
            self.sizes[id(node)] = 1 + sum(self.sizes[id(part)] for part in _parts(node))
            if self.sizes[id(node)] > MOST_VALUES:
                raise yaml.MarkedYAMLError(problem=f"more than {MOST_VALUES} values", problem_mark=mark)
        return node

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        """Value of a node; PyYAML lets through what Python says of numbers and dates that are none."""
        try:
            value = super().construct_object(node, deep)
            if isinstance(value, int) and value.bit_length() > MOST_BITS:  # Python could not print it
                raise ValueError
            return value
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            said = str(node.value)[:40] if isinstance(node, ScalarNode) else "this"
            kind = node.tag.rpartition(":")[2]
            raise ConstructorError(None, None, f"{said!r} is no {kind}", node.start_mark) from error


def _whole_number(loader: _Loader, node: ScalarNode) -> int:
    """Value of a whole number: 10 and 010 are ten, 0o10 is eight, 0x10 sixteen."""
    text = str(loader.construct_scalar(node))
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


for _tag, _pattern in _NUMBERS.items():
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list("-+.0123456789"))
_Loader.add_constructor("tag:yaml.org,2002:int", _whole_number)


def _parts(node: Node) -> list[Node]:
    """Nodes right within a node."""
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, CollectionNode) else []


def _check_keys(node: Node) -> None:
    """Refuse a key given twice, of which YAML takes the last without a word."""
    known = set()
    for key, _ in node.value if isinstance(node, MappingNode) else ():
        if isinstance(key, ScalarNode):
            if key.value in known:
                raise yaml.MarkedYAMLError(problem=f"key '{key.value}' is given twice", problem_mark=node.start_mark)
            known.add(key.value)


def parse_yaml(text: str, name: str) -> Any:
    """Value of a YAML text of plain values; ``name`` stands for it in errors.

    Raises
    ------
    ConfigError
        It is no YAML, has tags or a key given twice, or is larger or deeper than any config.
    """
    if len(text) > MOST_CHARACTERS:
        raise ConfigError(
            f"{name}: {len(text)} characters are too many for a config", f"at most {MOST_CHARACTERS} are read"
        )
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark is not None and not name.startswith("--set") else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        raise ConfigError(f"{name}{where}: {problem}", "write YAML, as in `texturize presets default`") from error
