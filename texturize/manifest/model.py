"""What a manifest holds, as models that it is written from and read into.

What older versions did not write has a default; what newer ones may write beside it is passed over.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

MOST_THREADS = 4096
Span = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Start and end in seconds."""
STOPPED = "STOPPED"
"""Status of what was ended early."""


class ManifestSection(BaseModel):
    """Base of everything in a manifest: values are of the types they are said to be, and cannot be changed."""

    model_config = ConfigDict(strict=True, frozen=True, use_attribute_docstrings=True)

    def to_dict(self) -> dict[str, Any]:
        """What was said of it, as plain values in the order of the file."""
        return self.model_dump(exclude_unset=True)

    def to_json(self) -> str:
        """The same as the text of a file."""
        return json.dumps(self.to_dict(), indent=2) + "\n"


class InputEntry(ManifestSection):
    """A clip."""

    path: str
    """As it was named."""
    sha256: str
    sample_rate: int | None = None
    channels: int | None = None
    samples: int | None = None


class CommandEntry(ManifestSection):
    """A command, and what it was given."""

    command: str
    options: dict[str, str]
    """Those of its own, by their names on the command line."""


class OriginEntry(ManifestSection):
    """What a config came from."""

    config: str | None = None
    """Preset or file."""
    set: list[str] = []
    """Keys set over it."""


class ProgramEntry(ManifestSection):
    """What made a result, and from what."""

    texturize: str
    """Version."""
    versions: dict[str, str]
    """Of Python and of the packages that decide numbers."""
    command: str = ""
    """The whole command line."""
    input: InputEntry


class Manifest(ProgramEntry):
    """A result of `synth`, `morph`, `transfer` or `batch`."""

    other_inputs: list[InputEntry] = []
    run: CommandEntry = CommandEntry(command="synth", options={})
    result_sha256: str | None = None
    seed: int
    threads: Annotated[int, Field(ge=1, le=MOST_THREADS)] | None = None
    """CPU threads it was held to."""
    environment: dict[str, str] | None = None
    """Variables that were set, and may have changed the result; None where that was not noted."""
    sample_rate: int | None = None
    samples: int | None = None
    status: str
    """How it ended."""
    warnings: list[str] = []
    seconds: dict[str, float] = {}
    """Time taken per stage."""
    losses: dict[str, list[float | None]] = {}
    """Per optimized stage; None where a loss was not finite."""
    figures: dict[str, Any] | None = None
    """How the result compares to what was learnt from."""
    origin: OriginEntry = OriginEntry()
    config: dict[str, Any]
    """As it was asked for; with ``seed``, everything that the result depends on."""

    @property
    def clips(self) -> tuple[InputEntry, ...]:
        """All inputs."""
        return (self.input, *self.other_inputs)

    @property
    def stopped(self) -> bool:
        """Whether it was ended early."""
        return self.status == STOPPED


class StretchEntry(ManifestSection):
    """A stretch of a recording that was made anew; times are in seconds."""

    start: float
    end: float
    new_seconds: float
    closed: bool = False
    """Whether it makes the whole a loop."""
    learnt_from: list[Span]
    sides_differ_by_db: float
    status: str | None
    loss: list[float]
    warnings: list[str]
    seconds: dict[str, float]


class FillManifest(ProgramEntry):
    """A result of `fill` or `extend`."""

    run: CommandEntry = CommandEntry(command="fill", options={})
    result_sha256: str
    seed: int
    threads: Annotated[int, Field(ge=1, le=MOST_THREADS)] | None
    environment: dict[str, str] | None
    learn: list[Span] = []
    """What was named to be learnt from, in seconds."""
    stretches: list[StretchEntry]
    config: dict[str, Any]

    @property
    def clips(self) -> tuple[InputEntry, ...]:
        """All inputs."""
        return (self.input,)

    @property
    def stopped(self) -> bool:
        """Whether it was ended early."""
        return any(stretch.status == STOPPED for stretch in self.stretches)


def manifest_from(content: Any) -> Manifest | FillManifest:
    """The manifest that a file's values are, by what it has; a ValueError where they are none."""
    filled = isinstance(content, dict) and "stretches" in content
    return FillManifest.model_validate(content) if filled else Manifest.model_validate(content)
