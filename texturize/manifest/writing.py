"""Manifests of results, as they are written beside them."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from texturize.errors import AudioError
from texturize.files.hashes import sha256_of
from texturize.manifest.here import environment_of, texturize_version, versions
from texturize.manifest.model import CommandEntry, InputEntry, Manifest, OriginEntry

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from texturize.config import Config
    from texturize.files.audio import Clip
    from texturize.synthesis.result import Synthesis


@dataclass(frozen=True)
class CommandRun:
    """What a command other than `synth` was given beside the first clip.

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


def manifest_of(
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
    run: CommandRun | None = None,
) -> Manifest:
    """A result's manifest.

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
    run : CommandRun, optional
        What a command other than `synth` was given beside the clip.
    """
    of_command: dict[str, Any] = {}
    if run is not None:
        of_command["other_inputs"] = [_input(other, digest) for other, digest in run.others]
        of_command["run"] = CommandEntry(command=run.command, options=run.options)
    return Manifest(
        texturize=texturize_version(),
        versions=versions(),
        command=shlex.join(["texturize", *arguments]),
        input=_input(clip, input_sha256),
        **of_command,
        result_sha256=result_sha256,
        seed=result.seed,
        threads=threads,
        environment=environment_of(config),
        sample_rate=result.sample_rate,
        samples=int(result.samples.shape[-1]),
        status=result.status.name,
        warnings=[*clip.notes, *result.warnings],
        seconds={stage: round(seconds, 3) for stage, seconds in result.times.items()},
        losses={stage: [_plain(loss) for loss in losses] for stage, losses in result.losses.items()},
        figures=figures,
        origin=OriginEntry(config=origin[0], set=list(origin[1])),
        config=config.model_dump(mode="json"),
    )


def _plain(loss: float) -> float | None:
    """Six digits of a number; what is none has no place in JSON."""
    return float(f"{loss:.6g}") if math.isfinite(loss) else None


def _input(clip: Clip, digest: str | None) -> InputEntry:
    return InputEntry(
        path=str(clip.path),
        sha256=digest or sha256_of(clip),
        sample_rate=clip.sample_rate,
        channels=clip.channels,
        samples=int(clip.samples.shape[1]),
    )


def quality_figures(learnt: npt.NDArray[np.float32], sr: int, result: Synthesis) -> dict[str, Any] | None:
    """Figures of `texturize compare`, against what was learnt from (channels, n), as plain values; None where a sound
    is too short or too quiet to be compared.
    """
    from texturize.compare import compare  # noqa: PLC0415  SciPy takes its time

    try:
        return compare(learnt, result.samples, sr, result.sample_rate).to_dict()
    except AudioError:
        return None
