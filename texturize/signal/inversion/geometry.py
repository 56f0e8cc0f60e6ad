"""How frames lie on the samples, and the pieces that a long spectrogram is worked on in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from texturize.errors import SpectrogramError
from texturize.signal.spectrogram import Stft, window_of

PIECE = 2**22
"""Coefficients of all channels in a piece: some 50 s at 44.1 kHz. A piece takes about 100 bytes for each."""
KNOWN_FRAMES = 2
"""Windows before a piece that are known to it already."""
MARGIN = 4
"""Windows at a piece's end that the next makes anew: it knows what follows them."""


class FrameGeometry(NamedTuple):
    """Frames, and the samples that they lie on: the signal with the padding at both ends that the frames saw."""

    settings: Stft
    """Not centred: frame ``t`` starts at sample ``t * hop_length`` of the padded signal."""
    frames: int
    lead: int
    """Samples of padding before the signal."""
    length: int
    """Samples of the signal."""
    silent_padding: bool
    """Whether the padding is known to be zeros; otherwise it is found like the signal, and cut off."""

    @property
    def padded(self) -> int:
        """Samples under the frames."""
        return self.settings.n_fft + (self.frames - 1) * self.settings.hop_length

    def outside(self) -> np.ndarray:
        """Whether samples of the padded signal are known to be zero, (padded,)."""
        at = np.arange(self.padded)
        return self.silent_padding & ((at < self.lead) | (at >= self.lead + self.length))

    def signal(self, padded: np.ndarray) -> np.ndarray:
        """The signal (channels, length); zeros behind the last frame."""
        y = padded[..., self.lead : self.lead + self.length]
        return np.pad(y, [(0, 0)] * (y.ndim - 1) + [(0, self.length - y.shape[-1])])


def geometry_of(settings: Stft, frames: int, center: bool, pad_mode: str, length: int | None) -> FrameGeometry:
    """Where frames lie.

    Parameters
    ----------
    settings : Stft
        Not centred.
    frames : int
    center : bool
        Whether frame ``t`` is centred at sample ``t * hop_length``; otherwise it starts there.
    pad_mode : str
        How the signal was padded for frames at its ends, by NumPy's names; without effect where they are not centred.
    length : int, optional
        Samples of the signal; as many as librosa gives if left out.

    Raises
    ------
    SpectrogramError
        If some samples are in no frame, or the signal would have none, or many behind the last.
    """
    n_fft, hop = settings.n_fft, settings.hop_length
    covered = np.flatnonzero(window_of(settings) > 0)
    if hop > covered[-1] - covered[0] + 1:
        raise SpectrogramError(
            f"a hop of {hop} samples leaves out some between windows of {len(covered)}", "correct the hop or the window"
        )
    lead = n_fft // 2 if center else 0
    whole = (frames - 1) * hop + (0 if center else n_fft)
    if length is None:
        length = whole
    else:
        frames = min(frames, max(1, 1 + (length - (0 if center else n_fft)) // hop))
    reached = n_fft + (frames - 1) * hop + hop
    if length > reached:
        raise SpectrogramError(
            f"a length of {length} samples, and the frames end after {reached - hop}",
            "use a shorter one, or leave it out",
        )
    if length <= 0:
        raise SpectrogramError(
            f"a signal of {frames} frame at its start has no length", "say how many samples it has (length)"
        )
    return FrameGeometry(settings, frames, lead, length, center and pad_mode == "constant")


class FramePiece(NamedTuple):
    """Frames that are worked on at once."""

    first: int
    last: int
    made: int
    """Frames before that are done: of the samples before the start of this one all are known."""
    until: int
    """Frames that are done after."""


def pieces_of(geometry: FrameGeometry, channels: int) -> Iterator[FramePiece]:
    """Pieces of the same number of frames: one, or so many that each has at most `PIECE` coefficients."""
    windows = geometry.settings.blocks_per_frame
    least = (KNOWN_FRAMES + 2 * MARGIN) * windows
    size = max(least, PIECE // (channels * geometry.settings.bins))
    made = 0
    while made < geometry.frames:
        first = max(0, min(made - KNOWN_FRAMES * windows, geometry.frames - size))
        last = min(first + size, geometry.frames)
        until = last if last == geometry.frames else last - MARGIN * windows
        yield FramePiece(first, last, made, until)
        made = until
