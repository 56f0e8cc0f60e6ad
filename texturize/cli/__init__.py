"""The command line: one file a command; no numerics, and nothing heavy is imported before a command needs it."""

from texturize.cli.group import main

__all__ = ["main"]
