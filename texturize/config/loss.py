"""Sections of the config for the terms of the loss."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from texturize.config.model import Model, Seconds, Weight


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


class PatchesConfig(Model):
    """Distributions of the responses of random filters to patches of the band envelopes: events; waveform stage
    only.
    """

    weight: Weight = 5.0
    """Share in the total loss; 0 leaves the term out."""
    count: Annotated[int, Field(strict=True, ge=1, le=65_536)] = 64
    """Number of filters for each length of patches; short patches have half as many or less."""


class TonesConfig(Model):
    """The same of narrow bands: partials that ring and beat, calls, whistles; waveform stage only."""

    weight: Weight = 3.0
    """Share in the total loss; 0 leaves the term out."""
    count: Annotated[int, Field(strict=True, ge=1, le=65_536)] = 6
    """Number of filters for each length of patches."""


class EventsConfig(Model):
    """Course of band levels, settled before there is a signal, to be followed; waveform stage only, and only of clips
    that keep time, as a clock does.
    """

    weight: Weight = 1.0
    """Share in the total loss; 0 leaves it out."""


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
    patches: PatchesConfig = PatchesConfig()
    tones: TonesConfig = TonesConfig()
    events: EventsConfig = EventsConfig()
    rhythm: RhythmConfig = RhythmConfig()
    channels: ChannelsConfig = ChannelsConfig()
    splices: SplicesConfig = SplicesConfig()
    course: CourseConfig = CourseConfig()
