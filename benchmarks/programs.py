"""How a second run gets its compiled loss: from programs kept whole, from JAX's own cache, or by way of `jax.export`.

    python benchmarks/programs.py [--seconds 10]

Each way runs in two new processes: the first compiles, the second starts again; both say how long it takes from the
arguments to the first value and gradient, after the imports. On a processor. `jax.export` needs flatbuffers, of the
extra `bench`.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

from texturize.config import Config
from texturize.losses.total import Targets, WaveformLoss, build_targets, static_of
from texturize.runtime.cache import folder_in_use, use_compilation_cache
from texturize.runtime.programs import Program
from texturize.signal.spectrogram import resolve
from texturize.signal.waveform import Waveform

WAYS = ("program", "jit", "export")


def main() -> None:
    """Print a table of the ways."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--way", choices=WAYS, help="run this one only, in this process")
    options = parser.parse_args()
    if options.way:
        print(json.dumps(first_value(options.way, options.seconds)))
        return
    print("| way | first run, s | again, s | kept, MB |\n| --- | ---: | ---: | ---: |")
    for way in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            took = [run(way, options.seconds, folder) for _ in range(2)]
            kept = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file()) / 1e6
        print(f"| {way} | {took[0]:.1f} | {took[1]:.1f} | {kept:.0f} |", flush=True)


def run(way: str, seconds: float, folder: str) -> float:
    """Seconds that a new process takes to its first value, with its caches in a folder."""
    words = [sys.executable, __file__, "--way", way, "--seconds", str(seconds)]
    done = subprocess.run(words, env={**os.environ, "XDG_CACHE_HOME": folder}, capture_output=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def first_value(way: str, seconds: float) -> float:
    """Seconds to the first value and gradient of the default's loss for noise of that length."""
    use_compilation_cache()
    folder = folder_in_use()
    if folder is None:
        raise SystemExit("there is no folder for caches")
    config, sr = Config(), 44_100.0
    settings = tuple(resolve(r.spectrogram, sr, circular=True) for r in config.resolutions)
    hop = math.lcm(*(each.hop_length for each in settings))
    n = round(seconds * sr / hop) * hop
    y = np.random.default_rng(0).standard_normal((1, n)).astype(np.float32)
    static = static_of(config, settings, y, sr, n)
    args = jnp.asarray(y), build_targets(jnp.asarray(y), sr, n, static)
    jax.block_until_ready(args)

    def value_and_gradient(samples: jax.Array, targets: Targets, loss: WaveformLoss) -> tuple[jax.Array, jax.Array]:
        return jax.value_and_grad(lambda samples: loss(Waveform.of(samples), targets))(samples)

    start = time.perf_counter()
    loss = WaveformLoss(static)
    if way == "program":
        found: Any = Program(value_and_gradient, static=("loss",))(*args, loss=loss)
    elif way == "jit":
        found = jax.jit(functools.partial(value_and_gradient, loss=loss))(*args)
    else:
        found = exported(functools.partial(value_and_gradient, loss=loss), args, folder / "exported")
    jax.block_until_ready(found)
    return time.perf_counter() - start


def exported(function: Any, args: tuple[Any, ...], file: Path) -> Any:
    """What a function gives by way of its exported program, which is made if it is not there; flat, as export wants."""
    leaves, tree = jax.tree.flatten(args)
    if not file.exists():
        flat = jax.jit(lambda *leaves: function(*jax.tree.unflatten(tree, leaves)))
        file.write_bytes(export.export(flat)(*leaves).serialize())
    return jax.jit(export.deserialize(bytearray(file.read_bytes())).call)(*leaves)


if __name__ == "__main__":
    main()
