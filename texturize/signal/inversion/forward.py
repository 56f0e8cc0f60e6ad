"""The spectrogram of a sound, in the kinds of values that can be inverted: for hearing what an inversion does."""

from __future__ import annotations

import warnings
from typing import Any

import librosa
import numpy as np

from texturize.signal.inversion.kinds import kind_of
from texturize.signal.inversion.mel import Mel, mel_filters


def values_of(
    y: np.ndarray,
    sr: float,
    *,
    kind: str = "magnitude",
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    bands: int = 128,
    ref: float = 1.0,
    mel: Mel | None = None,
) -> np.ndarray:
    """Values of a kind, by librosa's transform.

    Parameters
    ----------
    y : (..., n)
        A sound.
    sr : float
        Its sample rate in Hz.
    bands : int
        Number of mel bands, for the kinds of mel.
    kind, n_fft, hop_length, win_length, window, center, pad_mode, ref, mel
        As of `texturize.signal.inversion.invert.invert`.

    Returns
    -------
    (..., bins or bands, frames)
    """
    how = kind_of(kind)
    with warnings.catch_warnings():
        # A sound shorter than a window is no fault: what a frame sees beyond its ends is known.
        warnings.filterwarnings("ignore", "n_fft=.* is too large", UserWarning)
        S = librosa.stft(
            y,
            n_fft=n_fft,
            hop_length=hop_length,
            win_length=win_length,
            window=window,
            center=center,
            pad_mode=pad_mode,
        )
    powers = np.abs(S) ** how.power
    if how.mel:
        powers = np.matmul(mel_filters(sr, n_fft, bands, mel or Mel()), powers)
    return how.encoded(powers, ref)
