"""A manifest as it is read: checked, and with what it takes to make the result again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from texturize.config import Config
from texturize.config.presets import parse_config
from texturize.errors import ManifestError
from texturize.files.hashes import sha256
from texturize.files.paths import is_file
from texturize.files.streams import STANDARD_INPUT
from texturize.manifest.file import REMEDY, read_json
from texturize.manifest.here import environment_of, texturize_version, versions
from texturize.manifest.model import FillManifest, Manifest

M = TypeVar("M", Manifest, FillManifest)


@dataclass(frozen=True)
class RecordedRun(Generic[M]):
    """A run as its manifest tells it.

    Attributes
    ----------
    path : Path
        The manifest's file.
    manifest : Manifest or FillManifest
        What is in it.
    config : Config
        Everything the run depended on beside its clips, seed included.
    """

    path: Path
    manifest: M
    config: Config

    def find_inputs(self) -> tuple[Path, ...]:
        """Paths of the clips: as they were named, seen from here or from the manifest's folder.

        Raises
        ------
        ManifestError
            One is not there, or it is another file than it was.
        """
        return tuple(self._find(Path(one.path), one.sha256) for one in self.manifest.clips)

    def _find(self, path: Path, digest: str) -> Path:
        places = dict.fromkeys([path, self.path.parent / path, self.path.parent / path.name])
        found = [place for place in places if is_file(place)]
        if not found:
            back = f"what was piped into it, as {path.name}" if path == STANDARD_INPUT else "it back, here or"
            raise ManifestError(f"{self.path}: its input {path} is missing", f"put {back} beside the manifest")
        for place in found:
            if sha256(place) == digest:
                return place
        raise ManifestError(
            f"{self.path}: its input {found[0]} has changed since (another SHA-256)",
            f"put back the file it was made from, or make a new result with `texturize {self.manifest.run.command}`",
        )

    def differences(self) -> tuple[str, ...]:
        """What may keep the result from being the same."""
        manifest = self.manifest
        here = {"texturize": texturize_version()} | versions()
        made_by = {"texturize": manifest.texturize} | manifest.versions
        others = [f"{name} {was} ({here[name]} here)" for name, was in made_by.items() if here.get(name, was) != was]
        found = [f"it was made with {', '.join(others)}: the result may differ"] if others else []
        was, now = manifest.environment, environment_of(self.config)
        if was is not None and was != now:
            differ = sorted(name for name in was | now if was.get(name) != now.get(name))
            told = ", ".join(f"{name}={was[name]}" if name in was else f"no {name}" for name in differ)
            found.append(f"it was made with {told} in the environment: the result may differ")
        if manifest.threads != 1:
            found.append("it was not made with --threads 1: the result is as good, but its bytes differ")
        if manifest.stopped:
            found.append("it was stopped early; this run goes on to the end")
        return tuple(found)


def is_fill(path: Path) -> bool:
    """Whether a manifest is one of `fill` or `extend`.

    Raises
    ------
    ManifestError
        It is missing, not JSON or no manifest.
    """
    return "stretches" in read_json(path)


def read_manifest(path: Path) -> RecordedRun[Manifest]:
    """Read and check the manifest of a texture.

    Raises
    ------
    ManifestError
        It is missing, not JSON or no manifest, damaged, or one of `fill` or `extend`.
    ConfigError
        Its config is not valid in this version.
    """
    if is_fill(path):
        raise ManifestError(f"{path} belongs to a recording whose stretches were made anew", "give one of a texture")
    return _read(path, Manifest)


def read_fill_manifest(path: Path) -> RecordedRun[FillManifest]:
    """The same of a recording whose stretches were made anew."""
    return _read(path, FillManifest)


def _read(path: Path, model: type[M]) -> RecordedRun[M]:
    try:
        manifest = model.model_validate(read_json(path))
    except ValidationError as error:
        raise ManifestError(f"{path} is damaged: {_damage(error)}", REMEDY) from None
    return RecordedRun(path, manifest, parse_config(json.dumps(manifest.config | {"seed": manifest.seed}), str(path)))


def _damage(error: ValidationError) -> str:
    """The first thing that is wrong."""
    first: Any = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    return f"has no '{key}'" if first["type"] == "missing" else f"'{key}' is {json.dumps(first['input'])[:40]}"
