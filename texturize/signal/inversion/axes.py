"""Which axis of a spectrogram is frequency, which is time: librosa and PyTorch have bins first, TensorFlow frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from texturize.errors import SpectrogramError

Order = Literal["bins-frames", "frames-bins"]
ORDERS: tuple[Order, ...] = get_args(Order)
USUAL_MELS = (20, 40, 60, 64, 80, 96, 100, 120, 128, 160, 229, 256)
"""Numbers of mel bands that are common enough to tell them by."""
LEAST_BINS = 17


def is_usual(rows: int, mel: bool) -> bool:
    """Whether a spectrogram often has as many rows: mel bands, or bins of a transform of a power of two."""
    return rows in USUAL_MELS if mel else rows >= LEAST_BINS and (rows - 1) & (rows - 2) == 0


def order_of(shape: Sequence[int], rows: int | None, mel: bool) -> Order:
    """Order of the last two axes of a shape.

    Parameters
    ----------
    shape : sequence of int
        At least two.
    rows : int, optional
        Bins or mel bands, where they are known; otherwise the usual numbers of them are looked for.
    mel : bool
        Whether the rows are mel bands.

    Raises
    ------
    SpectrogramError
        If both orders could be, or neither.
    """
    fits = [size == rows if rows is not None else is_usual(size, mel) for size in shape[-2:]]
    if fits[0] != fits[1]:
        return ORDERS[0] if fits[0] else ORDERS[1]
    what = "mel bands" if mel else "bins"
    sizes = f"{shape[-2]} by {shape[-1]} values"
    if rows is not None and not any(fits):
        raise SpectrogramError(f"{sizes}: neither is the {rows} {what} that were asked for", _remedy(shape, mel))
    told = "either could be" if all(fits) else "neither is a usual number of"
    raise SpectrogramError(f"{sizes}: {told} {what}", f"say which: axes {' or '.join(ORDERS)}")


def _remedy(shape: Sequence[int], mel: bool) -> str:
    if mel:
        return "leave out the number of mel bands, or correct it"
    usual = [size for size in shape[-2:] if is_usual(size, mel)] or [shape[-2]]
    return f"a transform of {2 * (usual[0] - 1)} samples (n_fft) has {usual[0]} bins"
