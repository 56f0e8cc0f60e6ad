"""The clips that a benchmark is run on, and the preset and keys that it is run with, from its command line."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_clip_options(parser: argparse.ArgumentParser, preset: str) -> None:
    """Arguments CLIPS, and --only, --preset and --set."""
    parser.add_argument("clips", type=Path, nargs="+", help="folders of .wav or .flac files, or files")
    parser.add_argument("--only", action="append", default=[], metavar="GLOB", help="clips whose name matches")
    parser.add_argument("--preset", default=preset)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")


def chosen_clips(options: argparse.Namespace) -> list[Path]:
    """Sound files of the arguments that `add_clip_options` added."""
    found = [path for at in options.clips for path in (sorted(at.iterdir()) if at.is_dir() else [at])]
    paths = [path for path in found if path.suffix in {".wav", ".flac"}]
    return [path for path in paths if not options.only or any(path.match(glob) for glob in options.only)]
