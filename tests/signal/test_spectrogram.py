"""The transform is librosa's; its inverse undoes it; on a circle both commute with rotation."""

import math

import jax
import jax.numpy as jnp
import librosa
import numpy as np
import pytest

import texturize.signal.spectrogram
from texturize.config import SpectrogramConfig
from texturize.signal.framing import overlapping_frames, sum_frames
from texturize.signal.spectrogram import (
    Stft,
    blocks_of,
    inverse_in_blocks,
    magnitude,
    resolve,
    sums_of_frames,
    window_of,
    window_square_sum,
)

N = 960
SIZES = [(64, 16), (64, 24), (64, 32), (60, 7), (100, 40), (128, 48)]  # hops that divide the window, and that do not
CIRCLES = [(64, 16), (64, 24), (60, 10), (128, 48)]
stft = jax.jit(texturize.signal.spectrogram.stft, static_argnames="settings")
istft = jax.jit(texturize.signal.spectrogram.istft, static_argnames=("n", "settings"))


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def direct(y, settings):
    """Frame by frame, on a circle."""
    around = np.arange(settings.n_fft) - settings.n_fft // 2
    starts = np.arange(settings.frames(len(y))) * settings.hop_length
    return np.fft.rfft(y[(starts[:, None] + around) % len(y)] * window_of(settings))


@pytest.mark.parametrize("window", ["hann", "hamming", "blackman"])
@pytest.mark.parametrize(("n_fft", "hop"), SIZES)
def test_stft_is_librosas(n_fft, hop, window):
    y = noise(2, N).astype(np.float32)
    settings = Stft(n_fft, hop, window)
    S = stft(y, settings)
    expected = librosa.stft(y, n_fft=n_fft, hop_length=hop, window=window, pad_mode="constant").swapaxes(-1, -2)
    assert S.shape == expected.shape == (2, settings.frames(N), settings.bins)
    assert S.dtype == jnp.complex64
    np.testing.assert_allclose(S, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("window", ["hann", "hamming", "blackman"])
@pytest.mark.parametrize(("n_fft", "hop"), SIZES)
def test_round_trip(n_fft, hop, window):
    y = noise(2, N)
    settings = Stft(n_fft, hop, window)
    np.testing.assert_allclose(istft(stft(y, settings), N, settings), y, atol=1e-6)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(("n_fft", "hop"), CIRCLES)
def test_circular_stft_frame_by_frame_and_round_trip(n_fft, hop):
    settings = Stft(n_fft, hop, circular=True)
    y = noise(20 * hop)
    S = stft(y, settings)
    assert S.shape == (20, settings.bins)
    np.testing.assert_allclose(S, direct(y, settings), atol=1e-10)
    np.testing.assert_allclose(istft(S, len(y), settings), y, atol=1e-6)


@pytest.mark.usefixtures("x64")
def test_a_circle_shorter_than_the_window():
    settings = Stft(64, 16, circular=True)
    y = noise(48)
    S = stft(y, settings)
    np.testing.assert_allclose(S, direct(y, settings), atol=1e-10)
    np.testing.assert_allclose(istft(S, 48, settings), y, atol=1e-6)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("k", [1, 5, 13])
def test_rotation_by_hops_rotates_the_frames(k):
    settings = Stft(64, 16, circular=True)
    y = noise(2, 320)
    S = stft(y, settings)
    np.testing.assert_allclose(stft(np.roll(y, 16 * k, axis=-1), settings), np.roll(S, k, axis=-2), atol=1e-10)
    np.testing.assert_allclose(istft(np.roll(S, k, axis=-2), 320, settings), np.roll(y, 16 * k, axis=-1), atol=1e-10)


def test_a_circle_is_a_whole_number_of_hops():
    with pytest.raises(ValueError, match="a circular transform needs a multiple of hop_length=16 samples, not 330"):
        stft(jnp.zeros(330), Stft(64, 16, circular=True))


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("circular", [False, True])
def test_istft_is_the_nearest_signal(circular):
    """Griffin & Lim's least squares: the error of a transform that no signal has is orthogonal to all signals'."""
    settings = Stft(64, 16, circular=circular)
    shape = (settings.frames(320), settings.bins)
    S = noise(*shape) + 1j * noise(*shape, seed=1)
    S[:, [0, -1]] = S[:, [0, -1]].real
    error = S - stft(istft(S, 320, settings), settings)
    other = stft(noise(320, seed=2), settings)
    twice = np.full(settings.bins, 2.0)  # each bin but the first and last stands for two
    twice[[0, -1]] = 1.0
    inner = np.sum(twice * (error * other.conj()).real)
    assert abs(inner) < 1e-9 * np.linalg.norm(error) * np.linalg.norm(other)
    assert np.linalg.norm(error) > 0.1 * np.linalg.norm(S)


@pytest.mark.parametrize(("n_fft", "hop"), CIRCLES)
def test_window_square_sum_on_a_circle_is_that_of_every_block(n_fft, hop):
    settings = Stft(n_fft, hop, circular=True)
    total = window_square_sum(20 * hop, settings).reshape(20, hop)
    np.testing.assert_allclose(total, np.broadcast_to(total[0], total.shape), atol=1e-12)
    np.testing.assert_allclose(total.sum(), 20 * np.sum(window_of(settings) ** 2))


@pytest.mark.parametrize("sr", [8000, 11025, 16000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("window_ms", [8.0, 16.0, 32.0, 50.0, 64.0])
def test_windows_near_the_length_asked_for(sr, window_ms):
    settings = resolve(SpectrogramConfig(window_ms=window_ms), sr)
    assert settings.n_fft % 4 == 0
    assert settings.n_fft == pytest.approx(window_ms * sr / 1000, rel=1 / 8)
    assert settings.hop_length == settings.n_fft // 4


@pytest.mark.parametrize("sr", [8000, 11025, 16000, 22050, 44100, 48000])
def test_hops_have_a_small_common_multiple(sr):
    def hops(*windows):
        return [resolve(SpectrogramConfig(window_ms=ms), sr).hop_length for ms in windows]

    octaves = hops(8.0, 16.0, 32.0, 64.0)
    assert math.lcm(*octaves) == max(octaves)
    odd = hops(16.0, 50.0)
    assert math.lcm(*odd) <= 7 * max(odd)


def test_lengths_in_samples_win():
    config = SpectrogramConfig(n_fft=100, hop_length=30, window="hamming", window_ms=500.0)
    assert resolve(config, 8000, circular=True) == Stft(100, 30, "hamming", circular=True)
    assert resolve(SpectrogramConfig(n_fft=100, hop_ratio=0.5), 8000).hop_length == 50
    assert resolve(SpectrogramConfig(n_fft=16, hop_ratio=0.001), 8000).hop_length == 1


def test_magnitude_is_the_modulus_and_differentiable_at_silence():
    settings = Stft(64, 16)
    S = stft(noise(N).astype(np.float32), settings)
    np.testing.assert_allclose(magnitude(S), np.abs(S), rtol=1e-5)
    gradient = jax.jit(jax.grad(lambda y: jnp.sum(magnitude(stft(y, settings)))))(jnp.zeros(N))
    assert jnp.all(jnp.isfinite(gradient))


@pytest.mark.parametrize(("per_frame", "count"), [(4, 9), (4, 3), (4, 2), (1, 5), (3, 40)])
def test_summing_frames_is_the_transpose_of_cutting_them(per_frame, count):
    with jax.enable_x64(True):
        rng = np.random.default_rng(per_frame * 100 + count)
        blocks = jnp.asarray(rng.standard_normal((2, count + per_frame - 1, 8)))
        frames = jnp.asarray(rng.standard_normal((2, count, per_frame * 8)))
        there, found = jax.jit(jax.value_and_grad(lambda x: jnp.vdot(overlapping_frames(x, per_frame), frames)))(blocks)
        back = jax.jit(lambda x: jnp.vdot(blocks, sum_frames(x, per_frame)))(frames)
        assert float(there) == pytest.approx(float(back), rel=1e-12)
        transpose = jax.linear_transpose(
            lambda x: jnp.concatenate([x[:, b : b + count] for b in range(per_frame)], -1), blocks
        )
        np.testing.assert_allclose(found, *jax.jit(transpose)(frames))


def test_summing_frames_in_a_circle_puts_the_end_on_the_start():
    frames = np.random.default_rng(0).standard_normal((1, 7, 4 * 5)).astype(np.float32)
    expected = np.zeros((1, 7, 5), np.float32)
    for t in range(7):
        for b in range(4):
            expected[0, (t + b) % 7] += frames[0, t, 5 * b : 5 * b + 5]
    np.testing.assert_allclose(sum_frames(jnp.asarray(frames), 4, circular=True), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("n", "n_fft", "hop"), [(4000, 256, 64), (4000, 250, 100), (1000, 64, 100), (640, 256, 64), (128, 256, 64)]
)
def test_sums_of_frames_are_the_inverse_transform_in_blocks(n, n_fft, hop):
    settings = Stft(n_fft, hop)
    y = jnp.asarray(np.random.default_rng(n).standard_normal((2, n)), jnp.float32)
    gain = jnp.asarray(np.random.default_rng(1).uniform(size=(2, settings.frames(n), settings.bins)), jnp.float32)
    S = stft(y, settings) * gain
    found = jax.jit(lambda S: sums_of_frames(S, settings) * inverse_in_blocks(n, settings, jnp.float32))(S)
    expected = jax.jit(lambda S: blocks_of(istft(S, n, settings), settings))(S)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
