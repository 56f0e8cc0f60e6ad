"""`griffinlim` and `mel_to_audio` with librosa's parameters, axes and lengths, by the methods of this package.

To change over takes the import alone. What differs: the phase starts from the magnitudes themselves unless a random one
is asked for, and the method is another; so is the sound, which fits better.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from texturize.errors import SpectrogramError
from texturize.signal.inversion.invert import Samples, invert
from texturize.signal.inversion.kinds import MEL
from texturize.signal.inversion.mel import Mel
from texturize.signal.phase.recovery import Init, Method

Seed = int | np.random.RandomState | np.random.Generator | None


def griffinlim(
    S: npt.NDArray[Any],
    *,
    n_iter: int = 32,
    hop_length: int | None = None,
    win_length: int | None = None,
    n_fft: int | None = None,
    window: Any = "hann",
    center: bool = True,
    dtype: npt.DTypeLike | None = None,
    length: int | None = None,
    pad_mode: str = "constant",
    momentum: float = 0.99,
    init: str | None = "pghi",
    random_state: Seed = None,
    method: Method = "raar_accelerated",
) -> Samples:
    """Make a signal with these magnitudes: takes the place of ``librosa.griffinlim``.

    Parameters
    ----------
    S : (..., n_fft // 2 + 1, frames)
        Magnitudes.
    n_iter, hop_length, win_length, n_fft, window, center, dtype, length, pad_mode, momentum
        As librosa's.
    init : {"pghi", "random", None}
        Phase to start from: heap integration, or as librosa's.
    random_state : int, RandomState or Generator, optional
        Of random phases; another each time if left out.
    method : str
        "fast_griffin_lim" with ``init="random"`` is librosa's own.

    Returns
    -------
    (..., n)
    """
    S = np.asarray(S)
    found = invert(
        S,
        hop_length=hop_length,
        win_length=win_length,
        n_fft=_n_fft(S) if n_fft is None else n_fft,
        window=_window(window, win_length or n_fft or _n_fft(S)),
        center=center,
        pad_mode=_pad_mode(pad_mode),
        axes="bins-frames",
        length=length,
        method=method,
        iterations=n_iter,
        momentum=momentum,
        init=_init(init),
        seed=_seed(random_state),
        dtype="float64" if _wide(S, dtype) else "float32",
    )
    return found.samples if dtype is None else found.samples.astype(dtype)


def mel_to_audio(
    M: npt.NDArray[Any],
    *,
    sr: float = 22050,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: str = "constant",
    power: float = 2.0,
    n_iter: int = 32,
    length: int | None = None,
    dtype: npt.DTypeLike = np.float32,
    **mel: Any,
) -> Samples:
    """Make a signal with this mel spectrogram: takes the place of ``librosa.feature.inverse.mel_to_audio``.

    Parameters
    ----------
    M : (..., n_mels, frames)
        Sums of magnitudes to the ``power``, which is 1 or 2.
    sr, n_fft, hop_length, win_length, window, center, pad_mode, n_iter, length, dtype
        As librosa's.
    **mel
        ``fmin``, ``fmax``, ``htk`` and ``norm``, as of ``librosa.filters.mel``.

    Returns
    -------
    (..., n)
    """
    if power not in (1, 2):
        raise SpectrogramError(f"power is {power:g}", "mel bands are of magnitudes, 1, or of powers, 2")
    M = np.asarray(M)
    found = invert(
        M,
        sr=sr,
        hop_length=hop_length,
        win_length=win_length,
        n_fft=n_fft,
        window=_window(window, win_length or n_fft),
        center=center,
        pad_mode=_pad_mode(pad_mode),
        kind=MEL if power == 2 else f"{MEL}-magnitude",
        axes="bins-frames",
        mel=Mel(**mel),
        length=length,
        iterations=n_iter,
        dtype="float64" if _wide(M, dtype) else "float32",
    )
    return found.samples.astype(dtype)


def _n_fft(S: npt.NDArray[Any]) -> int:
    return 2 * (S.shape[-2] - 1) if S.ndim > 1 else 0


def _window(window: Any, length: int) -> str | tuple[Any, ...]:
    """A window as `Stft` takes it, from what librosa takes: a name, a name with parameters, a function, values."""
    if callable(window):
        window = window(length)
    if isinstance(window, str | tuple):
        return window
    values = np.asarray(window, np.float64)
    if values.shape != (length,):
        raise SpectrogramError(f"the window has the shape {values.shape}", f"give {length} values")
    return tuple(values.tolist())


def _pad_mode(pad_mode: Any) -> str:
    return pad_mode if isinstance(pad_mode, str) else "other"


def _init(init: str | None) -> Init:
    inits: dict[str | None, Init] = {"pghi": "pghi", "random": "random", None: "zero"}
    if init not in inits:
        raise SpectrogramError(f"init is {init!r}", "use 'pghi', 'random' or None")
    return inits[init]


def _seed(state: Seed) -> int:
    """Seed from what librosa takes."""
    if isinstance(state, np.random.RandomState):
        return int(state.randint(2**31))
    return state if isinstance(state, int) else int(np.random.default_rng(state).integers(2**31))


def _wide(S: npt.NDArray[Any], dtype: npt.DTypeLike | None) -> bool:
    """Whether librosa would compute in float64."""
    return np.dtype(dtype if dtype is not None else S.dtype) == np.float64
