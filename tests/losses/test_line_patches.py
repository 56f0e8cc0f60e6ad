"""Patches of lines: partials that are struck and ring are told from noise with the same spectrum."""

import jax
import jax.numpy as jnp
import numpy as np

from texturize.losses.line_patches import line_map, line_targets
from texturize.losses.patches import patch_term
from texturize.signal.waveform import Waveform

SR, N = 8000, 80000
FLOOR = jnp.full((1, 1), 1e-4)


def strikes(seed):
    """Two partials, struck together at random times."""
    rng = np.random.default_rng(seed)
    hits = np.zeros(N)
    hits[rng.integers(0, N, 15)] = rng.uniform(0.5, 1.0, 15)
    t = np.arange(N) / SR
    partials = [np.exp(-t / 0.2) * np.sin(2 * np.pi * f * t) for f in (500.0, 1310.0)]
    return np.fft.irfft(np.fft.rfft(hits) * sum(np.fft.rfft(p) for p in partials), N)[None].astype(np.float32)


@jax.jit
def term(y, targets):
    return patch_term([line_map(Waveform.of(y), targets, FLOOR)], [targets.patches])


def test_strikes_are_told_from_noise_in_the_same_lines():
    clip = strikes(0)
    targets = line_targets(jnp.asarray(clip), SR, N, FLOOR, 16, N / SR)
    assert targets is not None
    phases = np.exp(2j * np.pi * np.random.default_rng(9).random(N // 2 + 1))
    noise = np.fft.irfft(np.abs(np.fft.rfft(clip)) * phases, N).astype(np.float32)
    other, of_noise = (float(term(jnp.asarray(y), targets)) for y in (strikes(1), noise))
    assert of_noise > 3 * other


def test_a_sound_without_lines_has_no_targets():
    noise = np.random.default_rng(2).standard_normal((1, N)).astype(np.float32)
    assert line_targets(jnp.asarray(noise), SR, N, FLOOR, 16, N / SR) is None
