"""A result as a file: the sample format that it is to have, its dither, tags and loop marks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

from texturize.config import Config, OutputConfig
from texturize.files.audio import Clip
from texturize.files.audio_writing import MARKED, write_audio
from texturize.files.dither import DITHERED_BITS, in_steps
from texturize.files.formats import FINER, check_format, check_subtype, format_of, subtype_for
from texturize.files.tags import result_tags
from texturize.signal.loudness import loudness

LEAST_STEPS = 1.0
"""Root mean square, in steps of a format, of a sound that it is fit for: dither and rounding add half a step."""


class Result(Protocol):
    """What is written of a result."""

    @property
    def samples(self) -> npt.NDArray[np.float32]:
        """(n,) or (channels, n), at the levels that its config asks for."""

    @property
    def sample_rate(self) -> int:
        """In Hz."""

    @property
    def seed(self) -> int:
        """Of the noise it started from."""


def write_result(
    target: Path | BinaryIO,
    result: Result,
    output: OutputConfig,
    clip: str,
    origin: tuple[str | None, Sequence[str]],
    *,
    layout: int | None = None,
    format: str | None = None,  # noqa: A002
    replace: bool = True,
) -> None:
    """Write a result's sound file as its config asks for it, with tags that say how it was made.

    Parameters
    ----------
    target : Path or binary stream
    result : Result
    output : OutputConfig
        Its section, with the sample format settled.
    clip : str
        Name of the clip it was learnt from.
    origin : tuple
        Preset or config file, and keys set over it, that the config came from.
    layout, format, replace
        As of `write_audio`, which says what is raised.
    """
    write_audio(
        target,
        result.samples,
        result.sample_rate,
        output.subtype,
        format,
        dither=result.seed if output.dither else None,
        tags=result_tags(clip, result.seed, *origin),
        loop=output.loop,
        layout=layout,
        replace=replace,
    )


def settle_subtype(config: Config, path: Path, clip: Clip) -> tuple[Config, tuple[str, ...]]:
    """Settle the sample format of the result at ``path``, and refuse one that the container cannot hold.

    Parameters
    ----------
    config : Config
        With ``output.subtype`` as asked for, which may be nothing.
    path : Path
        Whose ending picks the container.
    clip : Clip
        Whose rate, channels and sample format the result has unless others are asked for.

    Returns
    -------
    tuple
        The config, and what of it may be unexpected: the clip's sample format is not kept for a sound as faint as its
        steps, and not every container carries loop marks.

    Raises
    ------
    OutputError
        If the container has no such sample format, rate or number of channels.
    """
    container, ending, output = format_of(path), path.suffix.lower(), config.output
    remarks: tuple[str, ...] = ()
    wanted = output.subtype or subtype_for(container, clip.subtype, ending)
    if output.subtype is None and wanted in DITHERED_BITS and clip.samples.any():
        louder = 0.0 if output.loudness is None else output.loudness - loudness(clip.samples, clip.sample_rate)
        usual = wanted
        while wanted in FINER and in_steps(clip.samples, wanted) * 10 ** (louder / 20) < LEAST_STEPS:
            wanted = FINER[wanted]
        if wanted != usual:
            remarks += (f"the sound is as faint as the steps of {usual}, so the result is written as {wanted}",)
    if output.loop and container not in MARKED:
        remarks += (f"{ending} files carry no loop marks: the result loops as a whole; {', '.join(MARKED)} carry them",)
    if output.loop and wanted == "OPUS":
        remarks += ("libsndfile encodes the last 20 ms of Opus files badly, so the seam is audible; use .ogg or .flac",)
    check_subtype(path, wanted)
    check_format(path, output.sample_rate or clip.sample_rate, clip.channels, wanted)
    return config.with_output(subtype=wanted), remarks
