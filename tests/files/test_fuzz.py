"""A short version of `benchmarks/fuzz.py`, whose long one is in docs/faults.md."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz.py"


def test_damaged_files_end_in_a_result_or_a_clear_error(tmp_path):
    done = subprocess.run(
        [sys.executable, FUZZ, "--cases", "150", "--seed", "1", "--keep", tmp_path / "kept"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    counts = [line for line in done.stdout.splitlines() if ": seed 1, " in line]
    assert [line.split(":")[0] for line in counts] == [
        "sounds", "configs", "manifests", "goldens", "lists", "tolerances",
    ]  # fmt: skip
    assert all(", 0 defects; " in line and " 0 errors" not in line and ": 0 results" not in line for line in counts)
    assert done.stdout.splitlines()[-1].endswith("; 0 defects")
