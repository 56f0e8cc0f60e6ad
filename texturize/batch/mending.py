"""What a row of a list asks for whose recording is mended: stretches, and what they are learnt from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from texturize.errors import AudioError, ConfigError
from texturize.files.formats import FORMATS
from texturize.manifest.model import FillManifest, Manifest
from texturize.synthesis.fill.gaps import Gap, check_gaps
from texturize.synthesis.fill.stretches import Stretch, parse_stretch

COLUMNS = ("at", "learn")
"""Of lists: stretches START-END, several with spaces or semicolons between."""
LOSSY = ("OGG", "MP3")


@dataclass(frozen=True)
class Mending:
    """Stretches of a recording, start and end in seconds.

    Attributes
    ----------
    stretches : tuple of Stretch
        What is made anew.
    learn : tuple of Stretch
        What is learnt from; what is around each if there is none.
    """

    stretches: tuple[Stretch, ...]
    learn: tuple[Stretch, ...] = ()

    def is_that_of(self, manifest: Manifest | FillManifest) -> bool:
        """Whether it is what a manifest says of its result."""
        sr, frames = manifest.input.sample_rate, manifest.input.samples
        if not isinstance(manifest, FillManifest) or sr is None or frames is None:
            return False
        made = [(round(one.start * sr), round(one.end * sr)) for one in manifest.stretches]
        try:
            asked = [(gap.start, gap.stop) for gap in self.gaps(frames, sr)]
        except AudioError:
            return False
        return made == asked and [list(part) for part in self.learn] == manifest.learn

    def gaps(self, frames: int, sr: int) -> tuple[Gap, ...]:
        """The stretches as samples of a recording, in their order; errors are those of `check_gaps`."""
        ends = [(round(start * sr), round(end * sr)) for start, end in self.stretches]
        return check_gaps([Gap(start, end, end - start) for start, end in ends], frames, sr)


def take_mending(values: dict[str, Any], where: str) -> Mending | None:
    """What a row's columns ask for, which are taken out of its values; None if they ask for nothing.

    Raises
    ------
    ConfigError
        What is there is no stretch, or does not go with the other columns.
    """
    found = {key: _stretches(values.pop(key), f"{where}, column {key}") for key in COLUMNS if key in values}
    if not found:
        return None
    if not found.get("at"):
        raise ConfigError(f"{where}: 'learn' goes with stretches", "name them in a column at, such as 12.3-13.1")
    if "duration" in values or "output.duration" in values:
        raise ConfigError(f"{where}: a recording that is mended stays as long as it is", "leave out the duration")
    return Mending(found["at"], found.get("learn", ()))


def ending_of(recording: Path) -> str:
    """Ending of a result: that of its recording, or .wav for one that would be encoded anew."""
    ending = recording.suffix
    return ending if FORMATS.get(ending.lower(), LOSSY[0]) not in LOSSY else ".wav"


def _stretches(value: Any, where: str) -> tuple[Stretch, ...]:
    """Stretches of a cell, or of a list in JSON."""
    texts = value if isinstance(value, list) else re.split(r"[\s;]+", str(value).strip())
    try:
        return tuple(parse_stretch(str(text).replace(",", ".")) for text in texts)  # decimal commas, as of spreadsheets
    except AudioError as error:
        raise ConfigError(f"{where}: {error.what}", error.remedy) from None
