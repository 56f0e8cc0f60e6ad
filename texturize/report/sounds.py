"""The sounds of a report, as they are read: samples, and the manifest that lies beside a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from texturize.errors import ManifestError
from texturize.files.audio import read_audio
from texturize.files.paths import exists
from texturize.manifest.file import manifest_path, read_json


@dataclass(frozen=True)
class Sound:
    """A clip or a result.

    Attributes
    ----------
    name : str
        What the page calls it.
    samples : ndarray (channels, n)
        Full scale at 1.
    sample_rate : int
        In Hz.
    manifest : dict
        What its manifest holds; empty if there is none.
    notes : tuple of str
        What somebody who reads the page should know of it.
    marked : (float, float), optional
        Seconds that a stretch of it lies between. It is marked where the sound is seen; of a result, it alone is
        judged, and of the clip, what is around it.
    """

    name: str
    samples: np.ndarray
    sample_rate: int
    manifest: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    marked: tuple[float, float] | None = None

    @property
    def stretch(self) -> np.ndarray:
        """What is marked; all of it if nothing is."""
        return self.samples[..., slice(*self._ends)]

    @property
    def around(self) -> np.ndarray:
        """What is not; all of it if nothing is."""
        if self.marked is None:
            return self.samples
        first, stop = self._ends
        return np.concatenate([self.samples[..., :first], self.samples[..., stop:]], axis=-1)

    @property
    def _ends(self) -> tuple[int, int]:
        if self.marked is None:
            return 0, self.samples.shape[-1]
        first, stop = (round(at * self.sample_rate) for at in self.marked)
        return first, stop

    @property
    def seconds(self) -> float:
        """Length."""
        return float(self.samples.shape[-1] / self.sample_rate)


def read_sounds(paths: Sequence[Path]) -> list[Sound]:
    """Sound files with the manifests beside them; each is called by its file name, or by its path if two have one name.

    A manifest that cannot be read is left out, and a note says so.

    Raises
    ------
    AudioError
        For a file that is missing or no sound.
    """
    count = Counter(path.name for path in paths)
    return [_read_sound(path, path.name if count[path.name] == 1 else str(path)) for path in paths]


def _read_sound(path: Path, name: str) -> Sound:
    clip = read_audio(path)
    beside = manifest_path(path)
    manifest: dict[str, Any] = {}
    notes = clip.notes
    if exists(beside):
        try:
            manifest = read_json(beside)
        except ManifestError as error:
            notes += (f"its manifest is left out: {error.what}",)
    return Sound(name, clip.samples, clip.sample_rate, manifest, notes)
