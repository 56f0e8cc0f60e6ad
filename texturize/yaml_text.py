"""YAML as it comes from a user: plain values and nothing that runs, blows up, or says a thing twice."""

from __future__ import annotations

import re
from typing import Any

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


class _Loader(yaml.SafeLoader):
    """Safe YAML, with 1e-3 a number (as YAML 1.2 has it), bounded, and a key given twice an error."""

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


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


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
        raise ConfigError(f"{name}: {len(text)} characters are no config", f"at most {MOST_CHARACTERS} are read")
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark is not None and not name.startswith("--set") else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        raise ConfigError(f"{name}{where}: {problem}", "write YAML, as in `texturize presets default`") from error
