"""A picture of two sounds: their spectrograms, one above the other, on the same scales."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy.signal
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from texturize.files.atomic import write_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

RANGE_DB = 70.0
"""Levels drawn, down from the loudest of the clip."""


def level(y: np.ndarray, sr: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times in s, frequencies in Hz, and levels in dB (frequencies, frames), averaged over channels."""
    y = np.atleast_2d(y)
    win_length = min(2 ** round(np.log2(0.04 * sr)), y.shape[-1])
    f, t, S = scipy.signal.stft(y, sr, nperseg=win_length, noverlap=win_length * 3 // 4)
    return t, f, 10.0 * np.log10(np.mean(np.abs(S) ** 2, axis=0) + 1e-14)


def show_levels(
    ax: Axes,
    S: np.ndarray,
    extent: tuple[float, float, float, float],
    top: float = 0.0,
    interpolation: str | None = "nearest",
) -> AxesImage:
    """Levels (frequencies, frames) in dB as an image, ``RANGE_DB`` up to ``top``; ``extent`` in seconds and kHz."""
    return ax.imshow(
        S, origin="lower", aspect="auto", cmap="magma", vmin=top - RANGE_DB, vmax=top, extent=extent,
        interpolation=interpolation,
    )  # fmt: skip


class Panel(NamedTuple):
    """A sound in a picture."""

    title: str
    samples: np.ndarray  # (channels, n) or (n,)
    sample_rate: int
    marks: tuple[float, ...] = ()
    """Seconds at which lines are drawn."""


def draw_spectrograms(path: Path, clip: np.ndarray, result: np.ndarray, sr: int, result_sr: int | None = None) -> None:
    """Draw the spectrograms of a clip and of the result made from it as a PNG file.

    Parameters
    ----------
    path : Path
        File to write.
    clip, result : array
        (channels, n) or (n,).
    sr : int
        Sample rate in Hz.
    result_sr : int, optional
        That of the result, where it is another.
    """
    draw_panels(path, [Panel("clip", clip, sr), Panel("texture made from it", result, result_sr or sr)])


def draw_panels(path: Path, panels: Sequence[Panel]) -> None:
    """Draw spectrograms one above the other as a PNG file; levels from the loudest of all but the last, the result."""
    levels = [level(panel.samples, panel.sample_rate) for panel in panels]
    top = max(float(S.max()) for _, _, S in levels[:-1])
    figure = Figure(figsize=(10.0, 3.0 * len(panels)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(panels), 1, sharex=True, sharey=True)
    for ax, panel, (t, f, S) in zip(axes, panels, levels, strict=True):
        image = show_levels(ax, S, (0.0, float(t[-1]), 0.0, float(f[-1]) / 1000.0), top)
        for mark in panel.marks:
            ax.axvline(mark, color="white", linewidth=0.8, linestyle="--")
        ax.set_title(panel.title, loc="left", fontsize=10)
        ax.set_ylabel("kHz")
    longest = max(float(t[-1]) for t, _, _ in levels)
    highest = max(float(f[-1]) for _, f, _ in levels) / 1000.0
    axes[-1].set(xlim=(0.0, longest), ylim=(0.0, highest), xlabel="seconds")
    figure.colorbar(image, ax=axes, label="dB", shrink=0.8)
    with write_beside(path) as beside:
        figure.savefig(beside, format="png", metadata={"Software": None})


def spectrogram_png(y: np.ndarray, sr: int) -> bytes:
    """A small picture of the spectrogram of a sound (n,) or (channels, n) as the bytes of a PNG file."""
    t, f, S = level(y, sr)
    figure = Figure(figsize=(6.4, 2.2), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    show_levels(ax, S, (0.0, float(t[-1]), 0.0, float(f[-1]) / 1000.0), float(S.max()), interpolation=None)
    ax.set(xlabel="seconds", ylabel="kHz")
    memory = io.BytesIO()
    figure.savefig(memory, format="png", metadata={"Software": None})
    return memory.getvalue()
