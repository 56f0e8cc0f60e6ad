"""Whether `texturize compare` hears what outside measures hear: rank correlation over results good and bad.

    python benchmarks/judge.py REFERENCES FIGURES.jsonl [--page docs/compare.md] [--keep FILE]

FIGURES has a line of JSON for each result: its path (`result`: a file NAME--KIND.wav or NAME--KIND.NUMBER.wav, or
NAME.wav of the default preset), its `reference` if that is not NAME in the folder REFERENCES, and what other measures
say of it: `sfx` and `jtfs`, distances of embeddings and of scattering coefficients in units of that between the
reference's halves; `told`, by how much better than the halves a classifier tells the two apart; `sharp` and `peaks`,
mean differences in dB and octaves, with `..._halves` those between the halves. Of each, `badness` makes a logarithm
that is about 0 for another excerpt.

The judge's allowances were fitted on every second reference by name; the others are in a row of their own. `--keep`
holds what was computed, for a run that goes on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from figures import Section, Table, write_section
from scipy import stats
from tables import code_label, machine

from texturize.compare import EVENT_FIGURES, events, retelling, rhythm, texture_distance
from texturize.compare.verdicts import AS_ANOTHER_EXCERPT

FIGURES = ("texture", *EVENT_FIGURES, "rhythm")
PLAIN = "default"
COPIES = ("blur10", "blur40", "envnoise", "jitter", "low", "noisy10", "reversed", "splice", "grains200")
"""Kinds that keep the clip's own course of events: outside figures of embeddings hold them to be better than real."""


def badness(line: dict[str, Any]) -> dict[str, float]:
    """Logarithms of outside figures, 0 for another excerpt, and their means.

    ``all`` is the mean of ``log sfx``, ``log jtfs``, ``log(told / 0.1)`` (told 0.05 at least), and of the logarithms of
    sharp and peaks over those of the halves, 0.25 dB and 0.1 octaves added to both.
    """
    sfx, jtfs = np.log(line["sfx"]), np.log(line["jtfs"])
    others = (
        np.log(max(line["told"], 0.05) / 0.1),
        np.log((line["sharp"][0] + 0.25) / (line["sharp_halves"][0] + 0.25)),
        np.log((line["peaks"][0] + 0.1) / (line["peaks_halves"][0] + 0.1)),
    )
    return {
        "all": float(np.mean([sfx, jtfs, *others])),
        "sfx and jtfs": float((sfx + jtfs) / 2),
        "sfx": float(sfx),
        "jtfs": float(jtfs),
    }


def name_and_kind(path: Path) -> tuple[str, str]:
    """NAME and KIND of NAME--KIND.wav or NAME--KIND.NUMBER.wav; without one, the result is the default preset's."""
    name, _, kind = path.stem.partition("--")
    return name, kind.partition(".")[0] or PLAIN


def judged(reference: Path, result: Path) -> dict[str, float | None]:
    """The figures of `compare` that say how close a result is, the worst of them, and how much it retells."""
    (x, sr), (y, rate) = (soundfile.read(path, always_2d=True) for path in (reference, result))
    found: dict[str, float | None] = {"texture": texture_distance(x.T, y.T, sr, rate).total}
    found |= events(x.T, y.T, sr, rate).distances
    found["rhythm"] = rhythm(x.T, y.T, sr, rate).closeness
    found["worst"] = max(value for value in found.values() if value is not None)
    return found | {"retold": retelling(x.T, y.T, sr, rate).excess}


def all_judged(lines: list[dict[str, Any]], keep: Path | None) -> list[dict[str, float | None]]:
    """Figures of every result; those in the file ``keep`` are not computed again."""
    known: dict[str, dict[str, float | None]] = {}
    if keep is not None and keep.exists():
        known = {entry["result"]: entry["figures"] for entry in map(json.loads, keep.read_text().splitlines())}
    for line in lines:
        if line["result"] not in known:
            known[line["result"]] = judged(Path(line["reference"]), Path(line["result"]))
            if keep is not None:
                with keep.open("a") as file:
                    file.write(json.dumps({"result": line["result"], "figures": known[line["result"]]}) + "\n")
    return [known[line["result"]] for line in lines]


def correlations(lines: list[dict[str, Any]], values: Iterable[float | None]) -> list[str]:
    """Spearman's rank correlation of values with each kind of badness, over the results that have one."""
    pairs = [(v, badness(line)) for v, line in zip(values, lines, strict=True) if v is not None]
    names = ("all", "sfx and jtfs", "sfx", "jtfs")
    return [f"{stats.spearmanr([v for v, _ in pairs], [b[name] for _, b in pairs])[0]:.2f}" for name in names]


def correlation_table(lines: list[dict[str, Any]], figures: list[dict[str, float | None]]) -> Table:
    """Correlations of the worst figure over sets of results, and of each figure over all."""
    kinds = [name_and_kind(Path(line["result"]))[1] for line in lines]
    names = [name_and_kind(Path(line["result"]))[0].removesuffix("_half") for line in lines]
    fitted = set(sorted(set(names))[::2])
    made = [kind not in COPIES for kind in kinds]

    def row(title: str, figure: str, chosen: Callable[[int], bool]) -> list[object]:
        at = [i for i in range(len(lines)) if chosen(i)]
        return [title, len(at), *correlations([lines[i] for i in at], [figures[i][figure] for i in at])]

    rows = [
        row("**the worst**, results that are made anew", "worst", lambda i: made[i]),
        row("the same, references its allowances were fitted on", "worst", lambda i: made[i] and names[i] in fitted),
        row("the same, the other references", "worst", lambda i: made[i] and names[i] not in fitted),
        row("the worst, all results but the reversed", "worst", lambda i: kinds[i] != "reversed"),
        row("the worst, all results", "worst", lambda i: True),
    ]
    rows += [row(name, name, lambda i: made[i]) for name in FIGURES]
    anew = [line for line, kept in zip(lines, made, strict=True) if kept]
    rows.append(["outside: sfx", len(anew), *correlations(anew, [line["sfx"] for line in anew])])
    return Table(["Spearman's correlation of", "results", "with all", "sfx and jtfs", "sfx", "jtfs"], rows)


def kind_table(lines: list[dict[str, Any]], figures: list[dict[str, float | None]]) -> Table:
    """Medians of each kind of result."""
    kinds = [name_and_kind(Path(line["result"]))[1] for line in lines]
    rows = []
    for kind in sorted(
        set(kinds), key=lambda k: median(f["worst"] for f, m in zip(figures, kinds, strict=True) if m == k)
    ):
        at = [i for i, k in enumerate(kinds) if k == kind]
        outside = [np.exp(np.median([badness(lines[i])[name] for i in at])) for name in ("all", "sfx and jtfs")]
        close = np.mean([(figures[i]["worst"] or 0) < AS_ANOTHER_EXCERPT for i in at])
        values = [median(figures[i][name] for i in at) for name in ("worst", *FIGURES, "retold")]
        rows.append(
            [kind, len(at), *(f"{v:.2f}" for v in outside), f"{100 * close:.0f} %", *(f"{v:.2f}" for v in values)]
        )
    head = [
        "medians",
        "results",
        "outside: all",
        "sfx and jtfs",
        '"as close"',
        "the worst",
        *FIGURES,
        "retold",
    ]
    return Table(head, rows)


def median(values: Iterable[float | None]) -> float:
    """Median of the values that there are."""
    return float(np.median([v for v in values if v is not None] or [np.nan]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("references", type=Path)
    parser.add_argument("figures", type=Path, help="JSON lines of outside figures")
    parser.add_argument("--page", type=Path, help="Markdown page whose table is made anew")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="what was computed, and need not be again")
    options = parser.parse_args()
    lines = [json.loads(text) for text in options.figures.read_text().splitlines()]
    for line in lines:
        found = sorted(options.references.glob(name_and_kind(Path(line["result"]))[0] + ".*"))
        line.setdefault("reference", str(found[0]) if found else None)
        if line["reference"] is None:
            parser.error(f"{line['result']}: no reference of that name in {options.references}")
    figures = all_judged(lines, options.keep)
    section = Section([correlation_table(lines, figures), kind_table(lines, figures)], code_label(), machine())
    print(section.markdown())
    if options.page is not None:
        write_section(options.page, "judge", section, "Compare")


if __name__ == "__main__":
    main()
