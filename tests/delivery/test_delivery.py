"""The last steps: each channel's level, loudness, peaks, rate, fades, and that no step undoes another."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from texturize.config import Config, OutputConfig
from texturize.delivery.levels import levels_of, match_channels
from texturize.delivery.mastering import check_output, deliver, fade
from texturize.delivery.writing import settle_subtype
from texturize.errors import ConfigError
from texturize.files.audio import Clip
from texturize.files.dither import quantize
from texturize.signal.loudness import loudness, true_peak

SR = 16_000


def noise(seed, seconds=3.0, channels=2, level=0.1, sr=SR):
    """Noise (channels, n), the second channel fainter, lowpassed so that it has peaks between its samples."""
    y = np.random.default_rng(seed).standard_normal((channels, round(seconds * sr)))
    y = y + np.roll(y, 1, -1) + np.roll(y, 2, -1)
    return (level * y * 0.5 ** np.arange(channels)[:, None]).astype(np.float32)


def delivered(y, clip, sr=SR, loop=False, **output):
    return deliver(y, sr, levels_of(clip, SR), OutputConfig(**output), loop=loop)


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
@pytest.mark.parametrize("seconds", [0.05, 0.3, 3.0])
def test_as_loud_as_the_clip_in_every_channel_without_a_word(channels, seconds):
    clip, y = noise(1, channels=channels, level=0.03), noise(2, seconds, channels)
    y[0] *= 3
    result = delivered(y, clip)
    assert result.notes == ()
    assert loudness(result.samples, SR) == pytest.approx(loudness(clip, SR), abs=0.05)
    levels = np.mean(result.samples.astype(float) ** 2, 1) / np.mean(clip.astype(float) ** 2, 1)
    np.testing.assert_allclose(levels, levels[0], rtol=1e-4)


def test_a_silent_channel_stays_silent():
    clip = noise(1)
    clip[1] = 0
    result = delivered(noise(2), clip)
    assert not result.samples[1].any()
    assert loudness(result.samples, SR) == pytest.approx(loudness(clip, SR), abs=0.05)


@pytest.mark.parametrize("target", [-50.0, -30.0, -23.0, -16.0])
@pytest.mark.parametrize("sr", [SR, 44_100])
@pytest.mark.parametrize("output", [{}, {"fade_in": 1.0, "fade_out": 1.0}])
def test_the_loudness_asked_for_is_that_of_the_result_with_all_that_was_done_to_it(target, sr, output):
    result = delivered(noise(2, sr=sr), noise(1), sr, loudness=target, **output)
    assert loudness(result.samples, sr) == pytest.approx(target, abs=0.05)


def test_a_clip_too_faint_for_the_gate_is_matched():
    clip = noise(1, level=1e-6)
    assert loudness(clip, SR) < -100
    assert loudness(delivered(noise(2), clip).samples, SR) == pytest.approx(loudness(clip, SR), abs=0.05)


def test_peaks_beyond_full_scale_are_limited_and_nothing_else():
    clip, y = noise(1, level=0.2), noise(2, level=0.2)
    y = np.clip(y, -1, 1)
    y[1, 20_000] = 1.3
    result = delivered(y, clip)
    assert np.abs(result.samples).max() <= 0.9991
    assert len(result.notes) == 1
    assert re.match(r"peaks were turned down by up to 2\.\d dB, in 0\.\d+ % of the time", result.notes[0])
    assert loudness(result.samples, SR) == pytest.approx(loudness(clip, SR), abs=0.05)
    far = np.abs(np.arange(y.shape[1]) - 20_000) > 0.006 * SR
    gains = result.samples[:, far] / y[:, far]
    np.testing.assert_allclose(gains, np.broadcast_to(gains[:, :1], gains.shape), rtol=1e-4)


def test_a_loudness_that_does_not_fit_in_is_said():
    result = delivered(noise(2), noise(1), loudness=0.0)
    assert np.abs(result.samples).max() <= 0.9991
    said = re.search(r"the loudness is (\S+) LUFS instead of 0\.0: louder, peaks would be flattened", result.notes[-1])
    assert float(said[1]) == pytest.approx(loudness(result.samples, SR), abs=0.1)


def swell(y, sr=SR):
    """Variation of the level in windows of 20 ms: standard deviation over mean."""
    width = sr // 50
    levels = np.sqrt(np.mean(y[:, : y.shape[1] // width * width].reshape(len(y), -1, width) ** 2, axis=-1))
    return float(np.std(levels) / np.mean(levels))


@pytest.mark.parametrize("kind", ["dense", "square", "uniform"])
def test_a_texture_of_a_clip_that_is_denser_than_it_keeps_its_swell_and_says_what_loudness_that_costs(kind):
    rng = np.random.default_rng(5)
    t = np.arange(3 * SR) / SR
    swelling = 1 + 0.2 * np.sin(2 * np.pi * 3 * t)
    hiss = rng.standard_normal((1, t.size))
    clip = {
        "dense": np.tanh(2 * hiss * swelling), "square": np.sign(hiss), "uniform": rng.uniform(-1, 1, (1, t.size)),
    }[kind]  # fmt: skip
    texture = (rng.standard_normal((1, t.size)) * swelling).astype(np.float32)
    result = delivered(texture, (0.95 * clip).astype(np.float32), subtype="PCM_16")
    assert swell(result.samples) == pytest.approx(swell(texture), rel=0.1)
    limited = re.match(r"peaks were turned down by up to (\S+) dB", result.notes[0])
    assert float(limited[1]) <= 3.0
    said = re.match(r"the loudness is (\S+) LUFS instead of (\S+): louder, peaks", result.notes[1])
    assert float(said[1]) == pytest.approx(loudness(result.samples, SR), abs=0.06)
    assert float(said[2]) - float(said[1]) > 2


@pytest.mark.parametrize(("subtype", "bounded"), [("FLOAT", False), ("DOUBLE", False), ("PCM_24", True), (None, True)])
def test_a_file_that_holds_more_than_full_scale_has_the_loudness_and_no_limiter_unless_asked(subtype, bounded):
    y, clip = noise(2), np.sign(noise(1)) * 0.9
    result = delivered(y, clip, subtype=subtype)
    asked = delivered(y, clip, subtype=subtype, true_peak=-1.0)
    assert bool(np.abs(result.samples).max() <= 1.0) == bounded
    assert true_peak(asked.samples, SR) <= -1.0
    if not bounded:
        gains = result.samples / match_channels(y, levels_of(clip, SR).rms)
        np.testing.assert_allclose(gains, gains[0, 0], rtol=1e-4)
        assert loudness(result.samples, SR) == pytest.approx(loudness(clip, SR), abs=0.05)
        over = 20 * np.log10(np.abs(result.samples).max())
        said = (
            f"peaks reach {over:.1f} dB above full scale, which {subtype} can hold; with --true-peak -1 there are none"
        )
        assert result.notes == (said,)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16"])
@pytest.mark.parametrize(("steps", "dither", "most"), [(4.0, True, 0.05), (1.0, True, 0.05), (0.5, False, 0.3)])
def test_a_sound_as_faint_as_the_steps_of_its_format_is_as_loud_in_the_file_as_the_clip(subtype, steps, dither, most):
    step = 2.0 ** (-7 if subtype == "PCM_U8" else -15)
    clip, y = (steps * step * np.random.default_rng(seed).standard_normal((1, 5 * SR)) for seed in (1, 2))
    result = delivered(y.astype(np.float32), clip.astype(np.float32), subtype=subtype, dither=dither)
    held = quantize(result.samples, subtype, 7 if dither else None)
    assert loudness(held, SR) == pytest.approx(loudness(clip, SR), abs=most)
    assert result.notes == ()


def test_where_dither_would_drown_the_sound_its_level_is_said_and_nothing_left_is_said_too():
    clip = (2.0**-8 * np.random.default_rng(1).standard_normal((1, 5 * SR))).astype(np.float32)
    result = delivered(clip, clip, subtype="PCM_U8")
    said = re.match(r"the loudness is (\S+) LUFS instead of \S+: PCM_U8 cannot be quieter without", result.notes[0])
    assert float(said[1]) == pytest.approx(loudness(quantize(result.samples, "PCM_U8", 3), SR), abs=0.1)
    assert loudness(result.samples, SR) == pytest.approx(loudness(clip, SR) - 3, abs=0.05)
    gone = delivered(clip, clip, subtype="PCM_U8", loudness=-60.0, dither=False)
    assert gone.notes == ("nothing of it is left in the steps of PCM_U8; use --subtype PCM_24",)


@pytest.mark.parametrize(
    ("name", "subtype", "level", "output", "expected"),
    [
        ("a.wav", "PCM_U8", -48, {}, "PCM_16"),
        ("a.wav", "PCM_U8", -30, {}, "PCM_U8"),
        ("a.wav", "PCM_16", -93, {}, "PCM_24"),
        ("a.wav", "PCM_U8", -93, {}, "PCM_24"),
        ("a.flac", "PCM_S8", -48, {}, "PCM_16"),
        ("a.wav", "PCM_16", -48, {}, "PCM_16"),
        ("a.wav", "PCM_U8", -48, {"loudness": -20.0}, "PCM_U8"),
        ("a.wav", "PCM_U8", -48, {"subtype": "PCM_U8"}, "PCM_U8"),
        ("a.ogg", "PCM_U8", -48, {}, "VORBIS"),
    ],
)
def test_a_clip_as_faint_as_its_steps_gives_a_result_of_more_bits_unless_asked(name, subtype, level, output, expected):
    y = 10 ** (level / 20) * np.random.default_rng(1).standard_normal((1, SR))
    clip = Clip(y.astype(np.float32), SR, subtype)
    config, remarks = settle_subtype(Config(output=OutputConfig(**output)), Path(name), clip)
    assert config.output.subtype == expected
    changed = expected not in (subtype, "VORBIS")
    assert (
        remarks
        == (f"the sound is as faint as the steps of {subtype}, so the result is written as {expected}",) * changed
    )


@pytest.mark.parametrize("sr", [SR, 44_100, 8000])
@pytest.mark.parametrize("output", [{}, {"fade_in": 0.5}])
@pytest.mark.parametrize("ceiling", [-1.0, -6.0])
def test_a_true_peak_is_kept_by_one_gain_and_said(sr, output, ceiling):
    y, clip = noise(2, sr=sr), noise(1, level=0.05)
    free = delivered(y, clip, sr, **output)
    result = delivered(y, clip, sr, true_peak=ceiling, loudness=-9.0, **output)
    assert ceiling - 0.1 < true_peak(result.samples, sr) <= ceiling
    gain = np.sqrt(np.mean(result.samples**2) / np.mean(free.samples**2))
    np.testing.assert_allclose(result.samples, gain * free.samples, atol=1e-5)
    said = re.fullmatch(
        rf"turned down by (\S+) dB to keep the true peak at {ceiling:g} dBTP: the loudness is (\S+) LUFS instead of -9\.0",
        result.notes[0],
    )
    assert float(said[2]) == pytest.approx(loudness(result.samples, sr), abs=0.06)
    assert float(said[1]) + float(said[2]) == pytest.approx(-9.0, abs=0.2)


def test_a_true_peak_that_is_kept_anyway_changes_nothing():
    plain, kept = (delivered(noise(2), noise(1, level=0.02), **output) for output in ({}, {"true_peak": -1.0}))
    np.testing.assert_array_equal(plain.samples, kept.samples)
    assert kept.notes == ()


def test_eight_bits_leave_room_for_their_dither():
    result = delivered(noise(2), noise(1), true_peak=-1.0, loudness=-5.0, subtype="PCM_U8")
    assert np.abs(result.samples).max() + 2.5 / 128 <= 10 ** (-1 / 20)


def test_fades_are_raised_cosines_of_their_exact_length():
    y = fade(np.ones((2, 1000), np.float32), 100, 300)
    np.testing.assert_allclose(y[0, :100], 0.5 - 0.5 * np.cos(np.pi * np.arange(100) / 100), atol=1e-6)
    np.testing.assert_allclose(y[1, 700:][::-1], 0.5 - 0.5 * np.cos(np.pi * np.arange(300) / 300), atol=1e-6)
    np.testing.assert_array_equal(y[:, 100:700], 1.0)
    assert fade(np.ones((1, 3), np.float32), 2, 2).shape == fade(np.ones((1, 3), np.float32), 5, 2).shape == (1, 3)


def test_fades_at_the_rate_of_the_result():
    plain, faded = (
        delivered(noise(2, 2.0, sr=48_000), noise(1), 48_000, **fades)
        for fades in ({}, {"fade_in": 0.5, "fade_out": 1})
    )
    ratio = faded.samples[0] / plain.samples[0]
    body = np.median(ratio[24_000:48_000])
    np.testing.assert_allclose(ratio[24_001:47_999], body, rtol=1e-3)
    assert np.median(ratio[11_990:12_010]) == pytest.approx(body / 2, rel=1e-2)
    assert np.median(ratio[71_990:72_010]) == pytest.approx(body / 2, rel=1e-2)
    assert faded.samples[0, 0] == faded.samples[0, -1] == 0


@pytest.mark.parametrize(
    ("output", "seconds", "loop", "message"),
    [
        (
            {"fade_in": 1.5, "fade_out": 0.6}, 2.0, False,
            "fades of 1.5 s and 0.6 s do not fit into a result of 2 s; use shorter fades or a longer --duration",
        ),
        (
            {"fade_in": 0.5}, 2.0, True,
            "output.fade_in is 0.5, but a loop has no ends to fade; leave out the fades or the loop",
        ),
        (
            {"fade_out": 0.25}, 2.0, True,
            "output.fade_out is 0.25, but a loop has no ends to fade; leave out the fades or the loop",
        ),
    ],
)  # fmt: skip
def test_fades_that_cannot_be(output, seconds, loop, message):
    with pytest.raises(ConfigError) as caught:
        check_output(OutputConfig(**output), seconds, loop=loop)
    assert str(caught.value) == message
    if loop:
        with pytest.raises(ConfigError):
            delivered(noise(2), noise(1), loop=True, **output)


def test_the_peak_across_the_seam_of_a_loop_counts():
    # A quarter of the rate at 45 degrees: between the last sample and the first there is a peak.
    y = np.zeros((1, SR), np.float32)
    y[0, [0, -1]] = 0.7, 0.7
    y[0, 1:-1] = 0.05 * noise(3, 1.0, 1)[0, 1:-1]
    clip = y.copy()
    result = delivered(y, clip, loop=True, loudness=-15.0, true_peak=-3.0)
    assert true_peak(np.roll(result.samples, 100, -1), SR) <= -3.0


def test_match_channels():
    clip, y = noise(1), noise(2)
    matched = match_channels(3 * y, levels_of(clip, SR).rms)
    np.testing.assert_allclose(np.mean(matched**2, 1), np.mean(clip**2, 1), rtol=1e-5)
