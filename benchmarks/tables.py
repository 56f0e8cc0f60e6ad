"""What the benchmarks share: tables in Markdown pages, and what names the code and the machine they were made with."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from texturize.files.atomic import write_text

ROOT = Path(__file__).resolve().parent.parent


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Markdown table; the first column to the left, the others to the right."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def write_section(page: Path, name: str, text: str, title: str) -> None:
    """Put ``text`` between the markers called ``name``; they are added at the end where they are missing."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    page.parent.mkdir(parents=True, exist_ok=True)
    old = page.read_text(encoding="utf-8") if page.exists() else f"# {title}\n"
    if begin not in old:
        old = f"{old.rstrip()}\n\n{begin}\n{end}\n"
    before, _, rest = old.partition(begin)
    _, _, after = rest.partition(end)
    write_text(page, f"{before}{begin}\n{text.strip()}\n{end}{after}")


def git(*arguments: str) -> str:
    """Output of git in the project, "" where that fails."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def code_label() -> str:
    """Last commit that changed the package or the presets, and a hash of what was changed since."""
    paths = ("--", "texturize", "configs")
    commit = git("log", "-1", "--format=%h", *paths) or "unversioned"
    changes = git("diff", "HEAD", *paths)
    return commit + (f"+{hashlib.sha256(changes.encode()).hexdigest()[:6]}" if changes else "")


def cpu_model() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    flags = next((line for line in lines if line.startswith("flags")), "")
    extensions = [name for name in ("avx2", "avx512f", "amx_bf16") if f" {name}" in flags]
    return f"{names[0] if names else platform.machine()} ({', '.join(extensions) or 'no AVX'})"


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> str:
    """Processor, cores and versions, as a line."""
    versions = []
    for name in ("jax", "optax", "numpy", "scipy", "librosa"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return f"{cpu_model()}, {cores()} cores; Python {platform.python_version()}, {', '.join(versions)}"
