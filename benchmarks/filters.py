"""Time of one value and gradient of the Gram loss by the spectrogram, for each way of applying the filters.

Run ``python benchmarks/filters.py``; with PyTorch installed, its float32 ``conv1d`` is measured as well. All ways
take turns within a round, and the least time of the rounds counts, so that what else the machine does weighs on none.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from texturize.signal.banks import Bank, random_bank
from texturize.signal.filters import apply, prepare
from texturize.signal.statistics import gram_matrix

try:
    import torch
except ImportError:
    torch = None

SHAPES = {
    "published": (2500, 257, 512, (2, 4, 8, 16, 64, 128)),
    "default, 16 ms": (5500, 177, 256, (2, 8, 32)),
    "default, 64 ms": (1380, 706, 256, (2, 8, 32)),
}
PEAK_SIZE = 2048


def relative_square(G, target):
    """|G - G~|^2 / |G~|^2."""
    return ((G - target) ** 2).sum() / (target**2).sum()


def convolve(bank: Bank, S: jax.Array) -> jax.Array:
    """Feature maps by XLA's own convolution."""
    dimensions = ("NWC", "WIO", "NWC")
    response = jax.lax.conv_general_dilated(S[None], bank.weights, (1,), "VALID", dimension_numbers=dimensions)[0]
    return jax.nn.relu(response + bank.biases)


def by_jax(features, *arguments) -> tuple[Callable[[], object], float]:
    """A call that computes value and gradient, and the number of floating point operations XLA counts in it."""

    def loss(S, filters, target):
        return relative_square(gram_matrix(features(filters, S)), target)

    compiled = jax.jit(jax.value_and_grad(loss)).lower(*arguments).compile()
    return lambda: jax.block_until_ready(compiled(*arguments)), compiled.cost_analysis()["flops"]


def by_torch(S, bank: Bank, target) -> tuple[Callable[[], object], float]:
    """The plain program: ``conv1d`` and automatic differentiation."""
    weights = torch.tensor(np.asarray(bank.weights.transpose(2, 1, 0)))
    biases, target = torch.tensor(np.asarray(bank.biases)), torch.tensor(np.asarray(target))
    S = torch.tensor(np.asarray(S.T))[None].requires_grad_()

    def call():
        S.grad = None
        F = torch.relu(torch.nn.functional.conv1d(S, weights, biases))[0]
        loss = relative_square(F @ F.T / F.shape[1], target)
        loss.backward()
        return loss

    return call, float("nan")


def by_matrix_product() -> tuple[Callable[[], object], float]:
    """One large product: what the machine can do."""
    a = jax.random.normal(jax.random.key(0), (PEAK_SIZE, PEAK_SIZE))
    product = jax.jit(partial(jnp.matmul, precision="highest"))
    return lambda: jax.block_until_ready(product(a, a)), 2.0 * PEAK_SIZE**3


def contenders(frames: int, bins: int, count: int, width: int, precisions: list[str]):
    """Each way by name, and the block length that was chosen."""
    bank = random_bank(0, width, bins, count, 1.0)
    S, target = jax.random.normal(jax.random.key(1), (frames, bins)), jnp.eye(count)
    ways = {"peak": by_matrix_product(), "conv": by_jax(convolve, S, bank, target)}
    if torch:
        ways["torch"] = by_torch(S, bank, target)
    ways["direct"] = by_jax(apply, S, prepare(bank, frames, block=0), target)
    for precision in precisions:
        filters = prepare(bank, frames, precision=precision)
        ways["ours" if precision == "float32" else precision] = by_jax(apply, S, filters, target)
    return ways, filters.block


def least_times(ways, rounds: int) -> dict[str, float]:
    """Least time of each way in milliseconds, the first call left out."""
    least = dict.fromkeys(ways, np.inf)
    for turn in range(rounds + 1):
        for name, (call, _) in ways.items():
            start = time.perf_counter()
            call()
            if turn:
                least[name] = min(least[name], (time.perf_counter() - start) * 1e3)
    return least


def report(name: str, rounds: int, precisions: list[str]) -> None:
    """Table of one shape."""
    frames, bins, count, widths = SHAPES[name]
    print(f"\n{name}: {frames} frames x {bins} bins, {count} filters a width; ms per evaluation")
    total: dict[str, float] = {}
    for width in widths:
        ways, block = contenders(frames, bins, count, width, precisions)
        least = least_times(ways, rounds)
        if width == widths[0]:
            print("  ".join(f"{head:>9}" for head in ("width", *ways, "block", "of peak")))
        operations = {key: ways[key][1] for key in ("peak", "ours")}
        share = (operations["ours"] / least["ours"]) / (operations["peak"] / least["peak"])
        print("  ".join([f"{width:9d}", *(f"{ms:9.1f}" for ms in least.values()), f"{block:9d}", f"{share:9.0%}"]))
        total = {key: total.get(key, 0.0) + ms for key, ms in least.items()}
    print("  ".join(["    total", *(f"{ms:9.1f}" for ms in total.values())]))
    others = [key for key in total if key not in {"ours", "peak"}]
    print("ours is", ", ".join(f"{total[key] / total['ours']:.1f} times as fast as {key}" for key in others))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=list(SHAPES), action="append", help="which table; all by default")
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each way")
    parser.add_argument("--bfloat16", action="store_true", help="also with bfloat16 operands")
    options = parser.parse_args()
    precisions = ["bfloat16", "float32"] if options.bfloat16 else ["float32"]
    print(f"{jax.devices()[0].device_kind}, jax {jax.__version__}", f", torch {torch.__version__}" if torch else "")
    for name in options.shape or SHAPES:
        report(name, options.rounds, precisions)


if __name__ == "__main__":
    main()
