"""One result of a batch: from the bytes of a clip to the bytes of its texture and their manifest, on any machine."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from texturize.batch.mending import Mending
from texturize.config import Config
from texturize.errors import OutputError, TexturizeError, naming
from texturize.runtime.explain import explain

if TYPE_CHECKING:
    from texturize.files.audio import Clip


@dataclass(frozen=True)
class Job:
    """A result to be made.

    Attributes
    ----------
    number : int
        Its place in the batch, from 1.
    where : str
        Where it was asked for, for errors.
    input : Path
        The clip.
    name : str
        Path of the result within the output folder.
    config : Config
        All that it depends on, its seed included.
    origin : tuple
        Preset or config file, and keys set over it, that the config came from.
    mending : Mending or None
        Stretches of the clip that are made anew; None if the result is a texture of its own.
    """

    number: int
    where: str
    input: Path
    name: str
    config: Config
    origin: tuple[str | None, tuple[str, ...]]
    mending: Mending | None = None

    def fingerprint(self, input_sha256: str) -> str:
        """Hash of all that the result depends on."""
        values = [self.name, input_sha256, self.config.model_dump(mode="json")]
        if self.mending is not None:
            values.append(asdict(self.mending))
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class BatchResult:
    """A result: the bytes of its file, the text of its manifest, and what may be wrong with it."""

    sound: bytes
    manifest: str
    remark: str = ""


@dataclass(frozen=True)
class Failure:
    """Why there is no result."""

    why: str


def attempt(
    job: Job,
    data: bytes,
    command: tuple[str, ...] = (),
    threads: int | None = None,
    stop: Callable[[], bool] | None = None,
) -> BatchResult | Failure:
    """Make a result from the bytes of its clip; whatever goes wrong is the row's failure.

    Parameters
    ----------
    job : Job
        What to make.
    data : bytes
        The clip's file.
    command : tuple of str
        Arguments of the command line, for the manifest.
    threads : int, optional
        CPU threads this process is held to, for the manifest.
    stop : callable, optional
        Asked between chunks of steps; once it returns True, the best so far is the result.
    """
    try:
        return _make(job, data, command, threads, stop)
    except Exception as error:  # one clip is never the end of the others
        return Failure(explain(error, "`texturize synth --debug` shows where"))


def _make(
    job: Job, data: bytes, command: tuple[str, ...], threads: int | None, stop: Callable[[], bool] | None
) -> BatchResult:
    from texturize.delivery.writing import settle_subtype, write_result  # noqa: PLC0415
    from texturize.files.formats import format_of  # noqa: PLC0415
    from texturize.manifest.writing import manifest_of, quality_figures  # noqa: PLC0415
    from texturize.runtime.cache import use_compilation_cache  # noqa: PLC0415
    from texturize.synthesis.clip import excerpt  # noqa: PLC0415
    from texturize.synthesis.recipe import Recipe  # noqa: PLC0415  JAX takes its time, and plans do without
    from texturize.synthesis.sources import SynthSources  # noqa: PLC0415

    use_compilation_cache()
    if job.mending is not None:
        from texturize.batch.fill_job import mend  # noqa: PLC0415

        return mend(job, job.mending, data, command, threads, stop)
    clip = _read(job, data)
    settled, warnings = settle_subtype(job.config, Path(job.name), clip)
    _forget_other_shapes((clip.samples.shape, clip.sample_rate))
    with naming(str(job.input)):
        result = next(Recipe(SynthSources(clip.samples, clip.sample_rate), settled).results(stop=stop))
    result = replace(result, warnings=(*warnings, *result.warnings))
    file, container = io.BytesIO(), format_of(Path(job.name))
    write_result(file, result, settled.output, job.input.name, job.origin, layout=clip.layout, format=container)
    sound = file.getvalue()
    manifest = manifest_of(
        clip,
        job.config,
        result,
        command,
        origin=job.origin,
        threads=threads,
        figures=quality_figures(excerpt(clip.samples, clip.sample_rate, settled.audio), clip.sample_rate, result),
        input_sha256=hashlib.sha256(data).hexdigest(),
        result_sha256=hashlib.sha256(sound).hexdigest(),
    )
    remarks = [*clip.notes, *([result.status.sentence] if result.status.name == "NOT_FINITE" else [])]
    return BatchResult(sound, manifest.to_json(), "; ".join(remarks))


def _read(job: Job, data: bytes) -> Clip:
    """Read a clip from the bytes of its file."""
    from texturize.files.audio import read_audio  # noqa: PLC0415

    with as_file(job, data) as path:
        return replace(read_audio(path), path=job.input)


@contextmanager
def as_file(job: Job, data: bytes) -> Iterator[Path]:
    """The bytes of a job's clip as a file, in a folder of its own; errors name the file that they came from."""
    with tempfile.TemporaryDirectory(prefix="texturize-") as folder:
        path = Path(folder) / job.input.name
        try:
            path.write_bytes(data)
            yield path
        except OSError as error:
            raise OutputError(f"{folder} cannot be written: {error.strerror}", "set TMPDIR to another") from error
        except TexturizeError as error:
            raise type(error)(error.what.replace(str(path), str(job.input)), error.remedy) from None


_shape: list[Any] = []


def _forget_other_shapes(shape: Any) -> None:
    """Let go of code compiled for another shape of clip: a batch of many lengths would fill the memory with it."""
    if _shape and _shape != [shape]:
        from texturize.runtime.programs import forget_programs  # noqa: PLC0415

        forget_programs()
    _shape[:] = [shape]
