"""How much alike runs of the same seed are, with --deterministic and without.

    python benchmarks/repeatability.py [--runs 5]

Makes as many results of two seconds of the demo's clip with the preset `preview`, each in a process of its own:
deterministic ones (the first into an empty compilation cache, the last without a cache), and others with the threads
that there are. Prints the hashes, and how far results that differ are from one another.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parent.parent


def run(folder: Path, name: str, *options: str, cache: str, threads: str | None = None) -> Path:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TEXTURIZE_CACHE": cache}
    environment |= {} if threads is None else {"NPROC": threads}
    words = [sys.executable, "-m", "texturize", "synth", "clip.flac", "-o", name, "-c", "preview", "--end", "2", "-q"]
    subprocess.run([*words, *options], cwd=folder, env=environment, check=True)
    return folder / name


def compare_all(name: str, paths: list[Path]) -> None:
    from texturize.compare import compare  # noqa: PLC0415
    from texturize.golden.figures import waveform_distance  # noqa: PLC0415

    hashes = [hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in paths]
    print(f"{name}: {len(set(hashes))} different of {len(hashes)}: {' '.join(hashes)}", flush=True)
    different = {digest: soundfile.read(path) for digest, path in zip(hashes, paths, strict=True)}
    if len(different) < 2:
        return
    pairs = list(combinations(different.values(), 2))
    waveforms = [waveform_distance(a[None], b[None]) for (a, _), (b, _) in pairs]
    textures = [compare(a, b, sr).texture.total for (a, sr), (b, _) in pairs]
    print(f"    waveforms: one less the correlation {min(waveforms):.2g} to {max(waveforms):.2g}")
    print(f"    texture distance {min(textures):.2g} to {max(textures):.2g}, mean {np.mean(textures):.2g}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, ROOT / "demo/make_clip.py", folder / "clip.flac"], check=True)
        cache = str(folder / "cache")
        held = [run(folder, f"held{i}.wav", "--deterministic", cache=cache) for i in range(runs - 1)]
        held.append(run(folder, "cold.wav", "--deterministic", cache="off"))
        compare_all("--deterministic", held)
        free = [run(folder, f"free{i}.wav", cache=cache) for i in range(runs)]
        compare_all(f"as many threads as there are, {os.cpu_count()}", free)
        threads = [run(folder, f"threads{i}.wav", cache=cache, threads=str(i)) for i in (1, 2, 4)]
        compare_all("1, 2 and 4 threads", threads)
        seeds = [run(folder, f"seed{i}.wav", "--seed", str(i), cache=cache) for i in range(3)]
        compare_all("for comparison, 3 seeds", seeds)


if __name__ == "__main__":
    main()
