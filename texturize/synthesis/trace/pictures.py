"""Pictures of how a texture grew: each snapshot, all at a glance, in motion, and the path of the optimization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import PIL.Image
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from texturize.files.audio import read_audio
from texturize.show.picture import RANGE_DB, level, show_levels
from texturize.synthesis.trace.folder import ANIMATION, GROWTH, PATH, Frame
from texturize.synthesis.trace.snapshots import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STAGES = {"spectrogram": "spectrogram stage", "refine": "waveform stage"}
COLUMNS, ROWS = 600, 240  # of a spectrogram, as it is kept and drawn
PANELS = 6  # of the picture of all at a glance
FRAME_MS, LAST_MS = 350, 2500
LINE, MARK = "#3b528b", "#d1495b"


def draw_trace(folder: Path, frames: Sequence[Frame], paths: Mapping[str, Trajectory]) -> None:
    """Draw all pictures of a trace.

    Parameters
    ----------
    folder : Path
        To write in: each frame's ``picture``, ``growth.png``, ``growth.gif``, ``path.png``.
    frames : sequence of Frame
        At least one, in their order; of each stage one after another.
    paths : mapping
        By stage, the trajectory of its frames.
    """
    images, seconds, highest = spectrograms(frames)
    extent = (0.0, seconds, 0.0, highest / 1000)
    places = [row for trajectory in paths.values() for row in trajectory.coordinates]
    for stage, group in groupby(range(len(frames)), key=lambda i: frames[i].stage):
        at = list(group)
        figure = SnapshotFigure(extent, frames[at[-1]].losses, np.stack([places[i] for i in at]), paths[stage])
        for i in at:
            figure.draw(frames[i], images[i], places[i])
    animate(folder / ANIMATION, [frame.picture for frame in frames])
    draw_growth(folder / GROWTH, frames, images, extent)
    draw_paths(folder / PATH, frames, paths)


def spectrograms(frames: Sequence[Frame]) -> tuple[list[npt.NDArray[np.float32]], float, float]:
    """Levels of each frame's sound in dB below the loudest of the last one's, and their seconds and Hz."""
    images = []
    for frame in frames:
        clip = read_audio(frame.sound)
        t, f, S = level(clip.samples, clip.sample_rate)
        images.append(pooled(S))
    top = images[-1].max()
    return [np.asarray(image - top, np.float32) for image in images], float(t[-1]), float(f[-1])


def pooled(S: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Levels in dB (frequencies, frames) with neighbours averaged in power, to not many more than are drawn."""
    power = 10 ** (S / 10)
    for axis, most in enumerate((ROWS, COLUMNS)):
        count = power.shape[axis]
        starts = np.unique(np.linspace(0, count, min(count, most), endpoint=False).astype(int))
        power = np.add.reduceat(power, starts, axis=axis)
        widths = np.diff(np.append(starts, count))
        power /= widths[:, None] if axis == 0 else widths
    return np.asarray(10 * np.log10(power))


class SnapshotFigure:
    """A figure for all snapshots of a stage: spectrogram, loss, and place on the path."""

    def __init__(
        self,
        extent: tuple[float, float, float, float],
        losses: npt.NDArray[np.float32],
        places: npt.NDArray[np.float64],
        path: Trajectory,
    ) -> None:
        self.figure = Figure(figsize=(8.0, 5.6), dpi=100, layout="constrained")
        FigureCanvasAgg(self.figure)
        grid = self.figure.subplot_mosaic([["sound", "sound"], ["loss", "path"]], height_ratios=[3, 2])
        self.title = grid["sound"].set_title(" ", loc="left", fontsize=11)
        self.image = show_levels(grid["sound"], np.full((2, 2), -RANGE_DB), extent)
        grid["sound"].set(xlabel="seconds", ylabel="kHz")
        plot_losses(grid["loss"], losses)
        plot_path(grid["path"], places, path)
        (self.at_loss,) = grid["loss"].plot([], [], "o", color=MARK, markersize=8, zorder=5)
        (self.at_place,) = grid["path"].plot([], [], "o", color=MARK, markersize=8, zorder=5)

    def draw(self, frame: Frame, image: npt.NDArray[np.float32], place: npt.NDArray[np.float64]) -> None:
        """Write the picture of a frame."""
        self.title.set_text(title(frame))
        self.image.set_data(image)
        self.at_loss.set_data([frame.step], [frame.loss])
        self.at_place.set_data([place[0]], [place[1]])
        self.figure.savefig(frame.picture, format="png", metadata={"Software": None})
        self.figure.set_layout_engine("none")  # as the first was: nothing is to move, and it takes its time


def title(frame: Frame) -> str:
    """A frame in words."""
    return f"{STAGES.get(frame.stage, frame.stage)}, step {frame.step}, loss {frame.loss:.3g}"


def plot_losses(ax: Axes, losses: npt.NDArray[np.float32]) -> None:
    """Loss after each step, on logarithmic axes but for step 0."""
    ax.plot(np.arange(len(losses)), losses, color=LINE, linewidth=1.2)
    ax.set_xscale("symlog", linthresh=1.0)
    if np.any(losses > 0):
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())
    ticks = [0, *(10**k for k in range(7) if 10**k < len(losses))]
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.set(xlabel="step", ylabel="loss", xlim=(-0.2, 1.2 * max(len(losses) - 1, 1)))
    ax.grid(alpha=0.25)


def plot_path(ax: Axes, places: npt.NDArray[np.float64], path: Trajectory) -> None:
    """Iterates in the plane of the two principal components; the last is the origin."""
    x, y = places.T
    ax.plot(x, y, "-", color=LINE, linewidth=1.0, alpha=0.7)
    ax.scatter(x, y, c=np.arange(len(places)), cmap="viridis", s=16, zorder=3)
    ax.plot(0.0, 0.0, "*", color="black", markersize=11, zorder=4)
    first, second = (f"component {k + 1}: {100 * share:.0f} % of the variance" for k, share in enumerate(path.shares))
    ax.set(xlabel=first, ylabel=second.replace(" of the variance", ""))
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.grid(alpha=0.25)


def draw_growth(
    path: Path,
    frames: Sequence[Frame],
    images: Sequence[npt.NDArray[np.float32]],
    extent: tuple[float, float, float, float],
) -> None:
    """Draw the spectrograms of the first, the last and some frames between, side by side on one scale."""
    chosen = np.unique(np.linspace(0, len(frames) - 1, PANELS).round().astype(int))
    columns = min(3, len(chosen))
    rows = -(-len(chosen) // columns)
    figure = Figure(figsize=(4.0 * columns, 2.6 * rows + 0.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for ax in axes.flat[len(chosen) :]:
        ax.set_axis_off()
    for ax, i in zip(axes.flat, chosen, strict=False):
        shown = show_levels(ax, images[i], extent)
        ax.set_title(title(frames[i]), loc="left", fontsize=9)
    for ax in axes[-1]:
        ax.set_xlabel("seconds")
    for ax in axes[:, 0]:
        ax.set_ylabel("kHz")
    figure.colorbar(shown, ax=axes, label="dB", shrink=0.8)
    figure.savefig(path, format="png", metadata={"Software": None})


def draw_paths(path: Path, frames: Sequence[Frame], paths: Mapping[str, Trajectory]) -> None:
    """Draw the path of each stage, with the steps written beside it."""
    figure = Figure(figsize=(6.4 * len(paths), 5.2), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    for ax, (stage, trajectory) in zip(figure.subplots(1, len(paths), squeeze=False)[0], paths.items(), strict=True):
        places = trajectory.coordinates
        plot_path(ax, places, trajectory)
        apart = 0.04 * np.ptp(places, axis=0).max(initial=0.0)
        written: list[npt.NDArray[np.float64]] = []
        shown = [frame for frame in frames if frame.stage == stage]
        for frame, place in zip(shown[::-1], places[::-1], strict=True):  # where there is no room for both, the later
            if all(np.hypot(*(place - other)) > apart for other in written):
                ax.annotate(str(frame.step), place, xytext=(5, 5), textcoords="offset points", fontsize=8)
                written.append(place)
        ax.set_title(f"{STAGES.get(stage, stage)}: path of the optimization, steps beside it", loc="left", fontsize=10)
    figure.savefig(path, format="png", metadata={"Software": None})


def animate(path: Path, pictures: Sequence[Path]) -> None:
    """Write pictures of one size as an animated GIF that goes round, and holds its last picture for a while."""
    images = []
    for picture in pictures:
        with PIL.Image.open(picture) as image:
            images.append(image.convert("RGB"))
    palette = images[-1].quantize(255)  # one palette for all, or colours would flicker
    frames = [image.quantize(palette=palette, dither=PIL.Image.Dither.NONE) for image in images]
    durations = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(path, format="GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
