"""From a spectrogram to a sound: `invert`."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import jax
import numpy as np
import numpy.typing as npt

from texturize.config import NumericsConfig
from texturize.runtime.device import device_of
from texturize.signal.inversion.axes import Order
from texturize.signal.inversion.given import notes_of, prepare
from texturize.signal.inversion.mel import Mel
from texturize.signal.inversion.run import InversionProgress, InversionRun, RecoveryOptions
from texturize.signal.phase.recovery import Init, Method

Samples = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Inversion:
    """A sound, and how near its spectrogram is to the one that was given."""

    samples: Samples
    """(..., n), with the axes of the spectrogram before its last two."""
    sample_rate: float
    spectral_convergence: np.ndarray
    """(...) ``|| |STFT(samples)| - M || / || M ||`` of the magnitudes M that were given, or of those of mel bands: 0 is
    an exact inversion, and so is silence of silence."""
    iterations: int
    """That were done."""
    notes: tuple[str, ...]
    """What speaks against an exact inversion."""


def invert(
    S: npt.ArrayLike,
    *,
    sr: float = 22050,
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
    method: Method = "raar_accelerated",
    iterations: int = 100,
    momentum: float = 0.99,
    init: Init = "pghi",
    seed: int = 0,
    dtype: Literal["float32", "float64"] = "float32",
    device: Literal["auto", "cpu", "gpu"] = "auto",
    budget: float | None = None,
    progress: Callable[[InversionProgress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Inversion:
    """Make the sound whose spectrogram this is.

    Parameters
    ----------
    S : (..., bins, frames) or (..., frames, bins)
        Values of a `kind`; in mel bands for the kinds of mel. Channels and batches are inverted one by one.
    sr : float
        Sample rate in Hz.
    hop_length, n_fft, win_length, window, center, pad_mode
        Of the transform that the magnitudes are of, by librosa's names and with its defaults: ``n_fft`` follows from
        the bins, and is 2048 for mel bands; the hop is a quarter of the window, and the window is ``n_fft`` long.
    kind : str
        One of `texturize.signal.inversion.kinds.KINDS`.
    ref : float
        Magnitude at 0 dB.
    axes : {"bins-frames", "frames-bins"}, optional
        Told by the sizes if left out, and an error where they do not tell it.
    bands : int, optional
        Mel bands, to tell the axes by.
    mel : Mel, optional
        Their filters; librosa's defaults if left out.
    length : int, optional
        Samples of the result; up to the middle of the last frame if left out.
    method, iterations, momentum, init
        As of `texturize.signal.phase.recovery.recover`.
    seed : int
        Of random phases.
    dtype : {"float32", "float64"}
        To compute in, and of the result.
    device : {"auto", "cpu", "gpu"}
        Where to compute.
    budget : float, optional
        Seconds that it may take: there are as many iterations as fit, at most ``iterations`` and at least one.
    progress : callable, optional
        Is told now and then how far it has come.
    stop : callable, optional
        Whether to end early, with what there is: asked now and then.

    Returns
    -------
    Inversion

    Raises
    ------
    SpectrogramError
        If these are no values of their kind, or do not fit the transform.
    """
    began = time.monotonic()
    spectrogram = prepare(
        S,
        sr=sr,
        hop_length=hop_length,
        n_fft=n_fft,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
        kind=kind,
        ref=ref,
        axes=axes,
        bands=bands,
        mel=mel,
        length=length,
    )
    how = RecoveryOptions(method, iterations, momentum, init, seed)
    with _wide(dtype == "float64"), jax.default_device(device_of(NumericsConfig(device=device))):
        work = InversionRun(spectrogram, how, np.dtype(dtype))
        if budget is not None:
            work = work.within(began + budget)
        padded, done = work.run(progress, stop)
        misfit = work.misfit(padded)
    before = np.shape(S)[:-2]
    samples = spectrogram.geometry.signal(padded) * np.dtype(dtype).type(spectrogram.scale)
    return Inversion(samples.reshape(*before, -1), sr, misfit.reshape(before), done, notes_of(spectrogram))


def _wide(wide: bool) -> AbstractContextManager[Any]:
    """Have JAX compute in float64, where that is wanted."""
    if not wide:
        return nullcontext()
    enable = jax.enable_x64 if hasattr(jax, "enable_x64") else import_module("jax.experimental").enable_x64
    context: AbstractContextManager[Any] = enable(True)
    return context
