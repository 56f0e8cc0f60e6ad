"""What comes out of the stages: close to the clip's texture, no copy of it, as loud, as long as asked for."""

import numpy as np
import pytest
from quick import only

from texturize import Recipe, SynthSources, synthesize
from texturize.compare import channels, copying, seam, texture_distance
from texturize.config.presets import load_config
from texturize.errors import TexturizeError
from texturize.signal.loudness import loudness
from texturize.synthesis.api import variations
from texturize.synthesis.result import worst_status
from texturize.synthesis.segments import work_length
from texturize.synthesis.solution import Status
from texturize.synthesis.stages import Record

SR = 8000
QUICK = ["resolutions=[]", "filters.widths=[2, 8]", "filters.count=8", *only("gram", "channels")]


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
    few = [
        "filters.widths=[2, 8]",
        "filters.count=16",
        "loss.patches.count=12",
        "loss.tones.count=2",
        "refine.max_steps=32",
    ]
    config = load_config("default", ["resolutions=[]", *few])
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
    assert result.losses["refine"][-1] < 0.04 * result.losses["refine"][0]
    assert result.spectral_convergence is None


@pytest.mark.parametrize(("duration", "n"), [(0.8, 6400), (4.2003, 33602)])
def test_as_long_as_asked_for(clip, duration, n):
    config = load_config("preview", [*QUICK, "refine.max_steps=2"])
    assert synthesize(clip[0], SR, config=config, duration=duration).samples.shape == (n,)


def test_the_part_of_the_clip_and_the_output_that_the_config_names(clip):
    silence = np.zeros((2, SR))
    keys = [*QUICK, "refine.max_steps=2", "audio.start=1.0", "audio.end=3.0"]
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
    for function in (Recipe(SynthSources(clip, SR), config).check, lambda: synthesize(clip, SR, config=config)):
        with pytest.raises(TexturizeError) as caught:
            function()
        assert str(caught.value).startswith(message)


def test_the_spectrogram_stages_run_where_there_is_no_waveform_stage(clip):
    config = load_config("default", [*QUICK, "refine.max_steps=0", "optimize.max_steps=20", "phase.iterations=50"])
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


def seconds_of(y, start, stop):
    return y[:, round(start * SR) : round(stop * SR)]


def test_long_results_are_loops_of_one_texture_without_repeats(clip):
    config = load_config("preview", [*QUICK, "refine.max_steps=8"])
    result = synthesize(clip, SR, config=config, duration=10.3, seed=1)
    y = result.samples
    assert y.shape == (2, round(10.3 * SR))
    levels = [20 * np.log10(np.std(seconds_of(y, t, t + 5.0))) for t in (0, 2.5, 5)]
    assert max(levels) - min(levels) < 1.5
    halves = copying(seconds_of(y, 0, 5), seconds_of(y, 5, 10), SR)
    assert halves.short < halves.baseline_short + 0.05
    assert seam(y, SR).inside


def test_channels_keep_their_level_and_coherence(clip, result):
    found = channels(clip, result.samples, SR)
    assert found.level_difference < 1.0
    assert found.coherence < 0.1


def test_copies_of_a_channel_stay_copies_and_silence_stays_silence():
    y = crackle(2.0)
    clip = np.stack([y[0], np.zeros_like(y[0]), y[0], y[1]])
    config = load_config("preview", [*QUICK, "refine.max_steps=3"])
    samples = synthesize(clip, SR, config=config).samples
    assert np.array_equal(samples[0], samples[2])
    assert not np.any(samples[1])
    assert not np.array_equal(samples[0], samples[3])


def test_variations_differ_and_joinable_ones_share_their_ends():
    clip = crackle(2.0)[0]
    config = load_config(
        "preview",
        [*QUICK, "refine.max_steps=10", "output.variations=3", "output.joinable=true", "output.duration=2"],
    )
    first, second, third = (result.samples for result in variations(clip, SR, config=config))
    for other in (second, third):
        assert np.abs(np.corrcoef(first, other)[0, 1]) < 0.3
        np.testing.assert_allclose(other[:800], first[:800], atol=2e-3 * np.abs(first).max())
        np.testing.assert_allclose(other[-800:], first[-800:], atol=2e-3 * np.abs(first).max())


def test_a_budget_ends_the_work_in_time(clip):
    config = load_config("default", [*QUICK, "refine.max_steps=100000", "refine.goal=0", "numerics.budget=1"])
    result = synthesize(clip, SR, config=config)
    assert result.status.name == "OUT_OF_TIME"
    assert 1 < len(result.losses["refine"]) < 100_000


def test_results_shorter_than_the_filters_are_cut_from_longer_ones(clip):
    config = load_config("preview", [*QUICK, "refine.max_steps=2"])
    samples = synthesize(clip, SR, config=config, duration=0.05).samples
    assert samples.shape == (2, 400)
    assert np.isfinite(samples).all()
    loop = load_config("preview", [*QUICK, "output.loop=true", "output.duration=0.05"])
    with pytest.raises(TexturizeError, match=r"a loop of 0.05 s is shorter than the filters; use at least --duration"):
        Recipe(SynthSources(clip, SR), loop).check()


def test_seeds_of_variations_stay_within_bounds(clip):
    config = load_config("preview", ["seed=4294967295", "output.variations=2"])
    with pytest.raises(TexturizeError, match="2 variations from seed 4294967295 on go beyond the largest seed"):
        Recipe(SynthSources(clip, SR), config).check()


def stops_after(calls):
    """A stop that is asked for from the given call on."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= calls


def test_variations_end_with_the_one_in_which_the_stop_came():
    config = load_config(
        "preview",
        [
            *QUICK,
            "refine.max_steps=40",
            "refine.goal=0",
            "refine.chunk=5",
            "output.duration=2",
            "output.joinable=true",
            "output.variations=4",
        ],
    )
    made = list(variations(crackle(2.0)[0], SR, config=config, stop=stops_after(1)))
    assert len(made) == 1
    assert made[0].status.name == "STOPPED"


def record(status):
    return Record({}, status, None, {})


@pytest.mark.parametrize(
    ("statuses", "parts", "worst"),
    [
        ([Status.CONVERGED, Status.CONVERGED], 2, Status.CONVERGED),
        ([Status.OUT_OF_STEPS, Status.NOT_FINITE], 2, Status.NOT_FINITE),
        ([Status.OUT_OF_STEPS, Status.STOPPED], 2, Status.STOPPED),
        ([Status.CONVERGED], 2, Status.STOPPED),
        ([Status.CONVERGED, Status.OUT_OF_TIME], 2, Status.OUT_OF_TIME),
    ],
)
def test_the_status_of_a_long_result_is_the_worst_of_its_segments(statuses, parts, worst):
    assert worst_status([record(status) for status in statuses], parts) is worst


def test_a_stop_within_a_long_result_leaves_its_whole_segments(clip):
    config = load_config("preview", [*QUICK, "refine.max_steps=4", "refine.chunk=1", "output.duration=20"])
    result = synthesize(clip[0], SR, config=config, stop=stops_after(8))
    assert result.status.name == "STOPPED"
    seconds = result.samples.shape[-1] / SR
    assert 3.5 < seconds < 16  # some of the segments, of 4 s each
    assert any("the end does not continue into the start" in text for text in result.warnings)
    levels = [np.std(part) for part in np.array_split(result.samples, 4)]
    assert max(levels) < 2 * min(levels)
