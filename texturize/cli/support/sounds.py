"""Sounds as arguments of commands: files, pipes, and ``-``, which is standard input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from texturize.files.audio import Clip


class SoundPath(click.Path):
    """A path, of which ``-`` is standard input; a file of that name is ``./-``."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, allow_dash=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Path that `read_audio` takes."""
        from texturize.files.streams import STANDARD_INPUT

        if value == "-":
            return STANDARD_INPUT
        path = super().convert(value, param, ctx)
        return path.absolute() if path == Path("-") else path


SOUND = SoundPath()


def read_sound(path: Path, *, keep_offset: bool = False) -> Clip:
    """Read a sound, and say on standard error what was done to it."""
    from texturize.errors import printable
    from texturize.files.audio import read_audio

    clip = read_audio(path, keep_offset=keep_offset)
    for note in clip.notes:
        click.echo(printable(f"Warning: {path}: {note}"), err=True)
    return clip


def in_words(frames: int, sample_rate: int, channels: int, subtype: str | None) -> str:
    """Length, rate, channels and sample format of a sound, for a result line."""
    plural = "s" * (channels > 1)
    return f"{frames / sample_rate:.2f} s, {sample_rate} Hz, {channels} channel{plural}, {subtype}"
