"""Envelopes of auditory bands, taken from one transform of the whole signal, circular in time.

Each band is a half cosine on the ERB scale (McDermott & Simoncelli 2011). Its bins alone, transformed back, are its
analytic signal at a low rate; the modulus, smoothed over a fraction of a frame, is raised to 0.3 and low-passed to
``RATE``. No convolution, no frames.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import scipy.fft

from texturize.signal.erb import erb_frequency, erb_number
from texturize.signal.waveform import Waveform

RATE = 400.0
EXPONENT = 0.3
LOWEST = 50.0
AUDIBLE = 3e-4  # of a clip's root mean square: what is below that in a band has no shape
MARGIN = 0.1  # seconds
FADE, SHARE_OF_FADES = 0.1, 0.03
"""Seconds at each end of a clip that may be faded, and their share of the clip at most."""
ROOM = 1.5
"""Samples of a band's analytic signal for each of its bins. As many as bins tell all of it; its power is twice as wide,
and what folds back of that is faint."""
PER_FRAME = 4
"""Samples at most that are compressed for each of the envelope."""


def band_edges(bands: int, sr: float) -> np.ndarray:
    """Edges in Hz, (bands + 2,): band ``b`` rises from edge ``b`` to ``b + 1`` and falls to ``b + 2``."""
    return np.asarray(erb_frequency(np.linspace(erb_number(LOWEST), erb_number(sr / 2), bands + 2)))


def mirrored(n: int, sr: float) -> int:
    """Samples that are mirrored at each end of a clip of ``n``."""
    return min(round(MARGIN * sr), n // 8)


def faded(n: int, sr: float) -> int:
    """Samples at each end of a clip of ``n`` that may be faded.

    To a loss they are gaps of the texture, and it puts gaps into what it makes: holes between bands, which no ear takes
    for the fade of a recording.
    """
    return round(min(FADE * sr, SHARE_OF_FADES * n))


def envelope_frames(n: int, sr: float, rate: float) -> int:
    """Envelope samples of a signal of ``n`` samples, about ``rate`` per second: even, and fast to transform."""
    return 2 * int(scipy.fft.next_fast_len(max(8, round(rate * n / sr / 2)), real=False))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Bands:
    """Auditory bands of signals of ``n`` samples, in groups that are transformed back at one length."""

    weights: tuple[jax.Array, ...]
    """Per group (bands, length): half cosines, zero beyond the band."""
    starts: tuple[tuple[int, ...], ...] = field(metadata={"static": True})
    """Per group, the first bin of each band."""
    widths: tuple[tuple[int, ...], ...] = field(metadata={"static": True})
    """Per group, the bins of each band."""
    n: int = field(metadata={"static": True})
    frames: int = field(metadata={"static": True})
    """Envelope samples."""


def plan_bands(bands: int, n: int, sr: float, dtype: jax.typing.DTypeLike = jnp.float32, rate: float = RATE) -> Bands:
    """Bands for signals of ``n`` samples at ``sr`` Hz, and envelopes of about ``rate`` samples per second."""
    frames = envelope_frames(n, sr, rate)
    edges = band_edges(bands, sr)
    numbers = erb_number(edges)
    groups: dict[int, list[tuple[int, np.ndarray]]] = {}
    for low, centre, high in zip(range(bands), range(1, bands + 1), range(2, bands + 2), strict=True):
        start, stop = int(np.ceil(edges[low] * n / sr)), int(np.floor(edges[high] * n / sr)) + 1
        bins = np.arange(start, max(stop, start + 1))
        distance = (erb_number(bins * sr / n) - numbers[centre]) / (numbers[1] - numbers[0])
        length = frames * next(times for times in _multiples() if times * frames >= ROOM * len(bins))
        groups.setdefault(length, []).append((start, np.cos(np.pi / 2 * np.clip(distance, -1, 1))))
    weights = tuple(
        jax.device_put(np.stack([np.pad(w, (0, length - len(w))) for _, w in group]).astype(dtype))
        for length, group in groups.items()
    )
    starts = tuple(tuple(start for start, _ in group) for group in groups.values())
    widths = tuple(tuple(len(w) for _, w in group) for group in groups.values())
    return Bands(weights, starts, widths, n, frames)


def _multiples() -> Iterator[int]:
    """1, 2, 4, 8, 12, 16, 24, 32, ...: transforms back are so many times as long as the envelope."""
    yield from (1, 2, PER_FRAME)
    for doubled in itertools.count():
        yield from (2 * PER_FRAME << doubled, 3 * PER_FRAME << doubled)


def envelopes(
    waveform: Waveform, bands: Bands, floor: jax.Array, window: jax.Array | None = None
) -> tuple[jax.Array, jax.Array]:
    """Compressed envelopes of the bands, and their mean square before the compression.

    Parameters
    ----------
    waveform : Waveform
        Of (..., n) samples.
    bands : Bands
        Planned for ``n`` samples.
    floor : (..., 1)
        Amplitude below which nothing matters; keeps the gradient finite at silence.
    window : (frames,), optional
        Weight of each envelope sample in the mean square, mean 1.

    Returns
    -------
    (..., bands, frames), (..., bands)
    """
    return compressed_envelopes(band_powers(waveform, bands, floor), bands, window)


def compressed_envelopes(
    powers: Iterable[jax.Array], bands: Bands, window: jax.Array | None = None
) -> tuple[jax.Array, jax.Array]:
    """The same of the ``powers`` that `band_powers` gives."""
    spectra, means = [], []
    for power in powers:
        length = power.shape[-1]
        weighted = power if window is None else power * jnp.repeat(window, length // bands.frames)
        means.append(jnp.mean(weighted, axis=-1))
        # A band of noise touches zero time and again, which nobody hears, and whose cusps fold back.
        smooth = jnp.mean(power.reshape(*power.shape[:-1], min(length, PER_FRAME * bands.frames), -1), axis=-1)
        compressed = jnp.exp(EXPONENT / 2 * jnp.log(smooth))  # not a power: XLA's CPU code takes three times as long
        spectra.append(jnp.fft.rfft(compressed)[..., : bands.frames // 2 + 1] / smooth.shape[-1])
    E = jnp.fft.irfft(jnp.concatenate(spectra, axis=-2), bands.frames) * bands.frames
    return E, jnp.concatenate(means, axis=-1)


def band_powers(waveform: Waveform, bands: Bands, floor: jax.Array) -> Iterator[jax.Array]:
    """Squared envelopes of the bands and of the floor (..., 1), group by group: (..., bands, length)."""
    places = tuple(
        (weights.shape[-1], starts, widths)
        for weights, starts, widths in zip(bands.weights, bands.starts, bands.widths, strict=True)
    )
    for bins, weights in zip(_bins_of(waveform.spectrum, places), bands.weights, strict=True):
        length = weights.shape[-1]
        analytic = jnp.fft.ifft(bins * weights) * (2 * length / bands.n)
        yield analytic.real**2 + analytic.imag**2 + floor[..., None] ** 2


Places = tuple[tuple[int, tuple[int, ...], tuple[int, ...]], ...]
"""Per group of bands the bins that are cut, the first of each band, and how many belong to it."""


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def _bins_of(Y: jax.Array, places: Places) -> tuple[jax.Array, ...]:
    """Bins of the bands of a transform (..., bins), zero beyond its end: per group (..., bands, length).

    What is beyond a band's own bins must not count, as the derivative has it that it does not.
    """
    padded = jnp.pad(Y, [(0, 0)] * (Y.ndim - 1) + [(0, max(length for length, _, _ in places))])
    return tuple(
        jnp.stack([padded[..., start : start + length] for start in starts], axis=-2) for length, starts, _ in places
    )


def _bins_forward(Y: jax.Array, places: Places) -> tuple[tuple[jax.Array, ...], jax.Array]:
    return _bins_of(Y, places), Y


def _bins_backward(places: Places, Y: jax.Array, groups: tuple[jax.Array, ...]) -> tuple[jax.Array]:
    """Bands put back in rows of those that do not overlap: a sum of them all, one by one, takes ten times as long."""
    rows: list[list[jax.Array]] = []
    ends: list[int] = []
    for dbins, (_, starts, widths) in zip(groups, places, strict=True):
        for band, (start, width) in enumerate(zip(starts, widths, strict=True)):
            row = next((i for i, end in enumerate(ends) if end <= start), len(rows))
            if row == len(rows):
                rows.append([])
                ends.append(0)
            rows[row] += [jnp.zeros((*Y.shape[:-1], start - ends[row]), Y.dtype), dbins[..., band, :width]]
            ends[row] = start + width
    whole = [
        jnp.concatenate([*row, jnp.zeros((*Y.shape[:-1], max(0, Y.shape[-1] - end)), Y.dtype)], axis=-1)
        for row, end in zip(rows, ends, strict=True)
    ]
    return (jnp.asarray(sum(row[..., : Y.shape[-1]] for row in whole)),)


_bins_of.defvjp(_bins_forward, _bins_backward)
