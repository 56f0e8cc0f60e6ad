"""Mixed statistics: those of a clip at its end of the mix, between those of both elsewhere; and what is mixed."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import TERMS

from texturize.config import AudioConfig, Config
from texturize.delivery.levels import Levels, mean_levels, mix_levels
from texturize.errors import AudioError, ConfigError
from texturize.losses.feature_targets import original_spectrum
from texturize.losses.features import closeness
from texturize.losses.total import build_targets, static_of
from texturize.signal.spectrogram import resolve
from texturize.synthesis.mix_weights import mix_path
from texturize.synthesis.mixing import _all_originals, common_static, mix_spectra, mix_targets
from texturize.synthesis.preconditioner import mean_spectrum, spectral_factor
from texturize.synthesis.sources import Gathered, gather

SR, N = 8000, 6000


def hiss(seed, channels=2, n=N):
    return 0.01 * np.random.default_rng(seed).standard_normal((channels, n)).astype(np.float32)


def crackle(seed, channels=2, n=N):
    rng = np.random.default_rng(seed)
    hits = np.where(rng.random(n) < 20 / SR, rng.lognormal(0, 0.5, n), 0.0)
    drop = np.exp(-np.arange(400) / 60) * rng.standard_normal(400)
    y = 0.3 * np.convolve(hits, drop)[:n] + 0.003 * rng.standard_normal((channels, n))
    return y.astype(np.float32)


@pytest.fixture(scope="module")
def targets():
    """Targets of a hiss and of a crackle, with every term."""
    return targets_of(hiss(0), crackle(1))


ALL = {"autocorrelation": {"weight": 1.0}, "envelopes": {"bands": 8}, "splices": {"weight": 0.0}}


def targets_of(*clips, loss=ALL):
    config = Config.model_validate(
        {
            "resolutions": [],
            "spectrogram": {"n_fft": 128, "hop_length": 32},
            "filters": {"widths": [4], "count": 6},
            "loss": {"patches": {"count": 12}} | loss,
        }
    )
    settings = tuple(resolve(r.spectrogram, SR, circular=True) for r in config.resolutions)
    static = common_static([static_of(config, settings, clip, SR, N) for clip in clips])
    return [build_targets(jnp.asarray(clip), SR, N, static) for clip in clips]


def test_a_short_clip_and_a_long_one_have_the_same_patches(targets):
    alone = {name: {"weight": 0.0} for name in TERMS if name != "patches"}
    alone["envelopes"] |= {"bands": 8}
    mixed = mix_targets(targets_of(hiss(0), crackle(1)[:, : N // 4], loss=alone), (0.5, 0.5))
    longest, shorter = (sum(one.deviation.size for one in t.envelopes.patches if one) for t in (targets[0], mixed))
    assert 0 < shorter < longest


@pytest.mark.parametrize("which", [0, 1])
def test_a_clip_mixed_with_itself_and_the_ends_of_a_mix_are_the_clip(targets, which):
    end = tuple(float(i == which) for i in range(2))
    clip = targets[which]
    clip = clip._replace(envelopes=clip.envelopes._replace(lines=None))  # those of one clip are none of the other's
    for mixed in (mix_targets([targets[which]] * 2, (0.3, 0.7)), mix_targets(targets, end)):
        for found, wanted in zip(jax.tree.leaves(mixed), jax.tree.leaves(clip), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=1e-6)


def test_levels_are_half_way_in_decibels_and_all_else_in_the_mean(targets):
    a, b = targets
    mixed = mix_targets(targets, (0.5, 0.5))
    for parts in zip(a.resolutions, b.resolutions, mixed.resolutions, strict=True):
        levels, means, grams = (
            [np.asarray(x) for x in (getattr(part, name) for part in parts)] for name in ("level", "mean", "bin_level")
        )
        np.testing.assert_allclose(levels[2], np.sqrt(levels[0] * levels[1]), rtol=1e-4)
        np.testing.assert_allclose(means[2], (means[0] + means[1]) / 2, rtol=1e-4)
        np.testing.assert_allclose(grams[2], np.sqrt(grams[0] * grams[1]), rtol=1e-4)
        eigenvalues = np.linalg.eigvalsh(np.asarray(parts[2].gram[0], np.float64))
        assert eigenvalues.min() > -1e-5 * eigenvalues.max()  # a Gram matrix still
    s, t = mixed.envelopes.statistics, [one.envelopes.statistics for one in targets]
    np.testing.assert_allclose(s.kurtosis, (t[0].kurtosis + t[1].kurtosis) / 2, rtol=1e-4)
    assert np.all(np.asarray(s.kurtosis) >= np.asarray(s.skewness) ** 2)  # as of every signal
    share = [np.sum(np.asarray(one.modulation) ** 2) for one in (*t, s)]
    assert share[2] == pytest.approx((share[0] + share[1]) / 2, rel=1e-4)


def test_originals_of_unlike_lengths_are_all_kept_away_from():
    S = [np.random.default_rng(seed).standard_normal((1, frames, 3)) for seed, frames in ((0, 20), (1, 32))]
    both = _all_originals([original_spectrum(jnp.asarray(s), 24) for s in S])
    for s in S:
        found = closeness(jnp.asarray(np.pad(s, [(0, 0), (0, 32 - s.shape[1]), (0, 0)])), both)
        assert float(found.max()) == pytest.approx(1.0, abs=1e-3)


def test_a_mixed_spectrum_is_between_and_has_a_factor():
    spectra = [mean_spectrum(y, SR, 32.0, N) for y in (hiss(0), crackle(1))]
    mixed = mix_spectra(spectra, (0.25, 0.75))
    expected = 0.25 * np.log(spectra[0].amplitude) + 0.75 * np.log(spectra[1].amplitude)
    np.testing.assert_allclose(np.log(mixed.amplitude), expected)
    H = np.asarray(spectral_factor(mixed, N))
    assert np.isfinite(H).all()
    assert np.linalg.eigvalsh(mixed.coherence).min() > 0


def test_the_loudness_of_a_mix_is_between_and_that_of_a_change_is_gated():
    a, b = Levels(np.array([[0.1]]), -20.0), Levels(np.array([[0.001]]), -60.0)
    half = mix_levels([a, b], (0.5, 0.5))
    assert (half.loudness, float(half.rms[0, 0])) == (-40.0, pytest.approx(0.01))
    assert mean_levels([a, b]).loudness == pytest.approx(-20.0)  # what is too faint for the gate does not count
    assert mean_levels([a, a]).loudness == pytest.approx(-20.0)


@pytest.mark.parametrize(
    ("mix", "count", "path"),
    [
        (0.25, 2, ((0.75, 0.25),)),
        ("0.25", 2, ((0.75, 0.25),)),
        ("5,3,2", 3, ((0.5, 0.3, 0.2),)),
        ((1, 3), 2, ((0.25, 0.75),)),
        ("0:1", 2, ((1.0, 0.0), (0.0, 1.0))),
        ("1,0,0:0,1,1", 3, ((1.0, 0.0, 0.0), (0.0, 0.5, 0.5))),
    ],
)
def test_mixes_are_read(mix, count, path):
    np.testing.assert_allclose(mix_path(mix, count), path)


@pytest.mark.parametrize(
    ("mix", "count"), [("", 2), ("x", 2), (1.5, 2), ("nan", 2), ("0.5", 3), ("1,-1", 2), ("0,0", 2)]
)
def test_mixes_that_are_none(mix, count):
    with pytest.raises(ConfigError):
        mix_path(mix, count)


def test_a_change_goes_through_all_of_its_points():
    sources = Gathered((hiss(0), hiss(1)), SR, mix_path("0:1:0", 2))
    found = [sources.weights_at(position)[1] for position in (0, 0.25, 0.5, 0.75, 1)]
    assert found == pytest.approx([0, 0.5, 1, 0.5, 0])


def test_clips_come_to_the_highest_rate_and_the_most_channels():
    (a, b), sr = gather([hiss(0, 1, 4000)[0], hiss(1, 2, 9000)], [8000, 16_000], AudioConfig(), ["a", "b"])
    assert (sr, a.shape, b.shape) == (16_000, (2, 8000), (2, 9000))
    np.testing.assert_array_equal(a[0], a[1])
    assert np.sum(a**2) / 2 == pytest.approx(np.sum(hiss(0, 1, 4000) ** 2), rel=0.02)  # as loud in sum


def test_channels_that_do_not_go_together_are_refused():
    silent = hiss(0) * np.array([[1], [0]])
    with pytest.raises(AudioError, match=r"a has 3 channels, another clip has 4"):
        gather([hiss(0, 3), hiss(0, 4)], [SR, SR], AudioConfig(), ["a", "b"])
    with pytest.raises(AudioError, match=r"channel 2 of b is silent"):
        gather([hiss(0), silent], [SR, SR], AudioConfig(), ["a", "b"])
