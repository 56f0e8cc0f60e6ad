"""The plan of a batch: every result that is asked for, which of them are there, and the order of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile

from texturize.batch.job import Job
from texturize.batch.lists import Row
from texturize.batch.names import check_distinct, check_names, result_name, told_by_ending, usual_name
from texturize.batch.results import recorded
from texturize.batch.summary import Entry, figures_of
from texturize.config import Config
from texturize.config.presets import load_config
from texturize.errors import ConfigError, OutputError
from texturize.files.hashes import sha256
from texturize.files.paths import is_file
from texturize.manifest.file import manifest_path
from texturize.manifest.model import FillManifest, Manifest
from texturize.synthesis.fill.stretches import PRESET

MISSING = "missing"
SEEDS = 2**32
COUNTS = ("seed", "output.variations")
"""Settings that say which results there are, and not what they are made with."""


@dataclass(frozen=True)
class BatchPlan:
    """Jobs that are left, in the order they are best done in, and entries of those that are not."""

    jobs: list[Job]
    entries: list[Entry]


def plan_jobs(
    rows: Sequence[Row],
    *,
    source: str | None = None,
    overrides: Sequence[str] = (),
    flags: Mapping[str, Any] | None = None,
    ending: str = ".wav",
) -> list[Job]:
    """Every result of a batch.

    Parameters
    ----------
    rows : sequence of Row
        What is asked for, clip by clip.
    source, overrides, flags
        What all rows have in common where they do not say otherwise; see `load_config`. Variations of a row are
        results for themselves, whose seeds follow one another.
    ending : str
        Of the names of results that are named after their clips.

    Raises
    ------
    ConfigError
        A row's settings are not valid.
    OutputError
        Two rows would write the same file, or one would write over a clip or outside of the output folder.
    """
    configs = _Configs(source, tuple(overrides), dict(flags or {}))
    jobs: list[Job] = []
    whole = told_by_ending(rows)
    for row in rows:
        config, origin = configs.of(row)
        variations = config.output.variations
        if config.output.joinable:
            raise ConfigError(
                f"{row.where}: a batch makes each result by itself, so none can be joinable", "use `texturize synth`"
            )
        if config.seed + variations > SEEDS:
            raise ConfigError(f"{row.where}: seed {config.seed} leaves no room for {variations} variations", "lower it")
        for index in range(variations):
            name = result_name(row, ending, index + 1 if variations > 1 else None, whole=usual_name(row) in whole)
            own = config.of_seed(config.seed + index)
            jobs.append(Job(len(jobs) + 1, row.where, row.input, name, own, origin, row.mending))
    check_names(jobs)
    return jobs


class _Configs:
    """Configs of rows; those with the same settings are read once."""

    def __init__(self, source: str | None, overrides: tuple[str, ...], flags: dict[str, Any]) -> None:
        self.source, self.overrides, self.flags = source, overrides, flags
        self.known: dict[str, Config] = {}

    def of(self, row: Row) -> tuple[Config, tuple[str | None, tuple[str, ...]]]:
        source = row.source or self.source or (PRESET if row.mending else None)
        key = repr((source, sorted(row.settings.items())))
        if key not in self.known:
            try:
                self.known[key] = load_config(source, self.overrides, self.flags, row.settings, row.where)
            except ConfigError as error:
                within = error.what.startswith((row.where, "--")) or row.source is None
                raise error if within else ConfigError(f"{row.where}: {error.what}", error.remedy) from None
        own = tuple(f"{name}={value}" for name, value in row.settings.items() if name not in COUNTS)
        return self.known[key], (source, self.overrides + own)


def sort_out(
    jobs: Sequence[Job], out: Path, failures: Mapping[str, str], *, retry: bool = False, force: bool = False
) -> BatchPlan:
    """Part what is left from what is done, or has failed before and would fail again.

    A result is done when its file has the hash that its manifest says, and the manifest's config and hash of the clip
    are those of the job.

    Parameters
    ----------
    jobs : sequence of Job
        All results.
    out : Path
        The output folder.
    failures : mapping
        Why rows failed before, by fingerprint.
    retry : bool
        Try these again.
    force : bool
        Replace files that no batch has written.

    Returns
    -------
    BatchPlan
        Jobs of the same shape and config follow one another, so that compiled code is used again.

    Raises
    ------
    OutputError
        A result would replace a clip, or, without ``force``, a file that has no manifest; or the output folder's file
        system takes the names of two results for one.
    """
    check_distinct(jobs, out)
    clips = {job.input.resolve() for job in jobs}
    left: list[tuple[Job, tuple[Any, ...]]] = []
    entries = []
    for job in jobs:
        target = out / job.name
        if target.resolve() in clips:
            raise OutputError(f"{job.where} would write over the clip {target}", "choose another folder with -o")
        hashed = sha256(job.input) if is_file(job.input) else MISSING
        manifest = recorded(target)
        if manifest is not None and _agrees(manifest, job, hashed) and manifest.result_sha256 == sha256(target):
            entries.append(_entry(job, "skipped", hashed, **figures_of(manifest)))
        elif not retry and (why := failures.get(job.fingerprint(hashed))) is not None:
            entries.append(_entry(job, "failed", hashed, why=why))
        elif target.exists() and not manifest_path(target).exists() and not force:
            raise OutputError(
                f"{target} exists, and no batch has written it", "replace it with --force, or choose another folder"
            )
        else:
            left.append((job, _shape(job)))
    order: dict[tuple[Any, ...], int] = {}
    for _, shape in left:
        order.setdefault(shape, len(order))
    return BatchPlan([job for job, _ in sorted(left, key=lambda pair: order[pair[1]])], entries)


def _entry(job: Job, status: Any, hashed: str, **values: Any) -> Entry:
    return Entry(job.number, str(job.input), job.name, status, fingerprint=job.fingerprint(hashed), **values)


def _agrees(manifest: Manifest | FillManifest, job: Job, hashed: str) -> bool:
    """Whether a manifest is that of a result of this very job."""
    try:
        config = Config.model_validate(manifest.config | {"seed": manifest.seed})
    except ValueError:  # of another version
        return False
    made = isinstance(manifest, Manifest) if job.mending is None else job.mending.is_that_of(manifest)
    return made and config == job.config and manifest.input.sha256 == hashed


def _shape(job: Job) -> tuple[Any, ...]:
    """What compiled code depends on."""
    try:
        info = soundfile.info(job.input)
        sound = (info.samplerate, info.channels, info.frames)
    except (OSError, RuntimeError, TypeError, ValueError):  # of soundfile: no sound, no header, no name
        sound = (0, 0, 0)
    return (*sound, job.config.model_copy(update={"seed": 0}))
