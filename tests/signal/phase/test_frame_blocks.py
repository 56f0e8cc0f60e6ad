"""Strips: what they hold, against NumPy's own indexing; and that work in strips is the work in one piece."""

import threading
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import texturize.signal.phase.blockwise
import texturize.signal.phase.frame_blocks
from texturize.signal.phase.frame_blocks import side_by_side, strips_of, workers_for
from texturize.signal.phase.recovery import recover
from texturize.signal.spectrogram import Stft, stft

SIZES = [(1251, 39), (200, 12), (97, 3), (33, 1), (10, 20), (3, 7)]


@pytest.mark.parametrize(("frames", "margin", "workers"), [*((*size, 8) for size in SIZES), (200, 12, 2), (97, 3, 1)])
@pytest.mark.parametrize(("circular", "more"), [(False, 0), (False, 3), (True, 3)])
def test_strips_hold_their_frames_and_margins(frames, margin, workers, circular, more):
    strips = strips_of(frames, circular, margin, workers)
    y = np.arange(2 * frames, dtype=np.float32).reshape(1, frames, 2)
    y = np.take(y, np.arange(frames + more), axis=1, mode="wrap" if circular else "clip")
    parts = strips.cut(jnp.asarray(y))
    assert len(parts) == len(strips.starts) <= workers
    assert len({part.shape for part in parts}) == 1
    for part, start, a, b in zip(parts, strips.starts, strips.bounds[:-1], strips.bounds[1:], strict=True):
        rows = start + np.arange(part.shape[1])
        np.testing.assert_array_equal(part, y[:, rows % frames] if circular else y[:, rows])
        before, after = (a, frames - b) if not circular else (margin, margin)
        assert a - start >= min(margin, before)
        assert start + strips.width - b >= min(margin, after)
    np.testing.assert_array_equal(strips.join(parts), y)
    one = jax.jit(strips.strip)
    for part, start in zip(parts, strips.starts, strict=True):
        np.testing.assert_array_equal(one(jnp.asarray(y), start), part)


def test_own_frames_are_taken_from_their_strip():
    strips = strips_of(64, True, 4, 4)
    assert len(strips.starts) == 4
    marked = [jnp.full((1, strips.width, 1), i) for i in range(4)]
    np.testing.assert_array_equal(strips.join(marked)[0, :, 0], np.repeat(np.arange(4), 16))


@pytest.mark.parametrize(
    ("method", "circular", "n_fft"),
    [
        ("fast_griffin_lim", False, 50), ("fast_griffin_lim", True, 64), ("accelerated", False, 50),
        ("accelerated", True, 64), ("admm", False, 64), ("admm", True, 50), ("raar_accelerated", False, 50),
        ("raar_accelerated", True, 64), ("difference_map", False, 64), ("difference_map", True, 50),
    ],
)  # fmt: skip
def test_recovery_in_strips_is_that_in_one_piece(method, circular, n_fft, monkeypatch):
    """To double precision: settings of the calling thread hold in the threads of the strips, too."""
    settings, n = Stft(n_fft, 16, circular=circular), 16 * 640
    found = []
    with jax.enable_x64(True):
        M = jnp.abs(stft(jnp.asarray(np.random.default_rng(0).standard_normal((2, n))), settings))
        for workers in (1, 3):
            monkeypatch.setattr(texturize.signal.phase.blockwise, "workers_for", lambda *_, workers=workers: workers)
            found.append(recover(M, n, settings, method=method, iterations=30, init="random").samples)
    assert found[1].dtype == jnp.float64
    np.testing.assert_allclose(found[1], found[0], atol=1e-9)


def test_recovery_within_another_program_is_that_outside():
    settings, n = Stft(64, 16), 16 * 640
    M = jnp.abs(stft(jnp.asarray(np.random.default_rng(0).standard_normal((1, n)), jnp.float32), settings))

    def recovered(momentum):
        return recover(M, n, settings, method="fast_griffin_lim", iterations=9, momentum=momentum, init="zero").samples

    np.testing.assert_allclose(jax.jit(recovered)(0.9), recovered(0.9), atol=1e-4)


def test_recoveries_at_the_same_time():
    settings, n = Stft(64, 16), 16 * 640
    sounds = [jnp.asarray(np.random.default_rng(i).standard_normal((1, n)), jnp.float32) for i in range(3)]

    def recovered(y):
        return recover(jnp.abs(stft(y, settings)), n, settings, iterations=20, init="zero").samples

    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(recovered, sounds))
    for y, found in zip(sounds, together, strict=True):
        np.testing.assert_allclose(found, recovered(y), atol=1e-3)


def test_calls_are_made_at_the_same_time():
    meeting = threading.Barrier(2, timeout=10)  # breaks if one waits for the other
    assert sorted(side_by_side([meeting.wait, meeting.wait])) == [0, 1]


def test_calls_of_a_strip_take_turns_in_one_thread():
    first, second = (side_by_side([threading.get_ident] * 3) for _ in range(2))
    assert first == second and len(set(first)) == 3


def test_an_error_in_a_strip_is_raised():
    with pytest.raises(ZeroDivisionError):
        side_by_side([lambda: 1 / 0, lambda: 1.0])


def test_one_worker_within_another_program(monkeypatch):
    monkeypatch.setattr(texturize.signal.phase.frame_blocks, "cpu_threads", lambda: 4)
    seen = []
    jax.jit(lambda y: seen.append(workers_for(y)) or y)(jnp.ones(3))
    assert seen == [1]
    assert workers_for(jnp.ones(3)) == 4
    monkeypatch.setattr(texturize.signal.phase.frame_blocks, "cpu_threads", lambda: 64)
    assert workers_for(jnp.ones(3)) == texturize.signal.phase.frame_blocks.MOST_STRIPS
