"""Errors that say what was wrong, with the value, and what to do about it."""

from __future__ import annotations


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
        super().__init__(f"{what}; {remedy}" if remedy else what)


class AudioError(TexturizeError):
    """A sound that cannot be read, or cannot be worked on."""


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
