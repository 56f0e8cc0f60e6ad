"""What a sound file says about how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from texturize.errors import printable

SOFTWARE = "texturize "
"""How the name of the software begins in all results."""


def result_tags(clip: str, seed: int, source: str | None = None, overrides: Sequence[str] = ()) -> dict[str, str]:
    """Title, software and comment, by libsndfile's names; no date, so that the same result is the same bytes.

    Parameters
    ----------
    clip : str
        Name of the clip it was learnt from.
    seed : int
        Of the noise it was made from.
    source : str, optional
        Preset or config file.
    overrides : sequence of str
        Keys and values set over it.
    """
    software = f"{SOFTWARE}{version('texturize-audio')}"
    made = [software, f"config {source or 'default'}", *overrides, f"seed {seed}"]
    return {
        "title": printable(f"Texture of {clip}"),
        "software": software,
        "comment": printable("; ".join(made)),
    }
