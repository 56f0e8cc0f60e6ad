"""What comes out of the stages: close to the clip's texture, no copy of it, as loud, as long as asked for."""

import numpy as np
import pytest

from texturize import synthesize
from texturize.compare import copying, texture_distance
from texturize.errors import TexturizeError
from texturize.loudness import loudness
from texturize.presets import load_config
from texturize.segments import work_length
from texturize.synthesis import check

SR = 8000


def crackle(seconds, seed=0):
    """Two channels: bursts at random times over a hiss, the second channel fainter."""
    rng = np.random.default_rng(seed)
    n = round(seconds * SR)
    hits = np.where(rng.random(n) < 15 / SR, rng.lognormal(0, 0.4, n), 0.0)
    drop = np.exp(-np.arange(500) / 80) * rng.standard_normal(500)
    y = 0.05 * np.convolve(hits, drop)[:n]
    return np.stack([y, 0.5 * y]) + 0.004 * rng.standard_normal((2, n))


@pytest.fixture(scope="module")
def clip():
    return crackle(3.0)


@pytest.fixture(scope="module")
def result(clip):
    config = load_config("default", ["filters.count=64", "refine.max_steps=60"])
    return synthesize(clip, SR, config=config, seed=3)


def test_closer_than_noise_of_the_same_spectrum_and_no_copy(clip, result):
    turns = np.exp(2j * np.pi * np.random.default_rng(0).random(clip.shape[1] // 2 + 1))
    noise = np.fft.irfft(np.fft.rfft(clip) * turns, clip.shape[1])
    ours, theirs = (texture_distance(clip, y, SR).total for y in (result.samples, noise))
    assert ours < 0.5 * theirs
    assert ours < 1.6
    copied = copying(clip, result.samples, SR)
    assert copied.short < copied.baseline_short + 0.1
    assert copied.long < copied.baseline_long + 0.1


def test_shape_level_and_history(clip, result):
    assert result.samples.shape == clip.shape
    levels = 20 * np.log10(np.sqrt(np.mean(result.samples**2, 1) / np.mean(clip**2, 1)))
    np.testing.assert_allclose(levels, 0.0, atol=1.0)
    assert set(result.losses) == {"refine"}
    assert result.losses["refine"][-1] < 0.02 * result.losses["refine"][0]
    assert result.spectral_convergence is None


@pytest.mark.parametrize(("duration", "n"), [(0.8, 6400), (4.2003, 33602)])
def test_as_long_as_asked_for(clip, duration, n):
    config = load_config("preview", ["filters.count=8", "refine.max_steps=2"])
    assert synthesize(clip[0], SR, config=config, duration=duration).samples.shape == (n,)


def test_the_part_of_the_clip_and_the_output_that_the_config_names(clip):
    silence = np.zeros((2, SR))
    keys = ["filters.count=8", "refine.max_steps=2", "audio.start=1.0", "audio.end=3.0"]
    config = load_config("preview", [*keys, "output.sample_rate=12000", "output.duration=1.5", "output.fade_in=0.5"])
    result = synthesize(np.concatenate([silence, clip[:, : 2 * SR], silence], 1), SR, config=config)
    assert (result.samples.shape, result.sample_rate) == ((2, 18_000), 12_000)
    assert loudness(result.samples, 12_000) == pytest.approx(loudness(clip[:, : 2 * SR], SR), abs=0.05)
    assert np.all(result.samples[:, 0] == 0)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("audio.start=3", "start 3 s is not within the clip's 3.000 s; choose an earlier --start"),
        ("audio.end=3.1", "end 3.1 s is beyond the clip's 3.000 s; choose an earlier --end, or none"),
        ("audio.end=0.05", "the clip is 0.050 s long, too short for the narrowest filter; give at least "),
        ("output.fade_out=3.5", "fades of 0 s and 3.5 s do not fit into a result of 3 s; use shorter fades or "),
    ],
)
def test_what_the_clip_or_the_result_has_no_room_for(clip, override, message):
    config = load_config("preview", [override])
    for function in (check, synthesize):
        with pytest.raises(TexturizeError) as caught:
            function(clip, SR, config=config)
        assert str(caught.value).startswith(message)


def test_the_spectrogram_stages_run_where_there_is_no_waveform_stage(clip):
    config = load_config("default", ["filters.count=16", "refine.max_steps=0", "optimize.max_steps=20"])
    result = synthesize(clip[0], SR, config=config)
    assert set(result.losses) == {"spectrogram"}
    assert result.losses["spectrogram"][-1] < 0.5 * result.losses["spectrogram"][0]
    assert 0 < result.spectral_convergence < 0.7


def test_the_work_length_is_a_multiple_of_the_hops_and_not_much_longer():
    for n, hops in ((80000, (64, 256)), (12345, (96, 128))):
        length = work_length(n, hops)
        assert length >= n
        assert all(length % hop == 0 for hop in hops)
        assert length < 1.15 * n + max(hops) * 4
