"""What variations have in common: how much they copy of one another, and the seams where one follows another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from texturize.synthesis.result import Synthesis

MOST_PAIRS = 28
MOST_JOINTS = 64
LISTENED_TO = 30.0  # seconds


def print_variations(results: Sequence[Synthesis], *, joinable: bool) -> None:
    """Print a table of pairwise copy figures, and of the seams of joinable results."""
    from rich.console import Console
    from rich.table import Table

    from texturize.compare import copying, join_seam

    most = round(LISTENED_TO * results[0].sample_rate)
    sounds = [result.samples[..., :most] for result in results]
    if sounds[0].shape[-1] < results[0].sample_rate / 2:
        return  # too short to be judged
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("pair", "copying, 50 ms", "250 ms", "within one result"):
        table.add_column(name, justify="left" if name == "pair" else "right")
    pairs = list(combinations(range(len(results)), 2))
    for a, b in pairs[:MOST_PAIRS]:
        found = copying(sounds[a], sounds[b], results[a].sample_rate)
        baseline = f"{found.baseline_short:.2f}, {found.baseline_long:.2f}"
        table.add_row(f"{a + 1}, {b + 1}", f"{found.short:.2f}", f"{found.long:.2f}", baseline)
    console = Console(highlight=False)
    console.print(table)
    if len(pairs) > MOST_PAIRS:
        console.print(f"The first {MOST_PAIRS} of {len(pairs)} pairs.")
    if joinable:
        joints = list(product(range(len(results)), repeat=2))[:MOST_JOINTS]
        seams = [join_seam(results[a].samples, results[b].samples, results[a].sample_rate) for a, b in joints]
        audible = [
            f"{a + 1} to {b + 1}"
            for (a, b), seam in zip(joints, seams, strict=True)
            if seam is not None and not seam.inside
        ]
        words = f"audible: {', '.join(audible)}" if audible else "none is audible"
        console.print(f"Joints of any result to any: {len(joints)}, {words}.")
