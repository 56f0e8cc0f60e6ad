"""Errors that say what was wrong, with the value, and what to do about it."""

from __future__ import annotations

import errno
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

_UNPRINTABLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Control and formatting characters, halves of surrogate pairs, ends of lines and paragraphs."""
MOST_LETTERS = 600
"""Of what was wrong: values out of damaged files may have thousands."""
_JOINERS = "\u200c\u200d"
"""Formatting characters that Persian words and emoji are written with."""


def printable(text: str) -> str:
    """Text as one line that any terminal and file can take: what would break it is escaped.

    File names may hold line feeds, escape sequences for the terminal, and bytes that are no text.
    """
    return "".join(
        repr(letter)[1:-1] if letter not in _JOINERS and unicodedata.category(letter) in _UNPRINTABLE else letter
        for letter in text
    )


class TexturizeError(Exception):
    """It could not be done. The message is one line: what, the value, the remedy.

    Parameters
    ----------
    what : str
        What was wrong, with the offending value in it.
    remedy : str
        What the user can do about it; empty if there is nothing to say.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        shown = what if len(what) <= MOST_LETTERS else f"{what[:MOST_LETTERS]}..."
        super().__init__(printable(f"{shown}; {remedy}" if remedy else shown))


class AudioError(TexturizeError):
    """A sound that cannot be read, or cannot be worked on."""


class SpectrogramError(TexturizeError):
    """A spectrogram that cannot be read, or cannot be made a sound of."""


class ConfigError(TexturizeError):
    """A preset, config file, key or value that is not valid."""


class OutputError(TexturizeError):
    """A result that cannot be written."""


class ManifestError(TexturizeError):
    """A manifest that cannot be read, or whose run cannot be done again."""


class ClusterError(TexturizeError):
    """Workers that cannot be had."""


class GoldenError(TexturizeError):
    """A golden that cannot be read, recorded, or held against."""


@contextmanager
def naming(name: str, kind: type[TexturizeError] = TexturizeError) -> Iterator[None]:
    """Say of errors of a kind what they are about: a file, a row of a list."""
    try:
        yield
    except kind as error:
        raise type(error)(f"{name}: {error.what}", error.remedy) from None


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says when there is no room."""
