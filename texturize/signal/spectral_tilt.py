"""A brighter or darker clip to learn from.

The tilt is put on the clip before its statistics are measured, and so on every level that is matched: those of bins and
bands, and the shape *H* of the noise that it all starts from. The texture is that of the tilted clip, and no worse.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

from texturize.signal.loudness import loudness

Samples = npt.NDArray[np.float32]

LOWEST = 50.0  # Hz, below which the gain is that of here: a darker sound is not to become a rumble that nobody hears
PADDING = 0.25  # seconds that are mirrored beyond either end


def brighten(y: Samples, sr: int, db_per_octave: float) -> Samples:
    """Tilt the spectrum of a sound by a filter without phase, and keep its loudness.

    Parameters
    ----------
    y : (channels, n)
        Full scale at 1.
    sr : int
        Sample rate in Hz.
    db_per_octave : float
        Gain per octave above 50 Hz: positive is brighter, negative darker, 0 gives ``y`` itself.

    Returns
    -------
    (channels, n)
        As loud as ``y`` (ITU-R BS.1770), where the meter hears anything.
    """
    if not db_per_octave:
        return y
    margin = min(round(PADDING * sr), y.shape[-1] - 1)
    padded = np.pad(y.astype(np.float64), ((0, 0), (margin, margin)), mode="reflect")
    n = padded.shape[-1]
    octaves = np.log2(np.maximum(scipy.fft.rfftfreq(n, 1 / sr), LOWEST) / LOWEST)
    gain = 10 ** (db_per_octave * octaves / 20)
    tilted = scipy.fft.irfft(scipy.fft.rfft(padded) * gain, n)[:, margin : margin + y.shape[-1]]
    # First to the same power, for the meter has an absolute gate.
    tilted *= np.sqrt(np.sum(np.square(y, dtype=np.float64)) / max(np.sum(tilted**2), np.finfo(float).tiny))
    louder = loudness(y, sr) - loudness(tilted.astype(np.float32), sr)
    return np.asarray(tilted * 10 ** (louder / 20 if np.isfinite(louder) else 0.0), np.float32)
