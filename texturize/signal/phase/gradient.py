"""Phase-gradient heap integration (Prusa, Balazs, Sondergaard 2017): a phase from magnitudes alone, on the host.

For a Gaussian window ``exp(-pi t^2 / gamma)`` the gradient of the phase is that of the log magnitude with the two
axes exchanged. It is summed up along the ridges: from the loudest coefficient outwards, the loudest neighbour first.
"""

from __future__ import annotations

import numba
import numpy as np
import scipy.optimize

from texturize.signal.spectrogram import Stft, window_of

GAUSSIAN_SHARE = {"hann": 0.25645, "hamming": 0.29794, "blackman": 0.17954}
"""Gamma of the Gaussian nearest to each window, over the window's length squared (Prusa et al. 2017, table I)."""
WIDEST = 2.0
"""Of other windows: a rectangle has no nearest Gaussian."""

LEVELS = 1024
"""Steps of the logarithm between the floor and the loudest: within one, the order of integration is arbitrary."""


def gaussian_width(settings: Stft) -> float:
    """Gamma of the Gaussian nearest to the window, in samples squared: in least squares where the table has none."""
    length = settings.win_length or settings.n_fft
    if isinstance(settings.window, str) and settings.window in GAUSSIAN_SHARE:
        return GAUSSIAN_SHARE[settings.window] * length**2
    window = window_of(settings)
    squares = ((np.arange(len(window)) - len(window) // 2) / length) ** 2

    def off(share: float) -> float:
        return float(np.sum((window / window.max() - np.exp(-np.pi * squares / share)) ** 2))

    return float(scipy.optimize.minimize_scalar(off, bounds=(1e-3, WIDEST), method="bounded").x) * length**2


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
    gamma = gaussian_width(settings)
    over_time = np.pad(log_magnitudes, ((1, 1), (0, 0)), mode="wrap" if settings.circular else "edge")
    over_bins = np.pad(log_magnitudes, ((0, 0), (1, 1)), mode="reflect")
    along_time = (a * M / gamma) * (over_bins[:, 2:] - over_bins[:, :-2]) / 2
    along_time += 2 * np.pi * a * np.arange(log_magnitudes.shape[1]) / M
    along_bins = -gamma / (a * M) * (over_time[2:] - over_time[:-2]) / 2
    # The paper refers phases to the middle of the window, the transform here to its first sample.
    return along_time, along_bins - np.pi


@numba.njit  # type: ignore[untyped-decorator, unused-ignore]
def _integrate(
    level: np.ndarray,
    order: np.ndarray,
    gradient: tuple[np.ndarray, np.ndarray],
    phase: np.ndarray,
    known: int,
    circular: bool,
) -> None:  # pragma: no cover - compiled
    """Fill `phase` in place wherever the level is not negative: algorithm 1 of the paper.

    It goes out from the first `known` frames, whose phase is there, and from the loudest of what they do not reach. The
    heap is a list for each level (`head`, `following`), which takes no time to keep in order.
    """
    along_time, along_bins = gradient
    frames, bins = level.shape
    waiting = level >= 0
    head = np.full(LEVELS, -1)
    following = np.empty(level.size, np.int64)
    queued, top, after = 0, LEVELS - 1, 0
    for at in range(known * bins):
        here = level[at // bins, at % bins]
        if here >= 0:
            waiting[at // bins, at % bins] = False
            following[at], head[here] = head[here], at
            queued += 1
    while True:
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
        while after < order.size and not waiting[order[after] // bins, order[after] % bins]:
            after += 1
        if after == order.size:
            break
        seed = order[after]
        phase[seed // bins, seed % bins] = 0.0
        waiting[seed // bins, seed % bins] = False
        top = level[seed // bins, seed % bins]
        head[top], following[seed], queued = seed, -1, 1


def heap_integration(
    magnitudes: np.ndarray,
    settings: Stft,
    *,
    floor: float = 1e-3,
    seed: int = 0,
    known: np.ndarray | None = None,
) -> np.ndarray:
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
    known : (channels, first frames, bins), optional
        Phase of the first frames, which it continues.

    Returns
    -------
    (channels, frames, bins) float64
        Phase in radians, in [-pi, pi].
    """
    phase = np.random.default_rng(seed).uniform(-np.pi, np.pi, magnitudes.shape)
    given = 0 if known is None else known.shape[-2]
    if known is not None:
        phase[:, :given] = known
    for channel, filled in zip(magnitudes.astype(np.float64), phase, strict=True):
        loudest = channel.max()
        if loudest == 0:
            continue
        above = np.log(np.maximum(channel / loudest, floor)) - np.log(floor)
        level = (above * ((LEVELS - 1) / -np.log(floor))).astype(np.int16)
        level[channel <= floor * loudest] = -1
        order = np.argsort(-level, axis=None, kind="stable")  # a radix sort, as 16 bits wide
        _integrate(level, order, phase_gradient(above, settings), filled, given, settings.circular)
    return phase - 2 * np.pi * np.round(phase / (2 * np.pi))
