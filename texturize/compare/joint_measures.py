"""What is measured of a sound at a joint and at places inside: level, spectrum, and what cannot be predicted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, linalg, signal

from texturize.compare.cochleagram import Array, half_cosine_bands

SPECTRUM_SECONDS = 0.1
CLICK_SECONDS = 0.001  # to either side of the joint
SURROUNDINGS_SECONDS = 0.02
PREDICTOR = 32  # samples a sample is predicted from
WHITE = 1e-9  # share of the power: keeps the predictor of a pure tone finite
INAUDIBLE = 1e-3  # of the local level, -60 dB: a click below it is not heard
SILENCE = 1e-6  # power, -60 dB of the sound's
HIGHEST_HZ = 20_000.0

Places = NDArray[np.int_]


def level(y: Array, starts: Places, stops: Places, power: Array) -> Array:
    """Level (channels, places) in dB between samples, of sounds (channels, n) of mean powers (channels,)."""
    energy = np.cumsum(np.pad(y**2, ((0, 0), (1, 0))), axis=1)
    mean = np.maximum(energy[:, stops] - energy[:, starts], 0) / (stops - starts)
    return np.asarray(10 * np.log10(mean + SILENCE * power[:, None] + np.finfo(float).tiny))


def spectrum_difference(y: Array, places: Places, sr: float) -> Array:
    """Difference (channels, 30, places) in dB of the band levels after and before, 60 dB below the loudest at least."""
    n = round(SPECTRUM_SECONDS * sr)
    bands = half_cosine_bands(fft.rfftfreq(n, 1 / sr), highest=min(HIGHEST_HZ, sr / 2)) ** 2
    window = signal.get_window("hann", n)

    def powers(starts: Places) -> Array:
        pieces = y[:, starts[:, None] + np.arange(n)]
        return np.asarray(np.einsum("bf,cpf->cbp", bands, np.abs(fft.rfft(pieces * window)) ** 2))

    before, after = powers(places - n), powers(places)
    floor = SILENCE * np.maximum(before, after).max() + np.finfo(float).tiny
    return np.asarray(10 * np.log10((after + floor) / (before + floor)))


def in_units_of_the_usual(at_joint: Array, inside: Array) -> tuple[Array, Array]:
    """Root mean square over bands of differences, each divided by its root mean square inside, 1 dB at least."""
    usual = np.maximum(np.sqrt(np.mean(inside**2, axis=-1, keepdims=True)), 1.0)

    def rms(differences: Array) -> Array:
        return np.asarray(np.sqrt(np.mean((differences / usual) ** 2, axis=1)))

    return rms(at_joint), rms(inside)


def autocovariance(y: Array) -> Array:
    """Autocovariance of a sound (n,), lags 0 to 32."""
    Y = fft.rfft(y, fft.next_fast_len(y.size + PREDICTOR, real=True))
    return np.asarray(fft.irfft(np.abs(Y) ** 2)[: PREDICTOR + 1] / y.size)


def predictor(covariance: Array) -> Array:
    """Filter (33,) whose output is the error of predicting each sample from the 32 before it (Yule-Walker)."""
    column = covariance[:-1].copy()
    column[0] += WHITE * covariance[0] + np.finfo(float).tiny
    return np.append(1.0, -np.asarray(linalg.solve_toeplitz(column, covariance[1:])))


def prediction_error(y: Array, places: Places, sr: float, predictors: list[Array]) -> Array:
    """Largest error (channels, places) within 1 ms, in units of its level in the 20 ms before and after."""
    errors = np.stack([signal.lfilter(a, 1.0, channel) for a, channel in zip(predictors, y, strict=True)])
    near, far = max(round(CLICK_SECONDS * sr), 2), round(SURROUNDINGS_SECONDS * sr)
    offsets = np.arange(-far, far)
    click = np.abs(offsets + 0.5) < near
    around, heard = errors[:, places[:, None] + offsets], y[:, places[:, None] + offsets]
    surroundings = np.sqrt(np.mean(around[..., ~click] ** 2, axis=-1))
    audible = INAUDIBLE * np.sqrt(np.mean(heard**2, axis=-1))
    unit = surroundings + audible + INAUDIBLE * np.sqrt(np.mean(y**2, axis=1, keepdims=True))
    return np.asarray(np.abs(around[..., click]).max(-1) / (unit + np.finfo(float).tiny))
