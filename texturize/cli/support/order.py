"""What a command that makes results was told beside its clips, on its command line or by a manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from texturize.config import Config


@dataclass(frozen=True)
class Order:
    """How results are to be made, and what is to be written.

    Attributes
    ----------
    output : str or None
        Where the result goes; "-" is standard output, None the usual name.
    config : Config
        Everything that the results depend on, beside the clips.
    origin : tuple
        Preset or config file, and keys set over it, that the config came from.
    picture, trace : Path or None
        Where a picture goes, and the folder that shows how the texture grew.
    manifest, force, quiet : bool
        Whether a manifest is written, files are replaced, and nothing is said.
    threads : int or None
        CPU threads to be held to.
    """

    output: str | None
    config: Config
    origin: tuple[str | None, tuple[str, ...]]
    picture: Path | None = None
    manifest: bool = False
    trace: Path | None = None
    force: bool = False
    threads: int | None = None
    quiet: bool = False

    def path(self, usual: str) -> Path | None:
        """Where the result goes; None is standard output."""
        return None if self.output == "-" else Path(self.output or usual)
