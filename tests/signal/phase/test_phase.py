"""Phase recovery: fixed points, symmetries, librosa's own result, and stated figures of convergence."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import librosa
import numpy as np
import pytest

from texturize.signal.phase.gradient import heap_integration, phase_gradient
from texturize.signal.phase.recovery import Method, recover
from texturize.signal.spectrogram import Stft, stft

SR = 16_000
N = 16_384
PLAIN = Stft(512, 128)
CIRCULAR = Stft(512, 128, circular=True)
METHODS: list[Method] = [
    "griffin_lim", "fast_griffin_lim", "accelerated", "admm", "raar", "difference_map", "raar_accelerated",
]  # fmt: skip


def sound(seed: int = 0) -> np.ndarray:
    """A tone with a partial, noise and clicks, (N,)."""
    rng = np.random.default_rng(seed)
    t = np.arange(N) / SR
    y = np.sin(2 * np.pi * 440 * t) + 0.5 * np.sin(2 * np.pi * 1234 * t) + 0.1 * rng.standard_normal(N)
    y[rng.integers(0, N, 8)] += 8.0
    return y.astype(np.float32)


def magnitudes_of(*sounds: np.ndarray, settings: Stft = PLAIN) -> jax.Array:
    return jnp.abs(stft(jnp.stack([jnp.asarray(y) for y in sounds]), settings))


def error(method: Method, iterations: int, init: str = "random") -> float:
    return float(recover(magnitudes_of(sound()), N, PLAIN, method=method, iterations=iterations, init=init)[1][0])


@pytest.mark.parametrize("iterations", [1, 5, 20])
@pytest.mark.parametrize("momentum", [0.0, 0.99])
def test_fast_griffin_lim_is_librosas(iterations, momentum):
    """The same signal, not only the same figure."""
    M = magnitudes_of(sound())
    sizes = {"n_fft": 512, "hop_length": 128, "length": N}
    theirs = librosa.griffinlim(np.asarray(M[0]).T, n_iter=iterations, momentum=momentum, init=None, **sizes)
    ours = recover(M, N, PLAIN, method="fast_griffin_lim", iterations=iterations, momentum=momentum, init="zero")
    np.testing.assert_allclose(ours.samples[0], theirs, atol=2e-3 * np.abs(theirs).max())


def test_reported_convergence_is_that_of_the_result():
    M = magnitudes_of(sound())
    found = recover(M, N, PLAIN, iterations=10)
    own = np.abs(librosa.stft(np.asarray(found.samples[0]), n_fft=512, hop_length=128, pad_mode="constant")).T
    expected = np.linalg.norm(own - M[0]) / np.linalg.norm(M[0])
    np.testing.assert_allclose(found.spectral_convergence[0], expected, rtol=1e-3)


@pytest.mark.parametrize(("init", "figure"), [("random", 0.06), ("pghi", 0.05)])
def test_convergence_falls_and_reaches_its_figure(init, figure):
    errors = [error("raar_accelerated", iterations, init) for iterations in (0, 10, 50, 200)]
    assert all(later < earlier for earlier, later in pairwise(errors)), errors
    assert errors[-1] < figure


@pytest.mark.parametrize("method", METHODS[1:])
def test_beats_plain_griffin_lim(method):
    assert error(method, 50) < 0.9 * error("griffin_lim", 50)


@pytest.mark.filterwarnings("ignore:griffinlim:FutureWarning")  # librosa 1.0 has another name for random_state
def test_default_beats_librosa_by_its_figure():
    M = magnitudes_of(sound())
    theirs = librosa.griffinlim(np.asarray(M[0]).T, n_iter=100, random_state=0, n_fft=512, hop_length=128, length=N)
    own = np.abs(librosa.stft(theirs, n_fft=512, hop_length=128, pad_mode="constant")).T
    assert recover(M, N, PLAIN).spectral_convergence[0] < 0.6 * np.linalg.norm(own - M[0]) / np.linalg.norm(M[0])


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("method", METHODS)
def test_true_phase_is_a_fixed_point(method, sign):
    y = jnp.asarray(sound())[None]
    S = stft(y, PLAIN)
    found = recover(jnp.abs(S), N, PLAIN, method=method, iterations=20, phase=jnp.angle(sign * S))
    np.testing.assert_allclose(found.samples, sign * y, atol=1e-3)
    assert found.spectral_convergence[0] < 1e-4


@pytest.mark.parametrize("method", METHODS)
def test_circular_recovery_commutes_with_rolling(method):
    M = magnitudes_of(sound(), settings=CIRCULAR)
    phase = jax.random.uniform(jax.random.key(1), M.shape, M.dtype, -np.pi, np.pi)
    straight = recover(M, N, CIRCULAR, method=method, iterations=5, phase=phase)
    rolled = recover(jnp.roll(M, 40, 1), N, CIRCULAR, method=method, iterations=5, phase=jnp.roll(phase, 40, 1))
    scale = float(jnp.abs(straight.samples).max())
    np.testing.assert_allclose(rolled.samples, jnp.roll(straight.samples, 40 * 128, 1), atol=2e-3 * scale)


def test_circular_default_has_no_seam():
    M = magnitudes_of(sound(), settings=CIRCULAR)
    assert recover(M, N, CIRCULAR).spectral_convergence[0] < 0.06


@pytest.mark.parametrize(
    ("window", "circular"), [("hann", False), ("hann", True), ("hamming", True), ("blackman", False)]
)
def test_pghi_is_the_better_start(window, circular):
    settings = Stft(512, 128, window, circular)
    M = magnitudes_of(sound(), settings=settings)
    for iterations in (0, 1, 5):
        start = {"method": "griffin_lim", "iterations": iterations}
        random = recover(M, N, settings, init="random", **start).spectral_convergence[0]
        assert recover(M, N, settings, init="pghi", **start).spectral_convergence[0] < 0.7 * random


def test_phase_gradient_of_a_tone_and_of_a_click():
    tone = 60.3 / 512
    M = np.asarray(magnitudes_of(np.sin(2 * np.pi * tone * np.arange(N)))[0], np.float64)
    along_time, _ = phase_gradient(np.log(M + 1e-9), PLAIN)
    np.testing.assert_allclose(along_time[64, 60:62], 2 * np.pi * tone * 128, atol=0.02 * 2 * np.pi)
    click = np.zeros(N, np.float32)
    click[64 * 128 + 30] = 1.0
    M = np.asarray(magnitudes_of(click)[0], np.float64)
    _, along_bins = phase_gradient(np.log(M + 1e-9), PLAIN)
    np.testing.assert_allclose(along_bins[64, 1:-1], -2 * np.pi * (256 + 30) / 512, atol=0.05)


def test_heap_integration_covers_all_but_the_floor():
    M = np.asarray(magnitudes_of(sound()))
    one, other = heap_integration(M, PLAIN, seed=0), heap_integration(M, PLAIN, seed=1)
    audible = M / M.max() > 2e-3
    np.testing.assert_allclose(one[audible], other[audible])
    assert np.abs(one).max() <= np.pi


def test_batch_equals_one_by_one():
    M = magnitudes_of(sound(0), 0.01 * sound(1))
    phase = jax.random.uniform(jax.random.key(2), M.shape, M.dtype, -np.pi, np.pi)
    both = recover(M, N, PLAIN, iterations=10, phase=phase)
    for channel in range(2):
        alone = recover(M[channel : channel + 1], N, PLAIN, iterations=10, phase=phase[channel : channel + 1])
        scale = float(jnp.abs(alone.samples).max())
        np.testing.assert_allclose(both.samples[channel], alone.samples[0], atol=2e-3 * scale)
        np.testing.assert_allclose(both.spectral_convergence[channel], alone.spectral_convergence[0], rtol=1e-2)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("init", ["random", "zero", "pghi"])
def test_silence_gives_silence(method, init):
    found = recover(jnp.zeros((1, PLAIN.frames(4000), 257)), 4000, PLAIN, method=method, iterations=3, init=init)
    assert not found.samples.any()
    assert found.spectral_convergence[0] == 0


def test_loudness_does_not_matter():
    M = magnitudes_of(sound())
    quiet, loud = (recover(gain * M, N, PLAIN, iterations=5, init="zero") for gain in (2.0**-40, 2.0**20))
    np.testing.assert_allclose(quiet.samples * 2.0**40, loud.samples * 2.0**-20, rtol=1e-6, atol=1e-7)


def test_the_key_decides_the_random_phase():
    M = magnitudes_of(sound())
    first, again, other = (
        recover(M, N, PLAIN, iterations=3, init="random", key=jax.random.key(k)).samples for k in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert float(jnp.abs(first - other).max()) > 0.1


def test_magnitudes_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"magnitudes of \(10, 257\) frames and bins do not belong to 16384 samples"):
        recover(jnp.ones((1, 10, 257)), N, PLAIN)
