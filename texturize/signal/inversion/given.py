"""A spectrogram as it was given: checked, its axes in order, and what its values mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from texturize.errors import SpectrogramError
from texturize.signal.inversion.axes import Order, order_of
from texturize.signal.inversion.geometry import FrameGeometry, FramePiece, geometry_of
from texturize.signal.inversion.kinds import Kind, check_values, kind_of
from texturize.signal.inversion.mel import Mel, mel_filters
from texturize.signal.phase.projections import BandSums
from texturize.signal.spectrogram import Stft, window_of

USUAL_N_FFT = 2048
"""Of mel bands, whose number does not tell it; librosa's."""


@dataclass(frozen=True)
class Spectrogram:
    """What is to be inverted, channels by frames by rows, and what its values mean."""

    values: np.ndarray
    kind: Kind
    ref: float
    geometry: FrameGeometry
    filters: np.ndarray | None
    """(bands, bins) of mel bands."""
    scale: float
    """Largest magnitude; that of the largest band."""

    @property
    def channels(self) -> int:
        """Spectrograms that are inverted side by side."""
        return len(self.values)

    def powers(self, piece: FramePiece, dtype: np.dtype[Any]) -> jax.Array:
        """Magnitudes of a piece, or their sums over bands, to the kind's power; the loudest is 1."""
        values = np.asarray(self.values[:, piece.first : piece.last], np.float64)
        return jnp.asarray(self.kind.decoded(values, self.ref) / self.scale**self.kind.power, dtype)

    def bands(self, sums: jax.Array) -> BandSums | None:
        """The same as bands, where they are."""
        if self.filters is None:
            return None
        return BandSums(sums, jnp.asarray(self.filters, sums.dtype), jnp.asarray(self.kind.power, sums.dtype))


def prepare(
    S: npt.ArrayLike,
    *,
    sr: float,
    hop_length: int | None = None,
    n_fft: int | None = None,
    win_length: int | None = None,
    window: str | tuple[Any, ...] = "hann",
    center: bool = True,
    pad_mode: str = "constant",
    kind: str = "magnitude",
    ref: float = 1.0,
    axes: Order | None = None,
    bands: int | None = None,
    mel: Mel | None = None,
    length: int | None = None,
) -> Spectrogram:
    """Check a spectrogram and find out how it lies: parameters and errors as of `invert`, which uses it."""
    values, how = np.asarray(S), kind_of(kind)
    if values.ndim < 2 or 0 in values.shape:
        raise SpectrogramError(f"an array of the shape {values.shape} is no spectrogram", "give frequency and time")
    if np.iscomplexobj(values):
        raise SpectrogramError("the values are complex, so they have their phase", "give their magnitudes, np.abs(S)")
    if values.dtype == bool or not np.issubdtype(values.dtype, np.number):
        raise SpectrogramError(f"values of the type {values.dtype} are no numbers", "give numbers")
    check_values(values, how)
    rows = bands if how.mel else None if n_fft is None else n_fft // 2 + 1
    if (axes or order_of(values.shape, rows, how.mel)) == "bins-frames":
        values = np.swapaxes(values, -1, -2)
    found = values.shape[-1]
    if n_fft is None:
        n_fft = USUAL_N_FFT if how.mel else 2 * (found - 1)
    _check_rows(found, rows, n_fft, how)
    settings = _settings(n_fft, hop_length, win_length, window)
    geometry = geometry_of(settings, values.shape[-2], center, pad_mode, length)
    filters = mel_filters(sr, n_fft, found, mel or Mel()) if how.mel else None
    values = values.reshape(-1, *values.shape[-2:])[:, : geometry.frames]
    scale = float(how.decoded(np.asarray(values.max(), np.float64), ref)) ** (1 / how.power)
    if not np.isfinite(scale):
        raise SpectrogramError(f"values of up to {values.max():.4g} are too large for {kind}", "scale them down")
    return Spectrogram(values, how, ref, geometry, filters, scale or 1.0)


def _check_rows(found: int, asked: int | None, n_fft: int, kind: Kind) -> None:
    if n_fft < 2:
        raise SpectrogramError(f"{found} bins are no spectrum", "give at least two")
    expected = asked if kind.mel else n_fft // 2 + 1
    if expected is not None and found != expected:
        what = "mel bands" if kind.mel else f"bins, and n_fft={n_fft} has"
        raise SpectrogramError(
            f"the spectrogram has {found} {what}{' instead of' if kind.mel else ''} {expected}",
            "correct the number of bands" if kind.mel else f"use n_fft={2 * (found - 1)}, or correct the axes",
        )


def _settings(n_fft: int, hop_length: int | None, win_length: int | None, window: str | tuple[Any, ...]) -> Stft:
    win_length = win_length or n_fft
    hop_length = hop_length or max(1, win_length // 4)
    if not 2 <= win_length <= n_fft:
        raise SpectrogramError(
            f"a window of {win_length} samples does not fit a transform of {n_fft}", "correct win_length or n_fft"
        )
    settings = Stft(n_fft, hop_length, window, win_length=win_length, centered=False)
    try:
        window_of(settings)
    except ValueError as error:
        raise SpectrogramError(
            f"there is no window {window!r}: {error}", "use one of scipy.signal.get_window"
        ) from None
    return settings


def notes_of(spectrogram: Spectrogram) -> tuple[str, ...]:
    """What speaks against an exact inversion of it."""
    settings, notes = spectrogram.geometry.settings, []
    width = settings.win_length or settings.n_fft
    if 2 * settings.hop_length > width:
        notes.append(
            f"the hop, {settings.hop_length} samples, is longer than half the window, {width}: the magnitudes do not "
            "tell the sound, so the inversion cannot be exact"
        )
    filters = spectrogram.filters
    if filters is not None and (empty := int((~filters.any(axis=1)).sum())):
        notes.append(f"{empty} of {len(filters)} mel bands lie between two bins and stay silent; a longer n_fft helps")
    return tuple(notes)
