"""Snapshots of an optimization on its way, and the path that it takes through a space of many dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SERIES = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
"""Steps within a decade that are shown: the loss falls by about as much between each two."""
BLOCK = 1 << 16
"""Values of each iterate that are in memory at a time."""


class Snapshot(NamedTuple):
    """Where an optimization stands."""

    stage: str
    """"spectrogram" or "refine"."""
    step: int
    """Steps taken; 0 is the start."""
    loss: float
    """Of this iterate; at a stage's end that of the best, which Adam may have met before."""
    losses: npt.NDArray[np.float32]
    """(step + 1,) the loss before the first step and after each so far."""
    samples: npt.NDArray[np.float32]
    """(channels, n) the sound so far, at the working rate and before its levels are matched, one channel for those that
    are alike; of the spectrogram stage, after phase recovery."""
    sample_rate: float
    """Of the samples, in Hz; near a whole number."""
    params: npt.NDArray[np.float32]
    """The variable that is optimized: of the spectrogram stage the compressed magnitudes (channels, frames, bins), of
    the waveform stage the whitened signal, in `texturize.synthesis.preconditioner.coordinates` (channels, 2, bins)."""


class Trajectory(NamedTuple):
    """A path in the plane that holds most of it."""

    coordinates: npt.NDArray[np.float64]
    """(iterates, 2) along the two components, from the last iterate, in units of the variable."""
    shares: npt.NDArray[np.float64]
    """(2,) share of the iterates' variance along each."""


def snapshot_steps(most: int) -> tuple[int, ...]:
    """Steps to be shown of at most so many: 0, 1, 2, 3, 5, 7, 10, 15, 20, 30 and so on; 37 of a million."""
    decades = 10 ** np.arange(7)
    steps = {0} | {int(factor * decade) for decade in decades for factor in SERIES}
    return tuple(sorted(step for step in steps if step <= most))


def principal_trajectory(iterates: Sequence[npt.NDArray[np.floating]]) -> Trajectory:
    """Project the path of an optimization on its two principal components.

    As Li et al. 2018 (section 7.2): principal component analysis of the matrix
    ``M = [theta_0 - theta_n; ...; theta_(n-1) - theta_n]``, whose rows are then projected. An iterate has a million
    values, and there are a few dozen, so the components are never formed: with the Gram matrix ``K = M M'``, centred as
    ``J K J = V L V'``, the coordinates of M along component k are ``K v_k / sqrt(l_k)``.

    Parameters
    ----------
    iterates : sequence of arrays of one shape
        From the first to the last; arrays that are mapped from files are read block by block.

    Returns
    -------
    Trajectory
        The last iterate at the origin, and the first on the positive side of both axes; zeros where nothing moves.

    References
    ----------
    Li, Xu, Taylor, Studer, Goldstein: Visualizing the loss landscape of neural nets, 2018.
    """
    K = differences_gram(iterates)
    coordinates, shares = np.zeros((len(iterates), 2)), np.zeros(2)
    n = len(K)
    J = np.eye(n) - 1 / max(n, 1)
    L, V = np.linalg.eigh(J @ K @ J)
    L = np.maximum(L[::-1], 0.0)
    for k in range(min(2, n)):
        if L[k] <= 1e-12 * L.sum():  # rounding, not movement
            break
        along = K @ V[:, -1 - k] / np.sqrt(L[k])
        coordinates[:-1, k] = along if along[0] >= 0 else -along
        shares[k] = L[k] / L.sum()
    return Trajectory(coordinates, shares)


def differences_gram(iterates: Sequence[npt.NDArray[np.floating]]) -> npt.NDArray[np.float64]:
    """Inner products (n, n) of the differences of the iterates 0 to n - 1 from the last, number n."""
    flat = [iterate.reshape(-1) for iterate in iterates]
    K = np.zeros((max(len(flat) - 1, 0),) * 2)
    for start in range(0, flat[-1].size if flat else 0, BLOCK):
        *others, last = (np.asarray(theta[start : start + BLOCK], np.float64) for theta in flat)
        if others:
            M = np.stack(others) - last
            K += M @ M.T
    return K
