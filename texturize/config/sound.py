"""Sections of the config for the sound that is learnt from, and for the result as it is handed over."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, model_validator

from texturize.config.model import Model, Rate, Seconds, Time


class AudioConfig(Model):
    """The sound that is worked on."""

    sample_rate: Rate | None = None
    """Processing rate in Hz; null is the input's own. `output.sample_rate` is that of the result."""
    start: Time = 0.0
    """Where the part of the clip begins that is learnt from, in seconds."""
    end: Seconds | None = None
    """Where it ends, in seconds from the clip's start; null is the clip's end."""
    brightness: Annotated[float, Field(strict=True, ge=-12.0, le=12.0)] = 0.0
    """Tilt that the part's spectrum is given before it is learnt from, in dB per octave: above 0 brighter, below 0
    darker, as loud."""

    @model_validator(mode="after")
    def _start_before_end(self) -> AudioConfig:
        if self.end is not None and self.start >= self.end:
            raise ValueError(f"start {self.start:g} is not before end {self.end:g}; choose an earlier start")
        return self


class OutputConfig(Model):
    """The result as it is handed over: length, level, format, ends."""

    duration: Seconds | None = None
    """Length in seconds; null is that of the part of the clip that is learnt from."""
    loop: StrictBool = False
    """Mark the result as a loop: peaks are kept across its seam, and WAV, AIFF, FLAC and Ogg files carry loop marks."""
    variations: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    """Number of results, each with the next seed."""
    joinable: StrictBool = False
    """Whether variations share their ends, so that any can follow any without a seam."""
    loudness: Annotated[float, Field(strict=True, ge=-60.0, le=0.0)] | None = None
    """Integrated loudness in LUFS (ITU-R BS.1770); null is the clip's."""
    true_peak: Annotated[float, Field(strict=True, ge=-30.0, le=0.0)] | None = None
    """Highest true peak in dBTP: what would exceed it is turned down as a whole. Null limits single peaks instead,
    by 3 dB at most, and none in files of floats."""
    sample_rate: Rate | None = None
    """Sample rate in Hz; null is the clip's."""
    subtype: Annotated[str, Field(strict=True, min_length=1)] | None = None
    """Sample format by libsndfile's name, such as PCM_24 or FLOAT; null is the clip's, where the container has it."""
    dither: StrictBool = True
    """Add triangular noise of one step where samples are cut to 16 bits or fewer."""
    fade_in: Time = 0.0
    """Length of the raised-cosine fade at the start in seconds."""
    fade_out: Time = 0.0
    """Length of the raised-cosine fade at the end in seconds."""
