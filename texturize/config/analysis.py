"""Sections of the config for what is seen of a sound: spectrograms and their filter banks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, model_validator

from texturize.config.model import Model, Weight


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
    count: Annotated[int, Field(strict=True, ge=1, le=65_536)] = 128
    """Number of filters in each bank."""
    bias: Weight = 1.0
    """Deviation of the random bias of each filter, in units of its response; 0 is no bias."""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 0
    """Seed of the weights, apart from the seed of the noise the synthesis starts from."""


class ResolutionConfig(Model):
    """One spectrogram with its filter banks."""

    spectrogram: SpectrogramConfig = SpectrogramConfig()
    filters: FiltersConfig = FiltersConfig()
