"""The sidecar of a result: everything that is needed to make it again, and how it went."""

from __future__ import annotations

import hashlib
import json
import math
import platform
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from texturize.errors import AudioError, ManifestError
from texturize.files.json_text import parse_json, read_text
from texturize.files.paths import is_file
from texturize.files.streams import STANDARD_INPUT
from texturize.runtime.environment import chosen

if TYPE_CHECKING:
    from texturize.config import AudioConfig, Config
    from texturize.files.audio import Clip
    from texturize.synthesis.api import Synthesis

T = TypeVar("T")

MOST_THREADS = 4096
PACKAGES = ("jax", "numpy", "scipy")
_REMEDY = "give the OUT.json that `texturize synth --manifest` wrote"


def manifest_json(
    clip: Clip,
    config: Config,
    result: Synthesis,
    arguments: Sequence[str],
    *,
    origin: tuple[str | None, Sequence[str]] = (None, ()),
    threads: int | None = None,
    figures: dict[str, Any] | None = None,
    input_sha256: str | None = None,
    result_sha256: str | None = None,
    run: Run | None = None,
) -> str:
    """JSON text of a result's manifest.

    Parameters
    ----------
    clip, config, result
        What the run began with and ended in.
    arguments : sequence of str
        Those of the command line.
    origin : tuple
        Preset or config file, and keys set over it, that the config came from.
    threads : int, optional
        CPU threads the run was held to.
    figures : dict, optional
        How the result compares to the clip, of `quality_figures`.
    input_sha256 : str, optional
        Hash of the clip's file as it was read; that of the file as it is now if left out.
    result_sha256 : str, optional
        Hash of the result's file.
    run : Run, optional
        What a command other than `synth` was given beside the clip.
    """
    manifest = {
        "texturize": version("texturize-audio"),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "command": shlex.join(["texturize", *arguments]),
        "input": _input(clip, input_sha256),
        **({} if run is None else run.to_dict()),
        "result_sha256": result_sha256,
        "seed": result.seed,
        "threads": threads,
        "environment": environment_of(config),
        "sample_rate": result.sample_rate,
        "samples": int(result.samples.shape[-1]),
        "status": result.status.name,
        "warnings": [*clip.notes, *result.warnings],
        "seconds": {stage: round(seconds, 3) for stage, seconds in result.times.items()},
        "losses": {stage: [_plain(loss) for loss in losses] for stage, losses in result.losses.items()},
        "figures": figures,
        "origin": {"config": origin[0], "set": list(origin[1])},
        "config": config.model_dump(mode="json"),
    }
    return json.dumps(manifest, indent=2) + "\n"


def fill_manifest_json(
    arguments: Sequence[str],
    recording: dict[str, Any],
    out: Path,
    stretches: list[dict[str, Any]],
    config: Config,
    *,
    threads: int | None = None,
) -> str:
    """JSON text of the manifest of a recording whose stretches were made anew.

    Parameters
    ----------
    arguments, config, threads
        As of `manifest_json`.
    recording : dict
        What is known of the recording.
    out : Path
        The result.
    stretches : list of dict
        What was made, from what, and how it ended.
    """
    manifest = {
        "texturize": version("texturize-audio"),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "command": shlex.join(["texturize", *arguments]),
        "input": recording,
        "result_sha256": sha256(out),
        "seed": config.seed,
        "threads": threads,
        "environment": environment_of(config),
        "stretches": stretches,
        "config": config.model_dump(mode="json"),
    }
    return json.dumps(manifest, indent=2) + "\n"


def environment_of(config: Config) -> dict[str, str]:
    """Variables that a result may depend on, beside its config: none where that is deterministic."""
    return {} if config.numerics.deterministic else chosen()


def _plain(loss: float) -> float | None:
    """Six digits of a number; what is none has no place in JSON."""
    return float(f"{loss:.6g}") if math.isfinite(loss) else None


def _input(clip: Clip, digest: str | None) -> dict[str, Any]:
    return {
        "path": str(clip.path),
        "sha256": digest or sha256_of(clip),
        "sample_rate": clip.sample_rate,
        "channels": clip.channels,
        "samples": int(clip.samples.shape[1]),
    }


@dataclass(frozen=True)
class Run:
    """What a command was given beside the first clip.

    Attributes
    ----------
    command : str
        Its name.
    options : dict of str
        Those of its own, by their names on the command line.
    others : tuple of (Clip, str)
        The other clips, and the hashes of their files.
    """

    command: str
    options: dict[str, str]
    others: tuple[tuple[Clip, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """Its entries in a manifest."""
        return {
            "other_inputs": [_input(clip, digest) for clip, digest in self.others],
            "run": {"command": self.command, "options": self.options},
        }


def manifest_path(result: Path) -> Path:
    """Where the manifest of a result's file is."""
    return Path(f"{result}.json")


def quality_figures(clip: Clip, result: Synthesis, audio: AudioConfig) -> dict[str, Any] | None:
    """Figures of `texturize compare`, against what was learnt from, as plain values; None where a sound is too short
    or too quiet to be compared.
    """
    from texturize.compare import compare  # noqa: PLC0415  SciPy takes its time
    from texturize.synthesis.clip import excerpt  # noqa: PLC0415

    learnt = excerpt(clip.samples, clip.sample_rate, audio)
    try:
        return compare(learnt, result.samples, clip.sample_rate, result.sample_rate).to_dict()
    except AudioError:
        return None


def sha256_of(clip: Clip) -> str:
    """Hash of what a clip was read from, in hexadecimal."""
    assert clip.path is not None
    return clip.sha256 or sha256(clip.path)


def sha256(path: Path) -> str:
    """Hash of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Manifest:
    """A run as its manifest tells it.

    Attributes
    ----------
    path : Path
        The manifest itself.
    made_by : dict of str
        Versions by name: texturize, python, jax, numpy, scipy.
    inputs : tuple of (Path, str)
        The clips as they were named, and their hashes.
    command, options
        Of the command line: its name, and options of its own.
    config : Config
        Everything the run depended on, seed included.
    origin : tuple
        Preset or config file, and keys set over it, that the config came from.
    threads : int or None
        CPU threads it was held to.
    status : str
        How it ended.
    environment : dict of str
        Variables that were set, and may have changed the result; None in manifests of older versions.
    """

    path: Path
    made_by: dict[str, str]
    inputs: tuple[tuple[Path, str], ...]
    command: str
    options: dict[str, str]
    config: Config
    origin: tuple[str | None, tuple[str, ...]]
    threads: int | None
    status: str
    environment: dict[str, str] | None

    def find_inputs(self) -> tuple[Path, ...]:
        """Paths of the clips: as they were named, seen from here or from the manifest's folder.

        Raises
        ------
        ManifestError
            One is not there, or it is another file than it was.
        """
        return tuple(self._find(path, digest) for path, digest in self.inputs)

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
            f"put back the file it was made from, or make a new result with `texturize {self.command}`",
        )

    def differences(self) -> tuple[str, ...]:
        """What may keep the result from being the same."""
        here = {"texturize": version("texturize-audio"), "python": platform.python_version()}
        here |= {name: version(name) for name in PACKAGES}
        others = [
            f"{name} {was} ({here[name]} here)" for name, was in self.made_by.items() if here.get(name, was) != was
        ]
        found = [f"it was made with {', '.join(others)}: the result may differ"] if others else []
        was, now = self.environment, environment_of(self.config)
        if was is not None and was != now:
            differ = sorted(name for name in was | now if was.get(name) != now.get(name))
            told = ", ".join(f"{name}={was[name]}" if name in was else f"no {name}" for name in differ)
            found.append(f"it was made with {told} in the environment: the result may differ")
        if self.threads != 1:
            found.append("it was not made with --threads 1: the result is as good, but its bytes differ")
        if self.status == "STOPPED":
            found.append("it was stopped early; this run goes on to the end")
        return tuple(found)


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest.

    Raises
    ------
    ManifestError
        It is missing, not JSON or no manifest.
    ConfigError
        Its config is not valid in this version.
    """
    from texturize.config.presets import parse_config  # noqa: PLC0415  pydantic takes its time

    raw = read_json(path)
    others = _take(raw, "other_inputs", list, path) if "other_inputs" in raw else []
    clips = [_take(raw, "input", dict, path), *(_take({"input": one}, "input", dict, path) for one in others)]
    run = _take(raw, "run", dict, path) if "run" in raw else {"command": "synth", "options": {}}
    config = _take(raw, "config", dict, path) | {"seed": _take(raw, "seed", int, path)}
    versions = _take(raw, "versions", dict, path)
    return Manifest(
        path=path,
        made_by={"texturize": _take(raw, "texturize", str, path)} | {str(k): str(v) for k, v in versions.items()},
        inputs=tuple((Path(_take(one, "path", str, path)), _take(one, "sha256", str, path)) for one in clips),
        command=_take(run, "command", str, path),
        options=_take(run, "options", dict, path),
        config=parse_config(json.dumps(config), str(path)),
        origin=_origin(_take(raw, "origin", dict, path), path),
        threads=_threads(raw, path),
        status=_take(raw, "status", str, path),
        environment=_environment(raw, path),
    )


def read_json(path: Path) -> dict[str, Any]:
    """What a manifest holds, unchecked but for that it is one; ``ManifestError`` if it is not."""
    try:
        raw = parse_json(read_text(path))
    except FileNotFoundError:
        raise ManifestError(f"{path}: no such file", _REMEDY) from None
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror}", _REMEDY) from error
    except UnicodeDecodeError:
        raise ManifestError(f"{path} is not a text file", _REMEDY) from None
    except json.JSONDecodeError as error:
        raise ManifestError(f"{path} is not JSON: {error.msg} in line {error.lineno}", _REMEDY) from None
    if not isinstance(raw, dict) or "texturize" not in raw:
        raise ManifestError(f"{path} is not a manifest of texturize", _REMEDY)
    return raw


def _origin(raw: dict[str, Any], path: Path) -> tuple[str | None, tuple[str, ...]]:
    source = None if raw.get("config") is None else _take(raw, "config", str, path)
    overrides = _take(raw, "set", list, path) if "set" in raw else []
    return source, tuple(str(override) for override in overrides)


def _environment(raw: dict[str, Any], path: Path) -> dict[str, str] | None:
    if "environment" not in raw:
        return None
    return {name: str(value) for name, value in _take(raw, "environment", dict, path).items()}


def _threads(raw: dict[str, Any], path: Path) -> int | None:
    if raw.get("threads") is None:
        return None
    threads = _take(raw, "threads", int, path)
    if not 1 <= threads <= MOST_THREADS:
        raise ManifestError(f"{path} is damaged: 'threads' is {_show(threads)}", _REMEDY)
    return threads


def _take(raw: dict[str, Any], key: str, kind: type[T], path: Path) -> T:
    value = raw.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        what = f"has no '{key}'" if key not in raw else f"'{key}' is {_show(value)}"
        raise ManifestError(f"{path} is damaged: {what}", _REMEDY)
    return value


def _show(value: Any) -> str:
    return json.dumps(value)[:40]
