"""How busy a GPU was between the first and the last kernel of a program, from what JAX's profiler wrote."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

Event = dict[str, Any]


def events(folder: Path) -> list[Event]:
    """Events of the trace in a folder, as its viewer takes them; none where there is no trace."""
    found: list[Event] = []
    for file in sorted(folder.rglob("*.trace.json.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as opened:
            found += json.load(opened)["traceEvents"]
    return found


def busy(traced: list[Event], program: str) -> dict[str, Any] | None:
    """Share of the time in which the device computes, kernels that are launched, their mean seconds, and what share of
    their time each name has; None where the trace knows of no GPU.

    A kernel belongs to the program if its module's name has that in it. Names are those of XLA's operations, without
    the number behind them.
    """
    names = {e["pid"]: e["args"]["name"] for e in traced if e.get("name") == "process_name"}
    on_device = {pid for pid, name in names.items() if "GPU" in name}
    # A line of the viewer also shows modules and steps as a whole: only what names an operation is a kernel or a copy.
    kernels = [e for e in traced if e.get("ph") == "X" and e["pid"] in on_device and "hlo_op" in e.get("args", {})]
    own = [e for e in kernels if program in e["args"].get("hlo_module", "")]
    if not own:
        return None
    start, end = min(e["ts"] for e in own), max(e["ts"] + e["dur"] for e in own)
    covered, last = 0.0, start
    for e in sorted(kernels, key=lambda e: float(e["ts"])):
        stop = min(e["ts"] + e["dur"], end)
        if stop > last and e["ts"] < end:
            covered += stop - max(e["ts"], last)
            last = stop
    taken: Counter[str] = Counter()
    for e in own:
        taken[e["args"]["hlo_op"].rstrip("0123456789.")] += e["dur"]
    total = sum(taken.values())
    return {
        "busy": covered / (end - start),
        "seconds": (end - start) / 1e6,
        "launched": len(own),
        "mean": total / len(own) / 1e6,
        "kernels": {name: each / total for name, each in taken.most_common(20)},
    }
