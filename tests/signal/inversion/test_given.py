"""What is given: kinds against librosa's conversions, axes, and values that cannot be."""

import librosa
import numpy as np
import pytest

from texturize.cli.support.inversion_options import KIND_NAMES, METHODS
from texturize.errors import SpectrogramError
from texturize.signal.inversion.axes import order_of
from texturize.signal.inversion.forward import values_of
from texturize.signal.inversion.given import prepare
from texturize.signal.inversion.kinds import KINDS, kind_of
from texturize.signal.phase.recovery import Method

A = np.abs(np.random.default_rng(0).standard_normal((129, 50))) + 1e-3
OF = {
    "magnitude": A,
    "power": A**2,
    "db": librosa.amplitude_to_db(A, ref=0.5, top_db=None),
    "log": np.log(A),
    "log10": np.log10(A),
    "log-power": np.log(A**2),
    "mel": A**2,
    "mel-magnitude": A,
    "mel-db": librosa.power_to_db(A**2, ref=0.5**2, top_db=None),
    "mel-log": np.log(A),
    "mel-log10": np.log10(A),
    "mel-log-power": np.log(A**2),
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds_are_undone(name):
    kind = kind_of(name)
    np.testing.assert_allclose(kind.decoded(OF[name], 0.5) ** (1 / kind.power), A, rtol=1e-9)
    np.testing.assert_allclose(kind.encoded(A**kind.power, 0.5), OF[name], rtol=1e-9)


def test_the_command_line_knows_all_kinds_and_methods():
    assert set(KIND_NAMES) == set(KINDS) == set(OF)
    assert set(METHODS) == set(Method.__args__)


def test_silence_in_decibels():
    assert (kind_of("db").decoded(values_of(np.zeros(1000), 16_000, kind="db", n_fft=256), 1.0) == 0).all()


@pytest.mark.parametrize(
    ("shape", "rows", "mel", "order"),
    [
        ((513, 200), None, False, "bins-frames"),
        ((2, 200, 513), None, False, "frames-bins"),
        ((301, 400), 301, False, "bins-frames"),
        ((129, 257), 257, False, "frames-bins"),
        ((80, 333), None, True, "bins-frames"),
        ((333, 77), 77, True, "frames-bins"),
    ],
)
def test_axes_are_told_by_their_sizes(shape, rows, mel, order):
    assert order_of(shape, rows, mel) == order


@pytest.mark.parametrize(
    ("shape", "rows", "mel"),
    [((513, 513), None, False), ((513, 257), None, False), ((300, 301), None, False), ((80, 128), None, True)],
)
def test_axes_are_asked_for_where_they_are_not_told(shape, rows, mel):
    with pytest.raises(SpectrogramError, match="say which: axes bins-frames or frames-bins"):
        order_of(shape, rows, mel)


def nan(A: np.ndarray) -> np.ndarray:
    return np.where(np.arange(A.size).reshape(A.shape) == 57, np.nan, A)


@pytest.mark.parametrize(
    ("values", "how", "message"),
    [
        (A[0], {}, "an array of the shape (50,) is no spectrogram; give frequency and time"),
        (A[:, :0], {}, "an array of the shape (129, 0) is no spectrogram; give frequency and time"),
        (A + 0j, {}, "the values are complex, so they have their phase; give their magnitudes, np.abs(S)"),
        (A > 1, {}, "values of the type bool are no numbers; give numbers"),
        (nan(A), {}, "1 value is NaN or infinite, the first at [1, 7]; mend them before"),
        (20 * np.log10(A), {}, "they look like decibels; use the kind db"),
        (10 * np.log10(A), {"kind": "mel", "axes": "bins-frames"}, "they look like decibels; use the kind mel-db"),
        (np.log(A + 0.5), {}, "they look like logarithms; use the kind log, log10 or db"),
        (1000 * A, {"kind": "db"}, "which no decibels do; use the kind magnitude or power, if they are that"),
        (1000 * A, {"kind": "log"}, "use the kind db, magnitude or power, whichever they are"),
        (A, {"n_fft": 512}, "neither is the 257 bins that were asked for; a transform of 256 samples (n_fft) has 129"),
        (A, {"n_fft": 512, "axes": "bins-frames"}, "has 129 bins, and n_fft=512 has 257; use n_fft=256"),
        (A, {"kind": "nonsense"}, "there is no kind of values named 'nonsense'; use one of magnitude, power, db,"),
    ],
)
def test_values_that_cannot_be_are_refused_in_a_line(values, how, message):
    with pytest.raises(SpectrogramError) as caught:
        prepare(values, sr=22050, **how)
    assert message in str(caught.value)
