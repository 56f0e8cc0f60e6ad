"""Manifests of recordings whose stretches were made anew."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from texturize.files.hashes import sha256
from texturize.manifest.here import environment_of, texturize_version, versions
from texturize.manifest.model import CommandEntry, FillManifest, InputEntry, StretchEntry

if TYPE_CHECKING:
    from texturize.config import Config
    from texturize.files.recording import Recording
    from texturize.synthesis.fill.run import Filled


def fill_manifest_of(
    path: Path,
    recording: Recording,
    fills: Sequence[Filled],
    config: Config,
    arguments: Sequence[str],
    *,
    run: str,
    learn: Sequence[tuple[float, float]],
    out: Path,
    threads: int | None = None,
) -> FillManifest:
    """A result's manifest.

    Parameters
    ----------
    path, recording
        The recording, and where it was read from.
    fills : sequence of Filled
        What was made.
    config, arguments, threads
        As of `texturize.manifest.writing.manifest_of`.
    run : str
        The command's name.
    learn : sequence of (float, float)
        What was named to be learnt from, in seconds.
    out : Path
        The result.
    """
    sr = recording.sample_rate
    return FillManifest(
        texturize=texturize_version(),
        versions=versions(),
        command=shlex.join(["texturize", *arguments]),
        input=InputEntry(
            path=str(path),
            sha256=recording.sha256(),
            sample_rate=sr,
            channels=recording.channels,
            samples=recording.frames,
        ),
        run=CommandEntry(command=run, options={}),
        result_sha256=sha256(out),
        seed=config.seed,
        threads=threads,
        environment=environment_of(config),
        learn=[list(part) for part in learn],
        stretches=[_stretch(one, sr) for one in fills],
        config=config.model_dump(mode="json"),
    )


def _stretch(one: Filled, sr: int) -> StretchEntry:
    return StretchEntry(
        start=one.gap.start / sr,
        end=one.gap.stop / sr,
        new_seconds=one.gap.n / sr,
        closed=one.gap.closed,
        learnt_from=[list(part) for part in one.parts],
        sides_differ_by_db=round(one.difference, 1),
        status=None if one.status is None else one.status.name,
        loss=list(one.losses),
        warnings=list(one.notes),
        seconds={stage: round(seconds, 3) for stage, seconds in one.times.items()},
    )
