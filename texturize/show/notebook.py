"""How sounds, pictures and configs show themselves in notebooks: HTML that needs neither IPython nor a network."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from texturize.show.tables import html_table

if TYPE_CHECKING:
    from pydantic import BaseModel

MOST_SAMPLES = 1_500_000
"""Of all channels together, that are played: 34 s of one channel at 44.1 kHz, about 3 MB in the notebook's file."""


def audio_html(samples: npt.NDArray[np.float32], sr: int) -> str:
    """A player with the sound (n,) or (channels, n) in it as FLAC, which every browser plays; the first two channels.

    Of a sound that is too long to be kept in a notebook, a line that says so.
    """
    from texturize.files.audio_writing import write_audio  # noqa: PLC0415

    y = np.atleast_2d(samples)[:2]
    if y.size > MOST_SAMPLES:
        return f"<p>{y.shape[1] / sr:.0f} s is too long for a player in a notebook: write it to a file</p>"
    memory = io.BytesIO()
    write_audio(memory, y / max(1.0, float(np.abs(y).max(initial=0.0))), sr, "PCM_16", "FLAC")
    return f"<audio controls loop src='data:audio/flac;base64,{_base64(memory.getvalue())}'></audio>"


def spectrogram_html(samples: npt.NDArray[np.float32], sr: int) -> str:
    """A small picture of the spectrogram of a sound (n,) or (channels, n)."""
    from texturize.show.picture import spectrogram_png  # noqa: PLC0415  matplotlib takes its time

    return image_html(spectrogram_png(samples, sr), "png", "spectrogram")


def image_html(data: bytes, kind: str, what: str) -> str:
    """A picture from the bytes of its file, PNG or GIF."""
    return f"<img alt='{escape(what, quote=True)}' src='data:image/{kind};base64,{_base64(data)}'>"


def config_html(config: BaseModel) -> str:
    """The keys in which a config differs from the defaults; and folded away, all of them."""
    own, usual = dict(flat(config.model_dump(mode="json"))), dict(flat(type(config)().model_dump(mode="json")))
    changed = [
        (key, value, f"instead of {usual.get(key, 'none')}") for key, value in own.items() if usual.get(key) != value
    ]
    changed += [(key, "none", f"instead of {value}") for key, value in usual.items() if key not in own]
    first = f"<p>The defaults, but for</p>{html_table(changed)}" if changed else "<p>The defaults</p>"
    return f"{first}<details><summary>all {len(own)} keys</summary>{html_table(own.items())}</details>"


def flat(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key of nested dicts, and of lists of dicts, with its value as JSON."""
    if isinstance(tree, dict):
        branches = list(tree.items())
    elif isinstance(tree, list) and tree and isinstance(tree[0], dict):
        branches = list(enumerate(tree))
    else:
        yield path, json.dumps(tree)
        return
    for name, branch in branches:
        yield from flat(branch, f"{path}.{name}" if path else str(name))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
