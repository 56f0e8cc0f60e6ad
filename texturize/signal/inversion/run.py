"""The inversion of a spectrogram piece by piece: each piece knows the sound that comes before it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from texturize.runtime.programs import Program
from texturize.signal.inversion.geometry import FramePiece, pieces_of
from texturize.signal.inversion.given import Spectrogram
from texturize.signal.inversion.mel import first_powers
from texturize.signal.phase.blockwise import Known
from texturize.signal.phase.projections import BandSums
from texturize.signal.phase.recovery import Init, Method, recover
from texturize.signal.spectrogram import Stft, stft

PROBED = 8
"""Iterations by which the time of one is measured."""


class InversionProgress(NamedTuple):
    """How far an inversion has come."""

    step: int
    total: int
    """Iterations of a piece."""
    part: int
    parts: int
    """Pieces."""


class RecoveryOptions(NamedTuple):
    """How phases are found."""

    method: Method = "raar_accelerated"
    iterations: int = 100
    momentum: float = 0.99
    init: Init = "pghi"
    seed: int = 0


@dataclass(frozen=True)
class InversionRun:
    """The inversion of a spectrogram, in units of its loudest magnitude."""

    spectrogram: Spectrogram
    how: RecoveryOptions
    dtype: np.dtype[Any]

    @property
    def pieces(self) -> list[FramePiece]:
        """Frames that are worked on one after another."""
        return list(pieces_of(self.spectrogram.geometry, self.spectrogram.channels))

    def run(
        self, progress: Callable[[InversionProgress], None] | None = None, stop: Callable[[], bool] | None = None
    ) -> tuple[np.ndarray, int]:
        """The padded signal (channels, padded), and iterations of the piece that had the fewest."""
        geometry, pieces = self.spectrogram.geometry, self.pieces
        y = np.zeros((self.spectrogram.channels, geometry.padded), self.dtype)
        fewest = self.how.iterations
        for number, piece in enumerate(pieces, 1):
            done = self.how.iterations

            def watch(step: int, number: int = number) -> bool:
                nonlocal done
                if progress is not None:
                    progress(InversionProgress(step, self.how.iterations, number, len(pieces)))
                if stop is None or not stop():
                    return False
                done = step
                return True

            self.make(y, piece, self.how.iterations, watch if progress is not None or stop is not None else None)
            fewest = min(fewest, done)
        return y, fewest

    def make(
        self, y: np.ndarray, piece: FramePiece, iterations: int, watch: Callable[[int], bool] | None = None
    ) -> None:
        """Write the samples of a piece into the padded signal ``y``, which has those before it."""
        geometry, settings = self.spectrogram.geometry, self.spectrogram.geometry.settings
        start = piece.first * settings.hop_length
        count = settings.n_fft + (piece.last - piece.first - 1) * settings.hop_length
        given = geometry.outside()[start : start + count]
        given[: piece.made * settings.hop_length - start] = True
        sums = self.spectrogram.powers(piece, self.dtype)
        bands = self.spectrogram.bands(sums)
        powers = sums if bands is None else first_powers(bands)
        found = recover(
            powers if self.spectrogram.kind.power == 1 else jnp.sqrt(powers),
            count,
            settings,
            method=self.how.method,
            iterations=iterations,
            momentum=self.how.momentum,
            init=self.how.init,
            key=jax.random.key(self.how.seed + piece.first),
            seed=self.how.seed,
            known=Known(jnp.asarray(y[:, start : start + count]), jnp.asarray(given)) if given.any() else None,
            bands=bands,
            watch=watch,
        )
        own = slice(piece.made * settings.hop_length - start, None)
        if piece.until < geometry.frames:
            own = slice(own.start, piece.until * settings.hop_length - start)
        y[:, start : start + count][:, own] = np.asarray(found.samples)[:, own]

    def within(self, end: float) -> InversionRun:
        """The same with so few iterations that it ends by a time."""
        pieces, y = self.pieces, np.zeros((self.spectrogram.channels, self.spectrogram.geometry.padded), self.dtype)

        def seconds(iterations: int) -> float:
            start = time.monotonic()
            self.make(y, pieces[0], iterations)
            return time.monotonic() - start

        seconds(2)  # compiles
        fixed = seconds(2)
        each = max(seconds(2 + PROBED) - fixed, 1e-4) / PROBED
        left = (end - time.monotonic()) / len(pieces) - fixed
        count = max(1, min(self.how.iterations, 2 + int(left / each)))
        return InversionRun(self.spectrogram, self.how._replace(iterations=count), self.dtype)

    def misfit(self, y: np.ndarray) -> np.ndarray:
        """Spectral convergence of the padded signal, (channels,)."""
        settings = self.spectrogram.geometry.settings
        off, all_ = np.zeros((2, len(y)))
        for piece in self.pieces:
            start = piece.first * settings.hop_length
            count = settings.n_fft + (piece.last - piece.first - 1) * settings.hop_length
            frames = np.arange(piece.first, piece.last)
            own = jnp.asarray((frames >= piece.made) & (frames < piece.until))
            sums = self.spectrogram.powers(piece, self.dtype)
            bands, power = self.spectrogram.bands(sums), self.spectrogram.kind.power
            more = _misfit(jnp.asarray(y[:, start : start + count]), sums, bands, own, power, settings)
            off, all_ = off + np.asarray(more[0]), all_ + np.asarray(more[1])
        return np.asarray(np.sqrt(off / np.maximum(all_, np.finfo(self.dtype).tiny)))


@partial(Program, static=("power", "settings"))
def _misfit(
    y: jax.Array, sums: jax.Array, bands: BandSums | None, own: jax.Array, power: int, settings: Stft
) -> tuple[jax.Array, jax.Array]:
    """Squares of what magnitudes, or bands, are off, and of these themselves: sums over the frames ``own``."""
    have = jnp.abs(stft(y, settings)) ** power
    if bands is not None:
        have = jnp.matmul(have, bands.filters.T, precision=jax.lax.Precision.HIGHEST)
    want = sums ** (1 / power)
    off = have ** (1 / power) - want

    def total(x: jax.Array) -> jax.Array:
        return jnp.where(own[:, None], x**2, 0.0).sum(axis=(-2, -1))

    return total(off), total(want)
