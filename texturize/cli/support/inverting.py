"""What `texturize invert` does: check, invert with progress, write, and say how near it came."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from texturize.cli.support.result_paths import ResultPaths
from texturize.cli.support.sounds import in_words

if TYPE_CHECKING:
    import numpy as np

    from texturize.files.audio import Clip
    from texturize.signal.inversion.invert import Inversion

FULL_SCALE = 0.999
"""Highest sample of a result in whole numbers."""
QUIET = 1e-12


@dataclass(frozen=True)
class InversionInput:
    """What is inverted: its name, its values, and the sound that they are of, where there is one."""

    name: str
    path: Path
    values: np.ndarray
    sample_rate: int
    length: int | None
    clip: Clip | None = None


def invert_file(ctx: click.Context, asked: Mapping[str, Any]) -> None:
    """Invert what was asked for, by the names of the command's options."""
    from texturize.cli.support.interrupts import interrupts
    from texturize.errors import SpectrogramError, naming, printable

    path, like = asked["spectrogram"], asked["like"]
    if (path is None) == (like is None):
        raise click.UsageError("give either a SPECTROGRAM or --like SOUND.")
    if like is None and asked["sample_rate"] is None:
        raise click.UsageError("a spectrogram does not tell its sample rate: add --sample-rate, such as 22050.")
    out = None if asked["output"] == "-" else Path(asked["output"] or f"{(path or like).stem}.inverted.wav")
    ResultPaths(out, None, False, asked["force"]).check([path or like])
    source = _like(like, asked) if path is None else _read(path, asked)
    subtype = _subtype(out, source, asked["subtype"])
    with (
        naming(source.name, SpectrogramError),
        interrupts() as signals,
    ):
        found = signals.run(lambda: _inverted(source, asked, signals.stopped))
        stopped = signals.stopped()
    for note in found.notes:
        click.echo(printable(f"Warning: {source.name}: {note}"), err=True)
    samples = _channels(source, found)
    samples, turned = _within_full_scale(samples, subtype)
    if turned:
        told = f"the result reaches {-turned:.1f} dB above full scale and was turned down by that"
        click.echo(f"Warning: {told}; --subtype FLOAT keeps its level", err=True)
    _write(out, source, samples, subtype, asked)
    if not asked["quiet"]:
        click.echo(_summary(out, found, samples, subtype, asked), err=out is None)
    if stopped:
        click.echo("Interrupted: this is what there was by then; run it again to the end for a closer result", err=True)
        ctx.exit(130)


def _read(path: Path, asked: Mapping[str, Any]) -> InversionInput:
    from texturize.files.arrays import read_array

    rate, seconds = asked["sample_rate"], asked["length"]
    length = None if seconds is None else round(seconds * rate)
    return InversionInput(str(path), path, read_array(path, asked["array"]), rate, length)


def _like(path: Path, asked: Mapping[str, Any]) -> InversionInput:
    """Values of the kind asked for, of a sound."""
    from texturize.cli.support.sounds import read_sound
    from texturize.signal.inversion.forward import values_of

    for name in ("array", "axes", "length", "sample_rate"):
        if asked[name] is not None:
            flag = name.replace("_", "-")
            raise click.UsageError(f"--{flag} is of a spectrogram; with --like the sound tells it.")
    clip = read_sound(path, keep_offset=True)  # its own spectrogram, so that the result has its level
    n_fft = asked["n_fft"] or 2048
    values = values_of(
        clip.samples,
        clip.sample_rate,
        kind=asked["kind"],
        n_fft=n_fft,
        bands=asked["mels"] or 128,
        ref=asked["ref"],
        mel=_mel(asked),
        **_transform(asked),
    )
    return InversionInput(str(path), path, values, clip.sample_rate, clip.samples.shape[1], clip)


def _transform(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "hop_length": asked["hop"],
        "win_length": asked["win_length"],
        "window": asked["window"],
        "center": asked["center"],
        "pad_mode": asked["pad_mode"],
    }


def _mel(asked: Mapping[str, Any]) -> Any:
    from texturize.signal.inversion.mel import Mel

    return Mel(asked["fmin"], asked["fmax"], asked["htk"], None if asked["mel_norm"] == "none" else "slaney")


def _inverted(source: InversionInput, asked: Mapping[str, Any], stopped: Any) -> Inversion:
    from texturize.cli.support.progress import progress_bars
    from texturize.runtime.cache import use_compilation_cache
    from texturize.signal.inversion.invert import invert
    from texturize.signal.inversion.run import InversionProgress
    from texturize.synthesis.stages import Progress

    use_compilation_cache()
    like = source.clip is not None
    with progress_bars(asked["quiet"]) as draw:

        def show(at: InversionProgress) -> None:
            if draw is not None:
                draw(Progress("phase", at.step, at.total, None, at.part, at.parts))

        return invert(
            source.values,
            sr=source.sample_rate,
            n_fft=asked["n_fft"] or (2048 if like else None),
            kind=asked["kind"],
            ref=asked["ref"],
            axes="bins-frames" if like else asked["axes"],
            bands=None if like else asked["mels"],
            mel=_mel(asked),
            length=source.length,
            method=asked["method"],
            iterations=asked["iterations"],
            momentum=asked["momentum"],
            init=asked["init"],
            seed=asked["seed"],
            dtype="float64" if asked["double"] else "float32",
            device=asked["device"],
            budget=asked["budget"],
            progress=show,
            stop=stopped,
            **_transform(asked),
        )


def _subtype(out: Path | None, source: InversionInput, asked: str | None) -> str:
    """Sample format of the result, which the container can hold."""
    from texturize.files.formats import check_format, check_subtype, format_of, subtype_for

    path = out or Path("standard output.wav")
    like = None if source.clip is None else source.clip.subtype
    subtype = asked.upper() if asked else subtype_for(format_of(path), like, path.suffix.lower())
    check_subtype(path, subtype)
    check_format(path, source.sample_rate, _channel_count(source), subtype)
    return subtype


def _channel_count(source: InversionInput) -> int:
    from texturize.errors import SpectrogramError

    before = [size for size in source.values.shape[:-2] if size != 1]
    if len(before) > 1:
        raise SpectrogramError(
            f"{source.name}: an array of the shape {source.values.shape} holds more than one sound", "give one by one"
        )
    return before[0] if before else 1


def _channels(source: InversionInput, found: Inversion) -> np.ndarray:
    return found.samples.reshape(_channel_count(source), -1)


def _within_full_scale(samples: np.ndarray, subtype: str) -> tuple[np.ndarray, float]:
    """Samples that the format can hold, and decibels that they were turned down by, below zero."""
    import numpy as np

    peak = float(np.abs(samples).max(initial=0.0))
    if subtype in ("FLOAT", "DOUBLE") or peak <= 1.0:
        return samples, 0.0
    return samples * (FULL_SCALE / peak), -20 * math.log10(peak / FULL_SCALE)


def _write(
    out: Path | None, source: InversionInput, samples: np.ndarray, subtype: str, asked: Mapping[str, Any]
) -> None:
    from texturize.errors import OutputError
    from texturize.files.audio_writing import write_audio

    how: dict[str, Any] = {"dither": asked["seed"]}
    if source.clip is not None:
        how["layout"] = source.clip.layout
    try:
        target = sys.stdout.buffer if out is None else out
        write_audio(target, samples, source.sample_rate, subtype, replace=asked["force"], **how)
        if out is None:
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"{out or 'standard output'} cannot be written to: {error.strerror}", "free some space"
        ) from error


def _summary(out: Path | None, found: Inversion, samples: np.ndarray, subtype: str, asked: Mapping[str, Any]) -> str:
    """One line: what was written, and how near its spectrogram is to the one given."""
    import numpy as np

    from texturize.errors import printable

    channels, n = samples.shape
    what = in_words(n, int(found.sample_rate), channels, subtype)
    fewer = f" of {asked['iterations']}" if found.iterations < asked["iterations"] else ""
    off = np.ravel(found.spectral_convergence)
    each = ", ".join(f"{x:.4f} ({20 * math.log10(max(x, QUIET)):.1f} dB)" for x in off[:8])
    return f"{printable(str(out or 'standard output'))}: {what}; {found.iterations}{fewer} iterations; off by {each}"
