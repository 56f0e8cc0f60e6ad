"""A recording of a batch that is mended: from its bytes to those of the result and its manifest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from texturize.batch.job import BatchResult, Job, as_file
from texturize.batch.mending import Mending
from texturize.errors import AudioError, naming
from texturize.files.formats import check_format, check_subtype
from texturize.files.pieces import Piece
from texturize.files.recording import EXACT, open_recording
from texturize.files.splicing import form_of, write_spliced
from texturize.manifest.filling import fill_manifest_of
from texturize.synthesis.fill.gaps import Part
from texturize.synthesis.fill.run import FillRun


def mend(
    job: Job,
    mending: Mending,
    data: bytes,
    command: tuple[str, ...],
    threads: int | None,
    stop: Callable[[], bool] | None,
) -> BatchResult:
    """Make the stretches of a recording anew, as `texturize fill` does; the other arguments are those of `attempt`."""
    with as_file(job, data) as path:
        recording = open_recording(path)
        sr = recording.sample_rate
        out = path.parent / "result" / Path(job.name).name
        out.parent.mkdir()
        form = form_of(recording, out, job.config.output.subtype)
        check_subtype(out, form.subtype)
        check_format(out, sr, recording.channels, form.subtype)
        with naming(str(job.input), AudioError):
            gaps = mending.gaps(recording.frames, sr)
            run = FillRun(recording, sr, gaps, tuple(Part(*part) for part in mending.learn), job.config)
            run.check()
            fills = list(run.fills(job.config.seed, stop=stop))
        pieces = [Piece(one.gap.start, one.gap.stop, one.samples) for one in fills]
        write_spliced(out, recording, pieces, form, seed=job.config.seed if job.config.output.dither else None)
        manifest = fill_manifest_of(
            job.input, recording, fills, job.config, command, run="fill", learn=mending.learn, out=out, threads=threads
        )
        notes = dict.fromkeys([*recording.notes, *(note for one in fills for note in one.notes)])
        if form.subtype not in EXACT:
            notes["it is encoded anew: outside the stretches it is not the same bits"] = None
        return BatchResult(out.read_bytes(), manifest.to_json(), "; ".join(notes))
