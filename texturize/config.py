"""The loss config: frozen, validated models. Frozen, so that a config is hashable and can be static under ``jit``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

Weight = Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(strict=True, gt=0.0, allow_inf_nan=False)]
Time = Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)]
Rate = Annotated[int, Field(strict=True, ge=8000, le=192_000)]
Steps = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class Model(BaseModel):
    """Base of every section: unknown keys are errors, values cannot be changed, strings are not numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


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
    """Mark the result as a loop: peaks are kept across its seam, and a WAV file carries the loop points."""
    variations: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    """Number of results, each with the next seed."""
    joinable: StrictBool = False
    """Whether variations share their ends, so that any can follow any without a seam."""
    loudness: Annotated[float, Field(strict=True, ge=-60.0, le=0.0)] | None = None
    """Integrated loudness in LUFS (ITU-R BS.1770); null is the clip's."""
    true_peak: Annotated[float, Field(strict=True, ge=-30.0, le=0.0)] | None = None
    """Highest true peak in dBTP: what would exceed it is turned down as a whole. Null limits single peaks instead."""
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


class SpectrogramConfig(Model):
    """Short-time Fourier transform and the compression of its magnitudes."""

    window: Literal["hann", "hamming", "blackman"] = "hann"
    """Window function (periodic)."""
    window_ms: Annotated[float, Field(strict=True, gt=0.1, le=2000.0)] = 32.0
    """Window length in milliseconds, rounded to the next length with a fast transform; used where n_fft is null."""
    n_fft: Annotated[int, Field(strict=True, ge=16, le=65_536)] | None = None
    """Window length in samples; null takes window_ms."""
    hop_length: Annotated[int, Field(strict=True, ge=1, le=65_536)] | None = None
    """Step between frames in samples; null takes n_fft times hop_ratio."""
    hop_ratio: Annotated[float, Field(strict=True, gt=0.0, le=1.0)] = 0.25
    """Step between frames as a share of the window; used where hop_length is null."""
    bands_per_erb: Annotated[float, Field(strict=True, gt=0.0, le=100.0)] | None = 6.0
    """Bins finer than this many to an equivalent rectangular bandwidth are pooled, by their mean power, before the
    filters; null keeps all bins."""
    compression: Literal["log1p", "power", "none"] = "log1p"
    """How magnitudes are compressed before the filters."""
    exponent: Annotated[float, Field(strict=True, gt=0.0, le=1.0)] = 0.5
    """Exponent of the power compression."""
    normalize: StrictBool = True
    """Divide each bin by its root mean square over the clip before the compression."""
    standardize: StrictBool = True
    """After the compression subtract each bin's mean over the clip and divide by its deviation."""

    @model_validator(mode="after")
    def _hop_fits_window(self) -> SpectrogramConfig:
        if self.n_fft is not None and self.hop_length is not None and self.hop_length > self.n_fft:
            raise ValueError(
                f"hop_length {self.hop_length} is larger than n_fft {self.n_fft}: samples would be skipped; "
                f"use at most {self.n_fft // 2}"
            )
        return self


class FiltersConfig(Model):
    """Random filter banks: one-layer networks, one a width."""

    widths: Annotated[
        tuple[Annotated[int, Field(strict=True, ge=1, le=4096)], ...], Field(min_length=1, max_length=64)
    ] = (2, 8, 32)
    """Filter widths in frames, one bank for each."""
    count: Annotated[int, Field(strict=True, ge=1, le=65_536)] = 256
    """Number of filters in each bank."""
    bias: Weight = 1.0
    """Deviation of the random bias of each filter, in units of its response; 0 is no bias."""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 0
    """Seed of the weights, apart from the seed of the noise the synthesis starts from."""


class ResolutionConfig(Model):
    """One spectrogram with its filter banks."""

    spectrogram: SpectrogramConfig = SpectrogramConfig()
    filters: FiltersConfig = FiltersConfig()


class GramConfig(Model):
    """Gram matrices of the feature maps: what sounds occur together."""

    weight: Weight = 1.0
    """Share in the total loss; 0 leaves the term out."""


class LagsConfig(Model):
    """A term over a range of lags."""

    weight: Weight = 0.0
    """Share in the total loss; 0 leaves the term out."""
    min_lag: Seconds = 0.2
    """Shortest lag in seconds."""
    max_lag: Seconds = 2.0
    """Longest lag in seconds; what exceeds the clip is cut to it."""

    @model_validator(mode="after")
    def _lags_in_order(self) -> LagsConfig:
        if self.min_lag >= self.max_lag:
            raise ValueError(f"min_lag {self.min_lag} is not below max_lag {self.max_lag}")
        return self


class AutocorrelationConfig(LagsConfig):
    """Autocorrelation of the feature maps over time: rhythm, as published."""


class DiversityConfig(Model):
    """Closeness to the original at any circular shift in time, to be kept low."""

    weight: Weight = 0.0
    """Share in the total loss; 0 leaves the term out."""
    sharpness: Annotated[float, Field(strict=True, gt=0.0, le=1e6)] = 100.0
    """Sharpness of the smooth maximum over the shifts."""


class EnvelopesConfig(Model):
    """Statistics of the envelopes of auditory bands (McDermott & Simoncelli 2011); waveform stage only."""

    weight: Weight = 1.0
    """Share in the total loss; 0 leaves the term out."""
    bands: Annotated[int, Field(strict=True, ge=4, le=128)] = 36
    """Number of bands, spaced evenly in equivalent rectangular bandwidths up to the Nyquist frequency."""


class RhythmConfig(LagsConfig):
    """Autocorrelation of the rises of the band envelopes: rhythm; waveform stage only."""

    weight: Weight = 0.5
    """Share in the total loss; 0 leaves the term out."""
    min_lag: Seconds = 0.05
    """Shortest lag in seconds."""
    max_lag: Seconds = 2.0
    """Longest lag in seconds, longer where the clip shows a longer period; at most 0.4 of the clip."""


class ChannelsConfig(Model):
    """Relations between channels: level, coherence and phase in each band, envelopes, feature maps; waveform stage
    only, but for the feature maps; and only where there is more than one channel.
    """

    weight: Weight = 0.5
    """Share in the total loss; 0 leaves the term out."""


class SplicesConfig(Model):
    """Likeness of pieces of the waveform to the clip at any shift, beyond that of a fresh excerpt; waveform stage only,
    and only for sounds of a low, narrow band, which are alike by chance.
    """

    weight: Weight = 0.1
    """Share in the total loss; 0 leaves the term out."""
    margin: Annotated[float, Field(strict=True, ge=0.0, le=1.0)] = 0.01
    """Correlation above that of a fresh excerpt that is let pass."""


class CourseConfig(Model):
    """Likeness of the large-scale course to a content's, in `texturize transfer` only."""

    weight: Weight = 0.5
    """Share of the timing of swells in the total loss; 0 leaves it out. Waveform stage only."""
    depth: Annotated[float, Field(strict=True, ge=0.0, le=1.0)] = 0.3
    """Share of the content's course in decibels that the result has, in gains where the texture has no such swells of
    its own."""


class LossConfig(Model):
    """The terms of the loss, each with a weight; a term of weight 0 is not computed."""

    gram: GramConfig = GramConfig()
    autocorrelation: AutocorrelationConfig = AutocorrelationConfig()
    diversity: DiversityConfig = DiversityConfig()
    envelopes: EnvelopesConfig = EnvelopesConfig()
    rhythm: RhythmConfig = RhythmConfig()
    channels: ChannelsConfig = ChannelsConfig()
    splices: SplicesConfig = SplicesConfig()
    course: CourseConfig = CourseConfig()


class OptimizeConfig(Model):
    """An optimizer and when it stops."""

    method: Literal["lbfgs", "adam"] = "lbfgs"
    """Optimizer: limited-memory BFGS with a line search, or Adam."""
    max_steps: Steps | None = None
    """Most steps; 0 leaves the stage out. Null: 300 where there is no waveform stage, else 0, for they bring nothing
    that the waveform stage does not."""
    memory: Annotated[int, Field(strict=True, ge=1, le=200)] = 20
    """Pairs of steps and gradient changes L-BFGS remembers."""
    learning_rate: Annotated[float, Field(strict=True, gt=0.0, le=100.0)] = 0.02
    """Step size of Adam."""
    tolerance: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = 1e-3
    """Stop when a chunk of steps lowers the loss by less than this share of it; 0 never does."""
    goal: Weight = 0.0
    """Stop when the loss has fallen to this; 0 never does."""
    chunk: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 10
    """Steps run in compiled code between two reports."""


class RefineConfig(OptimizeConfig):
    """The waveform stage."""

    max_steps: Steps = 410
    """Most steps; 0 leaves the stage out."""
    goal: Weight = 0.015
    """Stop when the loss has fallen to this; 0 never does. At 1, the statistics are about as far off as those of the
    clip's halves are from one another."""
    smoothing_ms: Annotated[float, Field(strict=True, gt=1.0, le=5000.0)] = 256.0
    """Window in milliseconds whose mean spectrum of the clip shapes the noise the stage starts from, and preconditions
    it: a longer one has steadier tones from the start, and copies a little more."""


class PhaseConfig(Model):
    """Phase recovery: from the optimized magnitudes to a waveform."""

    method: Literal[
        "griffin_lim", "fast_griffin_lim", "accelerated", "admm", "raar", "difference_map", "raar_accelerated"
    ] = "raar_accelerated"
    """Alternating projections; the default is RAAR, and accelerated Griffin-Lim for the last iterations."""
    iterations: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 100
    """Projections between the magnitudes and the signals that exist."""
    momentum: Annotated[float, Field(strict=True, ge=0.0, lt=2.0)] = 0.99
    """Momentum of fast_griffin_lim (0 is plain Griffin-Lim), of accelerated and of the last part of raar_accelerated;
    above 1 they may not converge. The other methods do not use it."""
    init: Literal["random", "zero", "pghi"] = "pghi"
    """Initial phase: random, zero, or phase-gradient heap integration."""


class NumericsConfig(Model):
    """Where and how exactly it is computed, and what it may take."""

    deterministic: StrictBool = False
    """Give the same bytes every time on the same machine with the same versions: one CPU thread, float32, and segments
    that do not depend on how much memory is free. Not with a GPU, bfloat16, a budget or more threads."""
    device: Literal["auto", "cpu", "gpu"] = "auto"
    """Device: auto takes a GPU where JAX finds one."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Operands of the products with the filters; sums are float32. auto takes bfloat16 where the device multiplies it
    faster: GPUs, and CPUs with AMX."""
    max_memory: Annotated[float, Field(strict=True, gt=0.0, allow_inf_nan=False)] | None = None
    """Most memory in GB; null is 80 % of what is free. Long results are made in shorter segments to fit."""
    budget: Seconds | None = None
    """Seconds that all of it may take; filters and steps are left out to fit. Null is as long as it takes."""


DEFAULT_RESOLUTIONS: tuple[dict[str, Any], ...] = (
    {"spectrogram": {"window_ms": 16.0}},
    {"spectrogram": {"window_ms": 64.0}},
)


STEPS_ALONE = 300
MOST_RESOLUTIONS = 8


class Config(Model):
    """Everything a synthesis depends on, apart from the clip."""

    audio: AudioConfig = AudioConfig()
    output: OutputConfig = OutputConfig()
    spectrogram: SpectrogramConfig = SpectrogramConfig()
    """What every resolution's spectrogram has where the resolution does not say otherwise."""
    filters: FiltersConfig = FiltersConfig()
    """What every resolution's filters have where the resolution does not say otherwise."""
    resolutions: Annotated[tuple[ResolutionConfig, ...], Field(max_length=MOST_RESOLUTIONS)] = ()
    """Spectrograms, each with its filter banks, as differences from `spectrogram` and `filters`; the first is the
    one whose magnitudes and phases are recovered. An empty list is one resolution without differences."""
    loss: LossConfig = LossConfig()
    optimize: OptimizeConfig = OptimizeConfig()
    phase: PhaseConfig = PhaseConfig()
    refine: RefineConfig = RefineConfig()
    numerics: NumericsConfig = NumericsConfig()
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 0
    """Seed of the noise the synthesis starts from."""

    def _repr_html_(self) -> str:
        """What differs from the defaults, and every key, as tables for notebooks."""
        from texturize.notebook import config_html  # noqa: PLC0415  only notebooks need it

        return config_html(self)

    def with_output(self, **keys: Any) -> Config:
        """The same with other keys of the section `output`, which are not validated anew."""
        return self.model_copy(update={"output": self.output.model_copy(update=keys)})

    def of_seed(self, seed: int) -> Config:
        """That of one of its variations, which its seed alone gives."""
        return self.with_output(variations=1).model_copy(update={"seed": seed})

    @property
    def spectrogram_steps(self) -> int:
        """Most steps of the spectrogram stage."""
        if self.optimize.max_steps is not None:
            return self.optimize.max_steps
        return 0 if self.refine.max_steps else STEPS_ALONE

    @model_validator(mode="before")
    @classmethod
    def _fill_resolutions(cls, raw: Any) -> Any:
        """Complete each resolution from `spectrogram` and `filters`; resolutions that end up equal count once."""
        if not isinstance(raw, dict):
            return raw
        resolutions = raw.get("resolutions", DEFAULT_RESOLUTIONS)
        if not isinstance(resolutions, list | tuple) or not all(isinstance(entry, dict) for entry in resolutions):
            return raw
        if len(resolutions) > MOST_RESOLUTIONS**2:
            return raw  # far too many to be compared with one another
        base = {name: raw.get(name, {}) for name in ("spectrogram", "filters")}
        if not all(isinstance(section, dict) for section in base.values()):
            return raw
        filled: list[dict[str, Any]] = []
        for entry in resolutions or [{}]:
            if not all(isinstance(entry.get(name, {}), dict) for name in base):
                return raw
            complete = entry | {name: section | entry.get(name, {}) for name, section in base.items()}
            if not any(_same(complete, other) for other in filled):
                filled.append(complete)
        return raw | {"resolutions": filled}


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two raw resolutions come to the same: lengths in samples win over those in milliseconds and shares."""

    def effective(entry: dict[str, Any]) -> dict[str, Any]:
        settings = dict(entry["spectrogram"])
        for exact, relative in (("n_fft", "window_ms"), ("hop_length", "hop_ratio")):
            if settings.get(exact) is not None:
                settings.pop(relative, None)
        return entry | {"spectrogram": settings}

    return effective(a) == effective(b)
