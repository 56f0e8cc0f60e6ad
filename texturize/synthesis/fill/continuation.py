"""Noise that goes on from what is given on either side of it.

Of all signals with a given spectrum, those that pass through the given samples: the conditional distribution of a
Gaussian process, one draw of it. Tones go on with their phase as long as the spectrum says that they stay coherent;
what is noise has nothing to go on from, and is fresh. A gap of a few milliseconds is bridged by it alone.

The draw is a signal of that spectrum, corrected by what it misses the given samples by, spread by the covariance
(conditioning by kriging: J.-P. Chilès, P. Delfiner, "Geostatistics", 2012, section 7.3).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

REACH = 0.3
"""Seconds to either side of a joint that are looked at: no spectrum here resolves what stays coherent for longer."""
TOLERANCE = 1e-4
"""Of what is missed, where each frequency counts as it does in the spectrum: -80 dB."""
MOST_ROUNDS = 300
FLOOR = 1e-7
"""Power, of the strongest frequency's, of what the given samples have that the spectrum does not say: -70 dB."""

Array = npt.NDArray[np.float64]


def continued(
    y: npt.ArrayLike, H: npt.ArrayLike, given: npt.ArrayLike, gap: tuple[int, int], sr: float
) -> npt.NDArray[np.float64]:
    """Given samples with a gap, which is filled by a signal that is changed near its ends, so that it meets them.

    Parameters
    ----------
    y : (channels, n)
        A draw of the process: noise of the spectrum H.
    H : (channels, channels, bins)
        Its factor, of `texturize.synthesis.preconditioner`, from 0 to half the sample rate.
    given : (channels, n)
        What it is to meet; inside the gap it counts for nothing.
    gap : tuple of int
        First sample of the gap, and the first after it; at an end of the signal it meets nothing there.
    sr : float
        Sample rate in Hz.

    Returns
    -------
    (channels, n)
        ``given`` outside the gap.
    """
    start, data = np.asarray(y, np.float64), np.asarray(given, np.float64)
    first, stop = gap
    n, reach = start.shape[-1], round(REACH * sr)
    known = np.ones(n, bool)
    known[first:stop] = False
    result = np.where(known, data, start)
    joints = [joint for joint in gap if 0 < joint < n]
    together = stop - first <= 2 * reach
    for near in [joints] if together and joints else [[joint] for joint in joints]:
        window = slice(max(0, near[0] - reach), min(n, near[-1] + reach))
        missed = known[window] * (data - start)[:, window]
        change = _spread(missed, known[window], np.asarray(H, np.complex128), reach)
        result[:, window] += ~known[window] * change
    return result


def _spread(missed: Array, known: npt.NDArray[np.bool_], H: npt.NDArray[np.complex128], reach: int) -> Array:
    """What a signal that is missed by so much at the known samples is missed by, as a rule, at all of them."""
    length = missed.shape[-1]
    n = 2 * int(scipy.fft.next_fast_len((length + reach + 1) // 2, real=True))  # its ends do not meet
    padding = [(0, 0), (0, n - length)]
    covariance = Covariance(H, n)
    weights = _solve(covariance, np.pad(known, padding[1]), np.pad(missed, padding))
    return covariance.times(weights)[:, :length]


class Covariance:
    """Covariance of a process that goes round in ``n`` samples, by its factor H from 0 to half the sample rate."""

    def __init__(self, H: npt.NDArray[np.complex128], n: int) -> None:
        self.n = n
        at = np.linspace(0, H.shape[-1] - 1, n // 2 + 1)
        H = np.stack([[np.interp(at, np.arange(H.shape[-1]), h) for h in row] for row in H])
        power = np.einsum("ijf,kjf->fik", H, H.conj())
        floor = FLOOR * float(np.einsum("fii->fi", power).real.max())
        self._power = power
        self._whole = power + floor * np.eye(len(H))
        self._inverse = np.linalg.inv(self._whole)

    def times(self, w: Array) -> Array:
        """Its product with signals (channels, n)."""
        return self._apply(self._power, w)

    def with_floor(self, w: Array) -> Array:
        """The same with what the spectrum does not say."""
        return self._apply(self._whole, w)

    def divided(self, w: Array) -> Array:
        """The product of the inverse of that with them."""
        return self._apply(self._inverse, w)

    def _apply(self, matrices: npt.NDArray[np.complex128], w: Array) -> Array:
        W = scipy.fft.rfft(w, axis=-1)
        product = np.einsum("fij,jf->if", matrices, W) if len(w) > 1 else matrices[:, 0, 0] * W
        return np.asarray(scipy.fft.irfft(product, self.n, axis=-1))


def _solve(covariance: Covariance, known: npt.NDArray[np.bool_], missed: Array) -> Array:
    """Weights of the known samples, by conjugate gradients; the inverse for all samples is nearly that for some."""
    weights, left = np.zeros_like(missed), missed.copy()
    direction = known * covariance.divided(left)
    size = first = float(np.vdot(left, direction))
    for _ in range(MOST_ROUNDS):
        if size <= TOLERANCE**2 * first:
            break
        product = known * covariance.with_floor(direction)
        length = size / float(np.vdot(direction, product))
        weights += length * direction
        left -= length * product
        step = known * covariance.divided(left)
        before, size = size, float(np.vdot(left, step))
        direction = step + size / before * direction
    return weights
