"""Spectrogram inversion: librosa's own signal where the method is its own, its shapes, and its errors as a measure."""

import librosa
import numpy as np
import pytest

import texturize
from texturize.errors import SpectrogramError
from texturize.signal.inversion import geometry
from texturize.signal.inversion.mel import Mel, first_powers, mel_filters
from texturize.signal.phase.projections import BandSums

SR, N, N_FFT, HOP = 16_000, 6400, 256, 64
FEW = 10

pytestmark = pytest.mark.filterwarnings("ignore:griffinlim:FutureWarning")  # librosa 1.0 renames random_state


def sound(seed: int = 0) -> np.ndarray:
    """Two tones, noise, a click; louder towards the end."""
    rng, t = np.random.default_rng(seed), np.arange(N) / SR
    y = np.sin(2 * np.pi * 440 * t) + 0.5 * np.sin(2 * np.pi * 1234 * t) + 0.1 * rng.standard_normal(N)
    y[N // 3] += 5.0
    return (0.1 * y * (1 + t)).astype(np.float32)


def magnitudes(y: np.ndarray, **how) -> np.ndarray:
    return np.abs(librosa.stft(y, **{"n_fft": N_FFT, "hop_length": HOP, "pad_mode": "constant", **how}))


def off(y: np.ndarray, S: np.ndarray, **how) -> float:
    """Spectral convergence by librosa."""
    return np.linalg.norm(magnitudes(y, **how)[..., : S.shape[-1]] - S) / np.linalg.norm(S)


@pytest.fixture(scope="module")
def S() -> np.ndarray:  # noqa: N802
    return magnitudes(sound())


@pytest.fixture(scope="module")
def found(S):
    return texturize.invert(S, sr=SR, length=N, iterations=FEW)


def test_convergence_is_that_of_the_result(S, found):
    assert found.samples.shape == (N,) and found.sample_rate == SR and found.iterations == FEW and not found.notes
    assert found.samples.dtype == np.float32
    np.testing.assert_allclose(found.spectral_convergence, off(found.samples, S), rtol=1e-3)
    theirs = librosa.griffinlim(S, n_iter=FEW, hop_length=HOP, length=N, random_state=0)
    assert found.spectral_convergence < 0.6 * off(theirs, S)


def test_axes_channels_and_levels_make_no_difference(S, found):
    """TensorFlow's order, two channels of which one is softer."""
    both = np.stack([S, 1e-3 * S]).swapaxes(-1, -2)
    y = texturize.invert(both, sr=SR, length=N, iterations=FEW).samples
    assert y.shape == (2, N)
    np.testing.assert_allclose(y[0], found.samples, atol=5e-3 * np.abs(found.samples).max())
    np.testing.assert_allclose(1e3 * y[1], found.samples, atol=5e-3 * np.abs(found.samples).max())


@pytest.mark.parametrize("momentum", [0.0, 0.99])
def test_griffinlim_can_be_librosas(S, momentum):
    how = {"n_iter": 5, "momentum": momentum, "init": None, "length": N, "hop_length": HOP}
    theirs = librosa.griffinlim(S, **how)
    ours = texturize.griffinlim(S, method="fast_griffin_lim", **how)
    np.testing.assert_allclose(ours, theirs, atol=2e-3 * np.abs(theirs).max())


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"length": N},
        {"win_length": 200, "hop_length": 50},
        {"center": False},
        {"pad_mode": "reflect", "window": "blackman"},
        {"window": np.hanning(N_FFT), "dtype": np.float64},
    ],
    ids=lambda how: "-".join(how) or "usual",
)
def test_griffinlim_has_librosas_shapes(S, how):
    S = np.stack([S, S])
    theirs = librosa.griffinlim(S, n_iter=1, **how)
    ours = texturize.griffinlim(S, n_iter=1, init=None, method="griffin_lim", random_state=0, **how)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)


@pytest.mark.parametrize(("center", "pad_mode"), [(True, "reflect"), (False, "constant")])
def test_other_edges(center, pad_mode):
    S = magnitudes(sound(), center=center, pad_mode=pad_mode)
    y = texturize.invert(S, sr=SR, length=N, iterations=FEW, center=center, pad_mode=pad_mode).samples
    assert off(y, S, center=center, pad_mode=pad_mode) < 0.12
    assert np.abs(y).max() < 2 * np.abs(sound()).max()  # no spikes at the ends


def test_float64_is_float64():
    S = magnitudes(sound().astype(np.float64))
    found = texturize.invert(S, sr=SR, length=N, iterations=FEW, dtype="float64")
    assert found.samples.dtype == np.float64
    np.testing.assert_allclose(found.spectral_convergence, off(found.samples, S), rtol=1e-9)


def test_pieces_continue_one_another(S, found, monkeypatch):
    monkeypatch.setattr(geometry, "PIECE", 1)  # as short as they can be: windows of 4 hops, 40 frames
    monkeypatch.setattr(geometry, "MARGIN", 2)
    seen = []
    pieces = texturize.invert(S, sr=SR, length=N, iterations=FEW, progress=seen.append)
    assert {at.part for at in seen} == set(range(1, seen[0].parts + 1)) and seen[0].parts >= 3
    assert pieces.spectral_convergence < 1.5 * found.spectral_convergence
    np.testing.assert_allclose(pieces.spectral_convergence, off(pieces.samples, S), rtol=1e-3)
    worst = np.linalg.norm(magnitudes(pieces.samples) - S, axis=0).max()
    assert worst < 2 * np.linalg.norm(magnitudes(found.samples) - S, axis=0).max()


def test_it_stops_when_told_and_within_a_budget(S):
    assert texturize.invert(S, sr=SR, iterations=500, stop=lambda: True).iterations < 100
    assert texturize.invert(S, sr=SR, iterations=500, budget=1e-3).iterations == 1


@pytest.mark.parametrize("kind", ["mel", "mel-magnitude", "mel-db", "mel-log"])
def test_mel_bands(kind):
    bands = 40
    power = 2 if kind in ("mel", "mel-db") else 1

    def of(y: np.ndarray) -> np.ndarray:
        sizes = {"n_fft": N_FFT, "hop_length": HOP, "n_mels": bands, "power": power}
        return librosa.feature.melspectrogram(y=y, sr=SR, pad_mode="constant", **sizes)

    def error(y: np.ndarray) -> float:
        return np.abs(np.log(of(y)) - np.log(M)).mean() / power

    M = of(sound())
    values = {"mel-db": librosa.power_to_db(M, top_db=None), "mel-log": np.log(M)}.get(kind, M)
    found = texturize.invert(values, sr=SR, n_fft=N_FFT, kind=kind, bands=bands, length=N, iterations=32)
    theirs = librosa.feature.inverse.mel_to_audio(M, sr=SR, n_fft=N_FFT, hop_length=HOP, power=power, length=N)
    assert error(found.samples) < 0.7 * error(theirs)
    root = M ** (1 / power)
    expected = np.linalg.norm(of(found.samples) ** (1 / power) - root) / np.linalg.norm(root)
    np.testing.assert_allclose(found.spectral_convergence, expected, rtol=1e-2)


def test_mel_to_audio_has_librosas_shapes_and_parameters():
    filters = {"fmin": 50.0, "fmax": 7000.0, "htk": True, "norm": None}
    M = librosa.feature.melspectrogram(y=sound(), sr=SR, n_fft=N_FFT, hop_length=HOP, n_mels=40, **filters)
    how = {"sr": SR, "n_fft": N_FFT, "hop_length": HOP, "n_iter": 1, **filters}
    theirs, ours = librosa.feature.inverse.mel_to_audio(M[None], **how), texturize.mel_to_audio(M[None], **how)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)


@pytest.mark.parametrize(("htk", "norm"), [(False, "slaney"), (True, None)])
def test_first_powers_have_the_sums(htk, norm):
    filters = mel_filters(SR, N_FFT, 40, Mel(htk=htk, norm=norm))
    np.testing.assert_array_equal(filters, librosa.filters.mel(sr=SR, n_fft=N_FFT, n_mels=40, htk=htk, norm=norm))
    M = filters @ magnitudes(sound()) ** 2
    powers = np.asarray(first_powers(BandSums(M.T[None], filters, np.float32(2))))[0].T
    assert (powers >= 0).all()
    assert np.linalg.norm(filters @ powers - M) < 0.01 * np.linalg.norm(M)
    assert (powers[filters.sum(axis=0) > 0] > 0).mean() > 0.99  # smooth, where least squares leave holes


def test_a_long_hop_is_said_to_be_inexact():
    S = magnitudes(sound(), hop_length=160)
    (note,) = texturize.invert(S, sr=SR, hop_length=160, iterations=1).notes
    assert note.startswith("the hop, 160 samples, is longer than half the window, 256")


@pytest.mark.parametrize("bad", [{"hop_length": 300}, {"window": "nonsense"}, {"win_length": 300}, {"length": 10**9}])
def test_what_does_not_fit_is_refused(S, bad):
    with pytest.raises(SpectrogramError, match=str(next(iter(bad.values())))):
        texturize.invert(S, sr=SR, **bad)
