"""Damage to files, by chance and on purpose: bytes of sounds, text of configs, values of JSON."""

from __future__ import annotations

import copy
import itertools
import json
import random
import struct
from collections.abc import Callable
from typing import Any

NUMBERS = (0, 1, 2, 255, 2**15, 2**16 - 1, 10**9, 2**31 - 1, 2**31, 2**32 - 1)
"""Absurd rates, channels and sizes: 65535 channels, 10^9 Hz, 4 GB."""

TEXTS = (
    "*a", "&a ", "<<: *a", "!!python/object/apply:os.system [id]", "!!int ", "!!timestamp 2001-99-99", "!!binary '#'",
    "? ", "- ", "[", "{", "]", "}", ": ", "'", '"', "|", ">", "%", "@", "`", "\t", "\n", "---\n", "...\n", "\x00",
    "\x07", "\ufeff", "\ud800", "é", "\u2028", "1e999", "-1", ".nan", ".inf", "0x", "0b2", "1:99:99", "9" * 5000,
    "null", "~", "true", "2001-01-01", "seed: 1\nseed: 2\n", "preset: default\n", "preset: [1]\n", "=", "  ", ",", "#",
    "resolutions: [{}, {}, 3]\n", "resolutions: 3\n", "filters: {1: 2}\n", "filters: {2001-01-01: 2}\n",
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**63, 10**400, 1.5, -0.0, float("nan"), float("inf"), "", "x", "\0", "\ud800", "\n\x1b[31m",
    "<script>alert(1)</script>", "/dev/zero", "../../etc/passwd", "9" * 300, [], {}, [[]], {"a": 1}, [1, "x", None],
    [0.0] * 50,
)  # fmt: skip


def mutate_bytes(rng: random.Random, data: bytes, header: int) -> bytes:
    """A few changes within the first ``header`` bytes, or a file that ends there."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(max(1, min(header, len(out))))
        change = rng.randrange(8)
        if change == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif change == 1:
            out[at] = rng.choice((0, 255, rng.randrange(256)))
        elif change == 2:
            out[at : at + 4] = struct.pack(rng.choice("<>") + "I", rng.choice(NUMBERS))
        elif change == 3:
            out[at : at + 2] = struct.pack(rng.choice("<>") + "H", rng.choice(NUMBERS) % 2**16)
        elif change == 4:
            del out[at : at + rng.choice((1, 2, 4, 100))]
        elif change == 5:
            out[at:at] = rng.randbytes(rng.choice((1, 2, 4, 100)))
        elif change == 6:
            out[at:at] = out[at : at + rng.choice((4, 8, 40))]
        elif rng.random() < 0.3:
            del out[at:]
        out = out or bytearray(b"R")
    return bytes(out)


def mutate_text(rng: random.Random, text: str) -> str:
    """A few changes of letters and lines."""
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(text) + 1)
        change = rng.randrange(7)
        lines = text.splitlines(keepends=True) or [""]
        if change <= 2:
            text = text[:at] + rng.choice(TEXTS) + text[at + rng.choice((0, 0, 1, 3)) :]
        elif change == 3:
            text = text[:at] + text[at + rng.choice((1, 2, 10)) :]
        elif change == 4:
            lines.insert(rng.randrange(len(lines)), rng.choice(lines))
            text = "".join(lines)
        elif change == 5:
            line = rng.randrange(len(lines))
            lines[line] = lines[line].partition(":")[0] + f": {json.dumps(rng.choice(VALUES))}\n"
            text = "".join(lines)
        else:
            lines[rng.randrange(len(lines))] = " " * rng.randrange(9) + rng.choice(lines).lstrip()
            text = "".join(lines)
    return text


def mutate_json(rng: random.Random, value: Any) -> bytes:
    """Some values replaced or left out, and now and then damage to the text as well."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at: Any = value
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = rng.choice(keys)
            if isinstance(at[key], dict | list) and at[key] and rng.random() < 0.7:
                at = at[key]
                continue
            if rng.random() < 0.2:
                del at[key]
            else:
                at[key] = copy.deepcopy(rng.choice(VALUES))
            break
    text = json.dumps(value)
    if rng.random() < 0.1:
        text = text.replace(": ", ": " + rng.choice(("[" * 100_000, "[" * 40 + "]" * 40 + ", ", "9" * 5000)), 1)
    if rng.random() < 0.2:
        text = mutate_text(rng, text)
    return text.encode(errors="surrogatepass")


def _laughs(rng: random.Random) -> str:
    """Aliases of aliases: a billion values in a few lines."""
    names = "abcdefghijk"
    lines = [f"{names[0]}: &{names[0]} [{', '.join(['lol'] * 9)}]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in itertools.pairwise(names)]
    return "\n".join(lines[: rng.randrange(3, 12)]) + "\n"


def _merges(rng: random.Random) -> str:
    names = [f"x{i}" for i in range(rng.randrange(5, 40))]
    lines = [f"{names[0]}: &{names[0]} {{k: 1}}"]
    lines += [f"{new}: &{new} {{<<: [*{old}, *{old}]}}" for old, new in itertools.pairwise(names)]
    return "\n".join(lines) + "\n"


HOSTILE_YAML: tuple[Callable[[random.Random], str], ...] = (
    _laughs,
    _merges,
    lambda rng: rng.choice("[{-?&!") * rng.choice((50, 5000, 60_000)),
    lambda rng: "{a: " * rng.choice((20, 5000)),
    lambda rng: "- " * rng.choice((20, 5000)),
    lambda rng: "seed: &a [*a]\n",
    lambda rng: f"filters: {{widths: [{', '.join(['1'] * rng.choice((70, 30_000)))}]}}\n",
    lambda rng: (
        f"resolutions: [{', '.join(f'{{filters: {{count: {i + 1}}}}}' for i in range(rng.choice((9, 1500))))}]\n"
    ),
    lambda rng: "x" * 10**6,
    lambda rng: "".join(f"k{i}: 1\n" for i in range(6000)),
    lambda rng: f"{'a.' * 2000}b: 1\n",
    lambda rng: f"seed: {'9' * 4000}:0:0:0\n",
    lambda rng: "loss: {? [gram, 1] : 2, ? {a: b} : 3}\n",
    lambda rng: "filters: !!python/object/new:os.system [id]\n",
)
