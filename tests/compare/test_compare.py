"""The judge, by sounds whose answers are known."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from scipy import signal

from texturize.compare import (
    compare,
    copying,
    level_difference,
    rhythm,
    seam,
    texture_distance,
    texture_statistics,
)
from texturize.compare.cochleagram import ENVELOPE_RATE, cochleagram, half_cosine_bands, hz_to_erb
from texturize.compare.copied import peak_correlations
from texturize.compare.rhythm import autocorrelation
from texturize.compare.statistics import CLASSES, MODULATION_HZ
from texturize.errors import AudioError

SR = 16_000


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * SR))


def rain(seconds: float, seed: int = 0, rate: float = 40) -> np.ndarray:
    """Drops of random loudness at random times over a quiet hiss."""
    rng = np.random.default_rng(seed)
    n = round(seconds * SR)
    hits = np.where(rng.random(n) < rate / SR, rng.lognormal(0, 0.4, n), 0)
    t = np.arange(600) / SR
    drop = np.exp(-t / 0.004) * rng.standard_normal(600)
    return 0.1 * signal.fftconvolve(hits, drop)[:n] + 1e-3 * rng.standard_normal(n)


def spectrum_matched_noise(y: np.ndarray, seed: int = 0) -> np.ndarray:
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, y.size // 2 + 1)
    return np.fft.irfft(np.abs(np.fft.rfft(y)) * np.exp(1j * phases), y.size)


def clicks(seconds: float, period: float, seed: int = 0) -> np.ndarray:
    y = 1e-4 * noise(seconds, seed)
    y[:: round(period * SR)] += 1
    return y


# The statistics, against mathematics


def test_squares_of_the_half_cosine_bands_sum_to_one():
    f = np.linspace(150, 7000, 500)
    np.testing.assert_allclose((half_cosine_bands(f, highest=8000) ** 2).sum(0), 1, atol=1e-12)


def test_erb_scale_is_glasberg_and_moore():
    f = np.array([100.0, 1000.0, 4000.0])
    width = 1 / np.gradient(hz_to_erb(np.linspace(f - 1, f + 1, 3).T.ravel()).reshape(3, 3), 1.0, axis=1)[:, 1]
    np.testing.assert_allclose(width, 24.7 * (4.37 * f / 1000 + 1), rtol=2e-3)


@pytest.mark.parametrize("f_m", [4.0, 12.0, 16.0])
def test_amplitude_modulation_shows_in_its_band_with_its_cv(f_m):
    t = np.arange(4 * SR) / SR
    depth = 0.5
    envelope = 1 + depth * np.cos(2 * np.pi * f_m * t)
    statistics = texture_statistics(envelope * np.cos(2 * np.pi * 1000 * t), SR)
    band = int(np.argmax(statistics["mean"]))
    compressed = envelope**0.3
    assert statistics["cv"][band] == pytest.approx(compressed.std() / compressed.mean(), rel=0.03)
    assert statistics["modulation_power"][band].argmax() == np.abs(np.log(MODULATION_HZ / f_m)).argmin()


def test_mean_is_the_compressed_amplitude():
    t = np.arange(2 * SR) / SR
    gains = half_cosine_bands(np.array([1000.0]), highest=8000)[:, 0]
    statistics = texture_statistics(0.2 * np.cos(2 * np.pi * 1000 * t), SR, floor=1e-5)
    band = gains.argmax()
    assert statistics["mean"][band] == pytest.approx(0.3 * np.log(0.2 * gains[band]), abs=1e-3)


def test_envelopes_of_gaussian_noise_are_compressed_rayleigh():
    statistics = texture_statistics(noise(8), SR)
    rayleigh = np.random.default_rng(1).rayleigh(size=1_000_000) ** 0.3
    z = (rayleigh - rayleigh.mean()) / rayleigh.std()
    narrow = slice(0, 12)  # envelopes of wider ones are faster than 400 Hz can show
    assert np.median(statistics["cv"][narrow]) == pytest.approx(rayleigh.std() / rayleigh.mean(), rel=0.05)
    assert np.median(statistics["skew"][narrow]) == pytest.approx((z**3).mean(), abs=0.15)
    assert np.median(statistics["kurt"][narrow]) == pytest.approx((z**4).mean(), abs=0.4)  # cusps at zero are smoothed


def test_bands_of_noise_are_independent_and_bands_of_clicks_are_not():
    far_apart = slice(-9, None)  # bands 21 apart
    assert np.abs(texture_statistics(noise(4), SR)["corr"][far_apart]).mean() < 0.1
    assert texture_statistics(rain(4), SR)["corr"][far_apart].mean() > 0.4


def test_a_common_modulation_gives_c1_of_one():
    t = np.arange(4 * SR) / SR
    statistics = texture_statistics(noise(4) * (1 + 0.95 * np.cos(2 * np.pi * 6.25 * t)), SR)
    octave = statistics["C1"].reshape(-1, 6)[10:, 1].mean()
    assert octave > 0.9
    assert abs(texture_statistics(noise(4), SR)["C1"].reshape(-1, 6)[10:, 1].mean()) < 0.3


def test_c2_tells_rising_from_falling_envelopes():
    t = np.arange(4 * SR) / SR
    decaying = np.exp(-6 * ((4 * t) % 1))
    imaginary = [
        texture_statistics(noise(4) * e, SR)["C2"][1, 10:, :2].mean() for e in (decaying, decaying[::-1], t * 0 + 1)
    ]
    assert imaginary[0] * imaginary[1] < 0
    assert min(abs(imaginary[0]), abs(imaginary[1])) > 3 * abs(imaginary[2])


def test_a_gain_changes_the_mean_alone_by_its_compressed_logarithm():
    y = rain(2)
    quiet, loud = texture_statistics(y, SR), texture_statistics(8 * y, SR)
    np.testing.assert_allclose(loud["mean"] - quiet["mean"], 0.3 * np.log(8), atol=1e-9)
    for name in CLASSES[1:]:
        np.testing.assert_allclose(loud[name], quiet[name], atol=1e-8)


def test_frames_and_range_of_the_cochleagram():
    envelopes = cochleagram(noise(1.5), SR)
    assert envelopes.shape == (30, 1.5 * ENVELOPE_RATE - 48)
    assert (envelopes >= 0).all()


def test_the_shortest_sounds_can_be_compared():
    short = compare(noise(0.5), noise(0.25, 1), SR)
    assert np.isfinite([short.texture.total, short.rhythm.distance]).all()


def test_cut_ends_of_a_sound_leave_its_silent_bands_silent():
    t = np.arange(2 * SR) / SR
    y = np.sin(2 * np.pi * 1000.3 * t + 1)  # ends within a period: alone, a click where the ends meet
    envelopes = cochleagram(y, SR, floor=1e-4)
    near, silent = envelopes[8:15].max(), envelopes[:3]  # up to some 200 Hz
    assert near > 0.9
    assert silent.max() < 1.1 * 1e-4**0.3
    assert texture_statistics(y, SR, floor=1e-4)["kurt"][:3].max() < 10


@pytest.mark.parametrize("y", [np.zeros(SR), np.ones(SR), 0.5 * np.sin(0.1 * np.arange(SR)), np.eye(1, SR)[0]])
def test_statistics_stay_finite_on_degenerate_sounds(y):
    for values in texture_statistics(y, SR).values():
        assert np.isfinite(values).all()


# The texture distance


def test_a_sound_is_half_a_unit_from_itself():
    y = rain(4, rate=10)
    distance = texture_distance(y, y, SR)
    for value in distance.classes.values():  # of four pairs of halves two are the same
        assert value == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("texture", [noise, rain])
def test_a_fresh_excerpt_is_one_unit_away(texture):
    whole = [texture(8, seed) for seed in range(5)]
    totals = [texture_distance(y[: 4 * SR], y[4 * SR :], SR).total for y in whole]
    assert np.exp(np.mean(np.log(totals))) == pytest.approx(1, abs=0.12)
    assert 0.6 < min(totals) < max(totals) < 1.6


def test_the_right_spectrum_is_not_enough_for_an_impulsive_texture():
    y = rain(4)
    fresh, matched = (texture_distance(y, other, SR).total for other in (rain(4, 1), spectrum_matched_noise(y)))
    assert matched > 2.5 * fresh


@pytest.mark.parametrize("seconds", [1.2, 3.0, 12.0])
def test_length_does_not_matter(seconds):
    whole = noise(4 + seconds)
    distance = texture_distance(whole[: 4 * SR], whole[4 * SR :], SR)
    assert 0.85 < distance.total < 1.15
    assert distance.excerpt_seconds == pytest.approx(min(2, seconds))


def test_level_does_not_matter():
    y, other = rain(4), rain(4, 1)
    assert texture_distance(y, 0.1 * other, SR).total == pytest.approx(texture_distance(y, other, SR).total, rel=1e-6)
    assert texture_distance(5 * y, other, SR).total == pytest.approx(texture_distance(y, other, SR).total, rel=1e-6)


def test_a_steady_hum_is_not_held_to_its_own_steadiness():
    t = np.arange(4 * SR) / SR
    hum = np.sin(2 * np.pi * 100 * t) + 0.3 * np.sin(2 * np.pi * 300 * t)
    assert texture_distance(hum, hum[::-1], SR).total < 1
    faintly = hum + 1e-6 * noise(4)
    assert texture_distance(hum, faintly, SR).total < 1


def test_bands_without_sound_do_not_count_until_a_result_fills_them():
    sos = signal.butter(10, 2000, output="sos", fs=SR)
    muffled = [signal.sosfilt(sos, noise(4, seed)) for seed in range(2)]
    assert texture_distance(*muffled, SR).total < 1.6
    assert texture_distance(muffled[0], muffled[1] + 0.3 * noise(4), SR).classes["mean"] > 20


def test_channels_are_averaged_geometrically_and_silent_ones_passed_over():
    y, near, far = rain(4), rain(4, 1), noise(4)
    far = far * np.sqrt(np.mean(near**2) / np.mean(far**2))
    distance = texture_distance(np.stack([y, y]), np.stack([near, far]), SR)
    assert distance.channel_totals[0] < distance.total < distance.channel_totals[1]
    assert distance.total == pytest.approx(np.sqrt(np.prod(distance.channel_totals)))
    silent = np.zeros_like(y)
    with_silence = texture_distance(np.stack([y, silent]), np.stack([near, silent]), SR)
    assert with_silence.total == pytest.approx(texture_distance(y, near, SR).total, rel=0.01)


# Copying


def test_peak_correlation_is_that_of_the_definition():
    rng = np.random.default_rng(0)
    reference, pieces = rng.standard_normal(1000), rng.standard_normal((3, 50))
    segments = np.lib.stride_tricks.sliding_window_view(reference, 50)
    direct = np.abs(pieces @ segments.T) / np.linalg.norm(segments, axis=1) / np.linalg.norm(pieces, axis=1)[:, None]
    np.testing.assert_allclose(peak_correlations(reference, pieces), direct.max(1), atol=1e-5)


def test_the_input_itself_is_a_copy():
    y = rain(3)
    c = copying(y, y, SR)
    assert c.short == pytest.approx(1, abs=1e-3)
    assert c.long == pytest.approx(1, abs=1e-3)


def test_a_looped_splice_is_caught_and_a_fresh_excerpt_is_not():
    y = noise(4)
    rng = np.random.default_rng(1)
    splice = -0.3 * np.concatenate([y[s : s + 12_345] for s in rng.integers(0, y.size - 12_345, 6)])
    caught, fresh = copying(y, splice, SR), copying(y, noise(4, 1), SR)
    assert caught.short > 0.95
    assert caught.long > 0.85
    assert fresh.short == pytest.approx(fresh.baseline_short, abs=0.02)
    assert fresh.long == pytest.approx(fresh.baseline_long, abs=0.02)
    assert fresh.short < 0.25


def test_copying_survives_resampling_and_silence():
    y = noise(3)
    padded = np.concatenate([np.zeros(SR), y[SR:]])
    assert copying(y, padded, SR).short > 0.98
    assert copying(signal.resample_poly(y, 3, 1), y, 3 * SR, SR).short > 0.95
    assert copying(y, np.zeros(SR), SR).short == 0


# Rhythm


@pytest.mark.parametrize("period", [0.06, 0.3, 1.0])
def test_the_period_of_a_click_train_is_found_and_kept(period):
    r = rhythm(clicks(6, period), clicks(6, period, 1)[2000:], SR)
    assert r.period == pytest.approx(period, abs=1.5 / ENVELOPE_RATE)
    assert r.strength is not None
    assert r.strength > 0.9
    assert r.kept == pytest.approx(1, abs=0.05)


def test_a_lost_and_a_shifted_beat_are_reported():
    y = clicks(6, 0.5)
    lost = rhythm(y, noise(6), SR)
    assert lost.kept is not None
    assert lost.kept < 0.3
    assert lost.relative > 5
    faster = rhythm(y, clicks(6, 0.4), SR)
    assert faster.kept is not None
    assert faster.kept < 0.1


@pytest.mark.parametrize("seed", range(4))
def test_noise_and_rain_have_no_period(seed):
    for y in (noise(4, seed), rain(4, seed)):
        r = rhythm(y, y, SR)
        assert (r.period, r.strength, r.kept) == (None, None, None)


def test_the_autocorrelation_is_that_of_the_definition():
    onsets = np.random.default_rng(0).random(300)
    o = onsets - onsets.mean()
    r = autocorrelation(onsets, 0.25)
    assert r.shape == (101,)
    for lag in (0, 1, 50, 100):
        assert r[lag] == pytest.approx(np.mean(o[: 300 - lag] * o[lag:]) / np.mean(o**2))


# All together


def test_level_difference_in_decibels():
    y = np.stack([noise(1), noise(1, 1), np.zeros(SR)])
    difference = level_difference(y, y * np.array([[2], [0.1], [1]]))
    assert difference[:2] == pytest.approx((20 * np.log10(2), -20))
    assert difference[2] is None


def test_unlike_sounds_are_compared_and_what_was_done_is_said():
    y = rain(4)
    stereo = signal.resample_poly(np.stack([1.2 * y, 0.8 * y]), 3, 2, axis=-1)[:, : 24_000 * 3 // 2]
    c = compare(y, stereo, SR, 24_000)
    assert c.notes == (
        "1 against 2 channels: the means of the channels are compared",
        "16000 against 24000 Hz: compared at 16000 Hz",
        "the result is shorter than half the reference: excerpts of 1.50 s are compared",
    )
    assert c.texture.total < 1
    assert c.copying.long > 0.97
    assert c.level_difference[0] == pytest.approx(20 * np.log10(y[: SR * 3 // 2].std() / y.std()), abs=0.6)


def test_a_comparison_is_frozen_and_json_without_nan():
    y = rain(2)
    c = compare(y, np.zeros_like(y), SR)
    with pytest.raises(dataclasses.FrozenInstanceError):
        c.notes = ()  # type: ignore[misc]
    values = json.loads(json.dumps(c.to_dict(), allow_nan=False))
    assert values["level_difference_db"] == [None]
    assert values["notes"] == ["the result is silent"]
    assert values["texture"]["total"] > 2
    assert set(values["texture"]["classes"]) == set(CLASSES)
    assert len(values["texture"]["channels"]) == 1
    assert (values["seam"], values["channels"]) == (None, None)


def test_the_seam_is_the_results_alone_and_the_image_needs_two_channels():
    y = np.stack([rain(4), rain(4, 1)])
    c = compare(y, np.stack([noise(4), noise(4)]), SR)
    assert c.seam == seam(np.stack([noise(4), noise(4)]), SR)
    assert c.channels is not None
    assert c.channels.coherence_change > 0.8
    values = json.loads(json.dumps(c.to_dict(), allow_nan=False))
    assert values["seam"]["inside"] is c.seam.inside
    assert set(values["seam"]) == {"inside", "level", "gap", "spectrum", "samples"}
    assert values["channels"]["mono"] == pytest.approx(10 * np.log10(2))


@pytest.mark.parametrize(
    ("reference", "result", "sr", "message"),
    [
        (np.zeros(SR), noise(1), SR, "the reference is silent; give one with sound in it"),
        (noise(0.4), noise(1), SR, "the reference lasts 0.4 s; at least 0.5 s are needed to compare"),
        (noise(1), noise(0.1), SR, "the result lasts 0.1 s; at least 0.25 s are needed to compare"),
        (noise(1), np.zeros(0), SR, "the result holds no samples; give a sound of at least half a second"),
        (
            noise(1),
            np.full(SR, np.nan),
            SR,
            "the result holds values that are not finite numbers; repair or replace it",
        ),
        (noise(1), noise(1)[:, None], SR, "the result has 16000 channels of 1 samples; give (channels, n)"),
        (noise(1), noise(1)[None, None], SR, r"the result has shape (1, 1, 16000); give (n,) or (channels, n)"),
        (noise(1), noise(1), 0, "the reference's sample rate is 0 Hz; sounds are compared at 1000 Hz or more"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_remedy(reference, result, sr, message):
    with pytest.raises(AudioError) as caught:
        compare(reference, result, sr)
    assert str(caught.value).startswith(message)
