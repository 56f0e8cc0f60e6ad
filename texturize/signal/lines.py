"""Spectral lines: the steady partials of bells, hums and whistles, each followed by a narrow band of its own.

An auditory band holds several partials, and tells one that rings from noise as narrow only by what they do together.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.signal.envelopes import LOWEST, Bands, envelope_frames

WINDOW = 0.4  # seconds of the frames that are averaged
MOST = 24
PROMINENCE = 12.0
"""Decibels by which a line stands out. Averages over a clip of noise vary by one or two."""
WIDTH = 16.0
"""Hz that a line's band reaches to each side: it is wider than a window shows the line, and rises in 30 ms."""
RATE = 100.0
"""Samples of their envelopes per second."""


def find_lines(y: npt.NDArray[np.float32], sr: float) -> npt.NDArray[np.float64]:
    """Frequencies in Hz, ascending, of the strongest lines in a clip (channels, samples); none where it has none."""
    import scipy.signal  # noqa: PLC0415  (takes a second, and there are presets without lines)

    n_fft = min(round(WINDOW * sr), y.shape[-1])
    frequency, power = scipy.signal.welch(y, sr, "blackman", n_fft, n_fft // 2, detrend=False)
    level = 10 * np.log10(power.sum(axis=0) + np.finfo(np.float32).tiny)
    top = frequency[-1] - WIDTH
    apart = max(1, round(WIDTH * n_fft / sr))
    peaks, _ = scipy.signal.find_peaks(level, prominence=PROMINENCE, distance=apart, wlen=16 * apart + 1)
    peaks = peaks[(frequency[peaks] >= LOWEST) & (frequency[peaks] < top)]
    return np.sort(frequency[peaks[np.argsort(-level[peaks])[:MOST]]])


def plan_lines(lines: npt.NDArray[np.float64], n: int, sr: float) -> Bands:
    """Bands around lines, for signals of ``n`` samples at ``sr`` Hz; their envelopes have `RATE` samples per second."""
    frames = envelope_frames(n, sr, RATE)
    starts, weights = [], []
    for line in lines:
        bins = np.arange(int(np.ceil((line - WIDTH) * n / sr)), int((line + WIDTH) * n / sr) + 1)
        starts.append(int(bins[0]))
        weights.append(np.cos(np.pi / 2 * (bins * sr / n - line) / WIDTH))
    rows = np.stack([np.pad(w, (0, frames - len(w))) for w in weights])
    return Bands((jnp.asarray(rows, jnp.float32),), (tuple(starts),), (tuple(len(w) for w in weights),), n, frames)
