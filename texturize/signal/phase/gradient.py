"""Phase-gradient heap integration (Prusa, Balazs, Sondergaard 2017): a phase from magnitudes alone, on the host.

For a Gaussian window ``exp(-pi t^2 / gamma)`` the gradient of the phase is that of the log magnitude with the two
axes exchanged. It is summed up along the ridges: from the loudest coefficient outwards, the loudest neighbour first.
"""

from __future__ import annotations

import numba
import numpy as np

from texturize.signal.spectrogram import Stft

GAUSSIAN_SHARE = {"hann": 0.25645, "hamming": 0.29794, "blackman": 0.17954}
"""Gamma of the Gaussian nearest to each window, over the window's length squared (Prusa et al. 2017, table I)."""

LEVELS = 1024
"""Steps of the logarithm between the floor and the loudest: within one, the order of integration is arbitrary."""


def phase_gradient(log_magnitudes: np.ndarray, settings: Stft) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of the phase, eqs. (16) and (17) of the paper.

    Parameters
    ----------
    log_magnitudes : (frames, bins)
        Natural logarithm of the magnitudes.
    settings : Stft
        Of the transform the magnitudes belong to.

    Returns
    -------
    tuple of (frames, bins)
        In radians per frame along time, and in radians per bin along frequency.
    """
    a, M = settings.hop_length, settings.n_fft
    gamma = GAUSSIAN_SHARE[settings.window] * M**2
    over_time = np.pad(log_magnitudes, ((1, 1), (0, 0)), mode="wrap" if settings.circular else "edge")
    over_bins = np.pad(log_magnitudes, ((0, 0), (1, 1)), mode="reflect")
    along_time = (a * M / gamma) * (over_bins[:, 2:] - over_bins[:, :-2]) / 2
    along_time += 2 * np.pi * a * np.arange(log_magnitudes.shape[1]) / M
    along_bins = -gamma / (a * M) * (over_time[2:] - over_time[:-2]) / 2
    # The paper refers phases to the middle of the window, the transform here to its first sample.
    return along_time, along_bins - np.pi


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]
def _integrate(
    level: np.ndarray, order: np.ndarray, gradient: tuple[np.ndarray, np.ndarray], phase: np.ndarray, circular: bool
) -> None:  # pragma: no cover - compiled
    """Fill `phase` in place wherever the level is not negative: algorithm 1 of the paper.

    The heap is a list for each level (`head`, `following`), which takes no time to keep in order.
    """
    along_time, along_bins = gradient
    frames, bins = level.shape
    waiting = level >= 0
    head = np.full(LEVELS, -1)
    following = np.empty(level.size, np.int64)
    for seed in order:
        top = level[seed // bins, seed % bins]
        if top < 0:
            break
        if not waiting[seed // bins, seed % bins]:
            continue
        phase[seed // bins, seed % bins] = 0.0
        waiting[seed // bins, seed % bins] = False
        head[top], following[seed], queued = seed, -1, 1
        while queued:
            while head[top] < 0:
                top -= 1
            t, m = head[top] // bins, head[top] % bins
            head[top] = following[head[top]]
            queued -= 1
            for dt, dm in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                s, k = t + dt, m + dm
                if circular:
                    s %= frames
                if s < 0 or s >= frames or k < 0 or k >= bins or not waiting[s, k]:
                    continue
                step = dt * (along_time[t, m] + along_time[s, k]) + dm * (along_bins[t, m] + along_bins[s, k])
                phase[s, k] = phase[t, m] + step / 2
                waiting[s, k] = False
                here = level[s, k]
                following[s * bins + k] = head[here]
                head[here] = s * bins + k
                queued += 1
                top = max(top, here)


def heap_integration(magnitudes: np.ndarray, settings: Stft, *, floor: float = 1e-3, seed: int = 0) -> np.ndarray:
    """Estimate the phase of magnitudes.

    Parameters
    ----------
    magnitudes : (channels, frames, bins)
        Non-negative magnitudes.
    settings : Stft
        Of the transform the magnitudes belong to.
    floor : float
        Share of a channel's largest magnitude below which the phase is random.
    seed : int
        Of that random phase.

    Returns
    -------
    (channels, frames, bins) float64
        Phase in radians, in [-pi, pi].
    """
    phase = np.random.default_rng(seed).uniform(-np.pi, np.pi, magnitudes.shape)
    for channel, filled in zip(magnitudes.astype(np.float64), phase, strict=True):
        loudest = channel.max()
        if loudest == 0:
            continue
        above = np.log(np.maximum(channel / loudest, floor)) - np.log(floor)
        level = (above * ((LEVELS - 1) / -np.log(floor))).astype(np.int16)
        level[channel <= floor * loudest] = -1
        order = np.argsort(-level, axis=None, kind="stable")  # a radix sort, as 16 bits wide
        _integrate(level, order, phase_gradient(above, settings), filled, settings.circular)
    return phase - 2 * np.pi * np.round(phase / (2 * np.pi))
