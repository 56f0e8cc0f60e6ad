"""A batch's jobs, one after another: results are written and noted as they come."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from texturize.batch.job import BatchResult, Failure, Job
from texturize.batch.plan import MISSING
from texturize.batch.results import write_result
from texturize.batch.summary import Entry, Summary, figures_of
from texturize.errors import printable
from texturize.files.json_text import parse_json
from texturize.files.paths import exists, is_file
from texturize.manifest.model import manifest_from

Outcome = BatchResult | Failure
Attempt = Callable[[Job, bytes], Outcome]


def read_clip(job: Job) -> bytes | Failure:
    """Bytes of a job's clip."""
    try:
        if exists(job.input) and not is_file(job.input):  # a device has no end, and a pipe keeps one waiting
            return Failure(f"{printable(str(job.input))} is no file; give a sound file")
        return job.input.read_bytes()
    except FileNotFoundError:
        return Failure(f"{printable(str(job.input))}: no such file; check the name")
    except OSError as error:
        return Failure(f"{printable(str(job.input))} cannot be read: {error.strerror}; check its permissions")


def in_this_process(jobs: Iterable[Job], attempt: Attempt) -> Iterator[tuple[Job, str, Outcome]]:
    """Each job, the hash of its clip as it was read, and what came of it."""
    for job in jobs:
        data = read_clip(job)
        if isinstance(data, Failure):
            yield job, MISSING, data
        else:
            yield job, hashlib.sha256(data).hexdigest(), attempt(job, data)


def write_outcomes(outcomes: Iterable[tuple[Job, str, Outcome]], out: Path, summary: Summary) -> Iterator[Entry]:
    """Write what comes, and note it in the summary.

    Raises
    ------
    OutputError
        A result cannot be written: no other could be, and the batch ends here.
    """
    for job, hashed, outcome in outcomes:
        if isinstance(outcome, BatchResult):
            write_result(out, job.name, outcome)
        entry = entry_of(job, hashed, outcome)
        summary.add(entry)
        yield entry


def entry_of(job: Job, hashed: str, outcome: Outcome) -> Entry:
    """A job's line in the summary."""
    fingerprint = job.fingerprint(hashed)
    if isinstance(outcome, Failure):
        return Entry(job.number, str(job.input), job.name, "failed", why=outcome.why, fingerprint=fingerprint)
    figures = figures_of(manifest_from(parse_json(outcome.manifest)))
    return Entry(job.number, str(job.input), job.name, "done", why=outcome.remark, fingerprint=fingerprint, **figures)
