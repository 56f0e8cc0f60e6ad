"""The weighted sum of the terms: L = L_gram + alpha L_ac + beta L_div, and those of envelopes, rhythm, channels and
splices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.config import Config, CourseConfig, LossConfig
from texturize.losses.channels import ChannelTargets, channel_targets, cross_spectrum_term
from texturize.losses.copy_penalty import CopyTargets, Rates, low_rate, splice_targets, splices
from texturize.losses.envelope_terms import (
    EnvelopeTargets,
    TimeScales,
    envelope_targets,
    envelope_terms,
    time_scales,
)
from texturize.losses.event_course import EventCourse
from texturize.losses.feature_targets import resolution_targets
from texturize.losses.features import (
    Resolution,
    ResolutionTargets,
    expand,
    resolution_of,
    resolution_terms,
)
from texturize.losses.level_contour import ContourTargets, course_term
from texturize.losses.narrow_patches import NarrowTargets, narrow_targets, tones_term
from texturize.runtime.device import Precision
from texturize.signal.periodicity import longer_period
from texturize.signal.spectrogram import Stft, magnitude, stft
from texturize.signal.waveform import Waveform


class Targets(NamedTuple):
    """All arrays the losses need; computed once from the clip, traced everywhere."""

    resolutions: tuple[ResolutionTargets, ...]
    envelopes: EnvelopeTargets | None
    tones: NarrowTargets | None
    channels: ChannelTargets | None
    splices: CopyTargets | None
    course: ContourTargets | None = None  # of what is made after a content
    events: EventCourse | None = None


class Static(NamedTuple):
    """What the losses depend on that is no array; hashable."""

    resolutions: tuple[Resolution, ...]
    loss: LossConfig
    scales: TimeScales
    rates: Rates | None  # of the comparison with splices of the clip, where there is one
    precision: Precision  # of the products with the filters


def static_of(
    config: Config,
    settings: tuple[Stft, ...],
    clip: npt.NDArray[np.float32],
    sr: float,
    n: int,
    precision: Precision = "float32",
) -> Static:
    """Static part of the losses, for a clip (channels, samples) and results of ``n`` samples at ``sr`` Hz.

    ``settings`` are those of the spectrogram of each resolution.
    """
    # The gains of a course come afterwards: the loss is not to be compiled anew for each depth.
    loss = config.loss.model_copy(update={"course": CourseConfig(weight=config.loss.course.weight)})
    shorter = min(clip.shape[-1], n)
    period = longer_period(clip, sr, loss.rhythm.max_lag) if loss.rhythm.weight else None
    resolutions = zip(config.resolutions, settings, strict=True)
    return Static(
        tuple(resolution_of(r, s, loss, sr, shorter) for r, s in resolutions),
        loss,
        time_scales(loss, shorter / sr, period),
        low_rate(clip, sr, n) if loss.splices.weight else None,
        precision,
    )


def needs_envelopes(loss: LossConfig) -> bool:
    """Whether there is a term of the band envelopes."""
    return any(term.weight for term in (loss.envelopes, loss.patches, loss.events, loss.rhythm))


def build_targets(y: jax.Array, sr: float, n: int, static: Static) -> Targets:
    """Targets from the clip (channels, samples) for results of ``n`` samples. Not to be traced."""
    loss = static.loss
    tones = narrow_targets(y, sr, n, loss.tones.count, static.scales.seconds) if loss.tones.weight else None
    return Targets(
        tuple(
            resolution_targets(y, sr, r, loss, n // r.settings.hop_length, static.precision) for r in static.resolutions
        ),
        envelope_targets(y, sr, n, loss, static.scales, tones is None) if needs_envelopes(loss) else None,
        tones,
        channel_targets(y, sr, n) if loss.channels.weight and len(y) > 1 else None,
        splice_targets(y, static.rates) if static.rates is not None else None,
    )


def total(terms: dict[str, jax.Array], loss: LossConfig) -> jax.Array:
    """Weighted sum of the terms."""
    return sum((getattr(loss, name).weight * value for name, value in terms.items()), jnp.zeros(()))


@dataclass(frozen=True)
class SpectrogramLoss:
    """Loss of a compressed spectrogram (channels, frames, bins) of the first resolution."""

    static: Static

    def __call__(self, params: jax.Array, targets: Targets) -> jax.Array:
        """Weighted sum of the terms."""
        resolution, wanted = self.static.resolutions[0], targets.resolutions[0]
        S = expand(params, resolution.config.spectrogram, wanted.bin_level)
        return total(resolution_terms(S, resolution, wanted, self.static.loss), self.static.loss)


@dataclass(frozen=True)
class WaveformLoss:
    """Loss of a waveform of (channels, n) samples."""

    static: Static

    def __call__(self, waveform: Waveform, targets: Targets) -> jax.Array:
        """Weighted sum of the terms."""
        return total(self.terms(waveform, targets), self.static.loss)

    def terms(self, waveform: Waveform, targets: Targets) -> dict[str, jax.Array]:
        """Terms of a waveform of (channels, n) samples; those of spectrograms are means over the resolutions."""
        loss, terms = self.static.loss, dict[str, jax.Array]()

        def add(found: dict[str, jax.Array]) -> None:
            for name, value in found.items():
                terms[name] = terms.get(name, jnp.zeros(())) + value

        for resolution, wanted in zip(self.static.resolutions, targets.resolutions, strict=True):
            found = resolution_terms(magnitude(stft(waveform.samples, resolution.settings)), resolution, wanted, loss)
            add({name: value / len(self.static.resolutions) for name, value in found.items()})
        if targets.envelopes is not None:
            add(envelope_terms(waveform, targets.envelopes, loss, self.static.scales, targets.events))
        if targets.tones is not None:
            add({"tones": tones_term(waveform, targets.tones)})
        if targets.channels is not None:
            add({"channels": cross_spectrum_term(waveform, targets.channels)})
        if targets.splices is not None and self.static.rates is not None:
            add({"splices": splices(waveform, targets.splices, self.static.rates, loss.splices.margin)})
        if targets.course is not None and loss.course.weight:
            add({"course": course_term(waveform.samples, targets.course)})
        return terms
