"""Griffin-Lim as torchaudio has it, for benchmarks/phase.py: run by a Python that has PyTorch.

    TORCHPYTHON benchmarks/torch_griffin_lim.py GIVEN.npz FOUND.npz

The lines of ``torchaudio.functional.griffinlim`` on `torch.stft` and `torch.istft`, as its own wheels load with one
version of PyTorch only. GIVEN has ``magnitudes`` (bins, frames), ``n_fft``, ``hop``, ``length`` and ``iterations``;
FOUND gets ``samples`` and ``seconds``.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import torch


def griffin_lim(M: Any, n_fft: int, hop: int, length: int, iterations: int, momentum: float = 0.99) -> Any:
    """As of its version 2.11: the start has random real and imaginary parts, both positive."""
    how = {"n_fft": n_fft, "hop_length": hop, "window": torch.hann_window(n_fft)}
    weight = momentum / (1 + momentum)
    angles, before = torch.rand(M.shape, dtype=torch.complex64), torch.tensor(0.0)
    for _ in range(iterations):
        rebuilt = torch.stft(torch.istft(M * angles, length=length, **how), return_complex=True, **how)
        angles = rebuilt - before * weight
        angles = angles / (angles.abs() + 1e-16)
        before = rebuilt
    return torch.istft(M * angles, length=length, **how)


def main() -> None:
    given = np.load(sys.argv[1])
    torch.manual_seed(0)
    sizes = [int(given[name]) for name in ("n_fft", "hop", "length")]
    M = torch.from_numpy(given["magnitudes"])
    griffin_lim(M, *sizes, 1)
    start = time.perf_counter()
    y = griffin_lim(M, *sizes, int(given["iterations"]))
    np.savez(sys.argv[2], samples=y.numpy(), seconds=time.perf_counter() - start)


if __name__ == "__main__":
    main()
