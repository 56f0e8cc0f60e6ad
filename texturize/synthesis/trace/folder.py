"""A folder that shows how a texture grew: the sound, its spectrogram and the losses at steps on the way."""

from __future__ import annotations

import csv
import os
import re
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from texturize.errors import OutputError
from texturize.files.atomic import check_folder, write_folder
from texturize.files.audio_writing import write_audio
from texturize.show.notebook import image_html
from texturize.synthesis.trace.snapshots import Snapshot, Trajectory, principal_trajectory

FIELDS = ("stage", "step", "loss", "sound", "picture", "pc1", "pc2")
INDEX, GROWTH, ANIMATION, PATH = "index.csv", "growth.png", "growth.gif", "path.png"
OWN = re.compile(r"(spectrogram|refine)-\d{6,}\.(wav|png)|index\.csv|growth\.(png|gif)|path\.png")


@dataclass(frozen=True)
class Frame:
    """A snapshot once its sound and its iterate are on the disk."""

    stage: str
    step: int
    loss: float
    losses: npt.NDArray[np.float32]
    sound: Path
    params: Path

    @property
    def picture(self) -> Path:
        """Where its picture goes."""
        return self.sound.with_suffix(".png")


class TraceFolder(AbstractContextManager["TraceFolder"]):
    """Takes the snapshots of one synthesis, and writes a folder of them: whole, at the end of the block, or not at all.

        with TraceFolder("trace") as trace:
            texturize.synthesize(y, sr, trace=trace)

    Sounds and iterates go to the disk as they come, so that no more than one snapshot is in memory; the iterates are
    removed in the end. The files: `index.csv`, a WAV and a PNG file for each snapshot, `growth.png`, `growth.gif` and
    `path.png`, the path of the optimization on its two principal components.

    Parameters
    ----------
    path : path
        The folder; it may exist if it is empty.
    force : bool
        Replace one that holds an earlier trace, and nothing else.

    Raises
    ------
    OutputError
        At the start: the folder is not empty, or cannot be made. Later: it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        self.path, self.force = Path(path), force
        self.frames: list[Frame] = []
        self._block = ExitStack()
        self._turn = threading.Lock()  # snapshots come from the thread that works
        self._beside: Path | None = None

    def __enter__(self) -> TraceFolder:
        check_trace(self.path, force=self.force)
        self._beside = self._block.enter_context(write_folder(self.path, replace=self.force))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._turn:
            beside, self._beside = self._beside, None  # a thread that is left behind writes no more
        if kind is not None or beside is None:
            self._block.__exit__(kind, error, traceback)
            return
        with self._block, self._failures():
            self._finish(beside)

    def _repr_html_(self) -> str:
        """The animation and the path of the optimization, for notebooks, once they are there."""
        pictures = [(self.path / ANIMATION, "gif"), (self.path / PATH, "png")]
        if not self.frames or not all(picture.exists() for picture, _ in pictures):
            return f"<p>{escape(str(self.path))}: no pictures yet</p>"
        return "<br>".join(image_html(picture.read_bytes(), kind, picture.stem) for picture, kind in pictures)

    def __call__(self, snapshot: Snapshot) -> None:
        """Write a snapshot's sound and iterate."""
        with self._turn:
            if self._beside is None:
                return
            name = f"{snapshot.stage}-{snapshot.step:06d}"
            sound, params = self._beside / f"{name}.wav", self._beside / f"{name}.npy"
            with self._failures():
                write_audio(sound, snapshot.samples, round(snapshot.sample_rate), "FLOAT")
                np.save(params, snapshot.params)
            self.frames.append(Frame(snapshot.stage, snapshot.step, snapshot.loss, snapshot.losses, sound, params))

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Name the folder where it cannot be written."""
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"{self.path} cannot be written: {error.strerror or error}", "choose another place"
            ) from error

    def _finish(self, folder: Path) -> None:
        """Draw the pictures and write the index."""
        from texturize.synthesis.trace.pictures import draw_trace  # noqa: PLC0415  matplotlib takes its time

        paths = {stage: self._trajectory(stage) for stage in dict.fromkeys(frame.stage for frame in self.frames)}
        for frame in self.frames:
            frame.params.unlink()
        if self.frames:
            draw_trace(folder, self.frames, paths)
        places = [row for trajectory in paths.values() for row in trajectory.coordinates]
        with (folder / INDEX).open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(FIELDS)
            for frame, (pc1, pc2) in zip(self.frames, places, strict=True):
                names = (frame.sound.name, frame.picture.name)
                table.writerow([frame.stage, frame.step, f"{frame.loss:.6g}", *names, f"{pc1:.6g}", f"{pc2:.6g}"])

    def _trajectory(self, stage: str) -> Trajectory:
        return principal_trajectory(
            [np.load(frame.params, mmap_mode="r") for frame in self.frames if frame.stage == stage]
        )


def check_trace(path: Path, *, force: bool = False) -> None:
    """Refuse a folder that a trace could not be written as, before any work is done for it.

    Raises
    ------
    OutputError
        As of `check_folder`; or the folder holds more than an earlier trace, which would be lost with it, or is the
        one that results are written in.
    """
    if path.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise OutputError(f"{path} is the current folder", "name another folder for the trace")
    check_folder(path, force=force)
    foreign = sorted(entry.name for entry in path.iterdir() if not OWN.fullmatch(entry.name)) if path.is_dir() else []
    if foreign:
        raise OutputError(f"{path} holds {foreign[0]}, which does not belong to a trace", "choose another folder")
