"""Where a step of the waveform stage goes: each term forward and with its gradient, the transforms, the optimizer.

A part of speed.py. Every program begins at the variable that is optimized, so what terms share is counted in each.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import optax
from figures import Table

from texturize.config.presets import load_config
from texturize.files.audio import read_audio
from texturize.losses.total import WaveformLoss
from texturize.signal.spectrogram import magnitude, stft
from texturize.synthesis.preconditioner import coordinates, shaped, shaped_noise
from texturize.synthesis.recipe import Recipe
from texturize.synthesis.run import Run
from texturize.synthesis.sources import SynthSources

PEAK_SIZE = 2048
Medians = Callable[[dict[str, Callable[[], object]], int], dict[str, float]]


def profile(options: argparse.Namespace, clip: Path, medians: Medians) -> list[str | Table]:
    """Table of a step's parts for a clip and the first preset: seconds, share of the step, and operations."""
    preset, sound = options.presets.split(",")[0], read_audio(clip)
    recipe = Recipe(SynthSources(sound.samples, sound.sample_rate), load_config(preset, options.set))
    gathered, plan = recipe._planned
    stages = Run(plan, gathered).stages
    targets, H = stages.aim(gathered.path[0])
    loss, n = WaveformLoss(stages.static), stages.n
    u = coordinates(shaped_noise(jax.random.key(0), H, n), H)
    parts = {"signal": lambda u, _: jnp.sum(shaped(u, H, n).samples ** 2)}
    for number, resolution in enumerate(stages.static.resolutions, 1):
        parts[f"spectrogram {number}"] = _spectrogram(H, n, resolution.settings)
    names = jax.eval_shape(lambda u, targets: loss.terms(shaped(u, H, n), targets), u, targets)
    parts |= {f"term {name}": _term(loss, H, n, name) for name in sorted(names)}
    parts["all terms"] = lambda u, targets: loss(shaped(u, H, n), targets)
    ways: dict[str, Callable[[], object]] = {}
    operations: dict[str, float] = {}

    def add(name: str, function: Callable[..., Any], *arguments: Any) -> None:
        program = jax.jit(function).lower(*arguments).compile()
        operations[name] = float((program.cost_analysis() or {}).get("flops", float("nan")))
        ways[name] = lambda: jax.block_until_ready(program(*arguments))

    for name, part in parts.items():
        add(name, part, u, targets)
        add(f"{name}, with gradient", jax.value_and_grad(part), u, targets)
    lbfgs = optax.scale_by_lbfgs(memory_size=plan.config.refine.memory)
    add("optimizer", lbfgs.update, u, lbfgs.init(u), u)
    square = jax.random.normal(jax.random.key(0), (PEAK_SIZE, PEAK_SIZE))
    add("peak", lambda a: jnp.matmul(a, a, precision="highest"), square)
    taken = medians(ways, options.rounds)
    peak = 2.0 * PEAK_SIZE**3 / taken.pop("peak")
    step = taken["all terms, with gradient"] + taken["optimizer"]
    lines = [_line(name, taken, operations, step, peak) for name in (*parts, "optimizer")]
    head = ["", "forward, ms", "with gradient, ms", "share of a step", "GFLOP", "GFLOP/s", "share of the peak"]
    text = (
        f"Preset {preset}, {clip.stem}, {n} samples at {stages.sr:g} Hz, {len(H)} channel(s); median of "
        f"{options.rounds} rounds. A step is all terms with gradient and the optimizer, {1000 * step:.0f} ms. Every "
        "line begins at the variable that is optimized: what terms share is in each, and once in all of them. "
        "Operations are those that "
        f"XLA counts, of the gradient's program; the peak, a product of {PEAK_SIZE} x {PEAK_SIZE} matrices in the same "
        f"rounds, is {peak / 1e9:.0f} GFLOP/s."
    )
    return [Table(head, lines, head[3]), text]


def _line(name: str, taken: dict[str, float], operations: dict[str, float], step: float, peak: float) -> list[str]:
    whole = f"{name}, with gradient" if f"{name}, with gradient" in taken else name
    rate = operations[whole] / taken[whole]
    forward = "–" if whole == name else f"{1000 * taken[name]:.1f}"
    counted = [f"{operations[whole] / 1e9:.2f}", f"{rate / 1e9:.0f}", f"{100 * rate / peak:.0f} %"]
    return [name, forward, f"{1000 * taken[whole]:.1f}", f"{100 * taken[whole] / step:.0f} %", *counted]


def _spectrogram(H: jax.Array, n: int, settings: Any) -> Callable[..., jax.Array]:
    return lambda u, _: jnp.sum(magnitude(stft(shaped(u, H, n).samples, settings)))


def _term(loss: WaveformLoss, H: jax.Array, n: int, name: str) -> Callable[..., jax.Array]:
    return lambda u, targets: loss.terms(shaped(u, H, n), targets)[name]
