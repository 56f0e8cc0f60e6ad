"""Morphs: the texture of a clip at its end, between them in the middle, one after the other where the mix changes."""

import numpy as np
import pytest
from quick import only

from texturize import Recipe, morph, synthesize
from texturize.config.presets import load_config
from texturize.errors import ConfigError
from texturize.signal.loudness import loudness
from texturize.synthesis.morphing import MorphSources
from texturize.synthesis.run_plan import plan_run

SR = 8000
SMALL = ["resolutions=[]", "filters.widths=[4]", "filters.count=8", "refine.max_steps=5"]
QUICK = load_config("preview", [*SMALL, *only("gram")])
PATCHES = load_config("preview", [*SMALL, *only("gram", "patches"), "loss.patches.count=8"])


def noise(seconds, low, high, level, seed):
    """Noise between two frequencies."""
    n = round(seconds * SR)
    f = np.fft.rfftfreq(n, 1 / SR)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(n)) * np.where((f > low) & (f < high), 1, 0.3)
    y = np.fft.irfft(spectrum, n)
    return (level * y / y.std()).astype(np.float32)


LOW, HIGH = noise(2.0, 100, 1000, 0.01, 0), noise(2.5, 1500, 3500, 0.1, 1)


def tilt(y):
    """Level of the high band over that of the low one, in dB."""
    power = np.abs(np.fft.rfft(np.atleast_2d(y)[0])) ** 2
    f = np.fft.rfftfreq(np.atleast_2d(y).shape[-1], 1 / SR)
    return 10 * np.log10(power[(f > 1500) & (f < 3500)].sum() / power[(f > 100) & (f < 1000)].sum())


def test_a_mix_goes_from_one_clip_to_the_other_in_decibels_and_loudness():
    made = [morph([LOW, HIGH], [SR, SR], mix, config=PATCHES).samples for mix in (0, 0.5, 1)]
    assert {y.shape for y in made} == {(1, 2 * SR)}  # of the shorter
    tilts, wanted = [tilt(y) for y in made], [tilt(LOW), (tilt(LOW) + tilt(HIGH)) / 2, tilt(HIGH)]
    np.testing.assert_allclose(tilts, wanted, atol=3)
    loud = [loudness(np.atleast_2d(y), SR) for y in (LOW, HIGH)]
    found = [loudness(y, SR) for y in made]
    np.testing.assert_allclose(found, [loud[0], sum(loud) / 2, loud[1]], atol=0.1)
    alone = synthesize(LOW, SR, config=PATCHES).samples
    np.testing.assert_array_equal(made[0][0], alone)  # nothing of the other clip


def test_a_changing_mix_begins_with_one_clip_and_ends_with_the_other():
    y = morph([LOW, HIGH], [SR, SR], "0:1", config=QUICK, duration=8.0).samples
    assert y.shape == (1, 8 * SR)
    parts = [tilt(y[:, start * SR : (start + 2) * SR]) for start in (0, 3, 6)]
    assert parts[0] == pytest.approx(tilt(LOW), abs=3)
    assert parts[2] == pytest.approx(tilt(HIGH), abs=5)
    assert parts[0] + 4 < parts[1] < parts[2] - 4
    loud = [loudness(np.atleast_2d(clip), SR) for clip in (LOW, HIGH)]
    found = [loudness(y[:, part], SR) for part in (slice(0, 2 * SR), slice(-2 * SR, None))]
    np.testing.assert_allclose(np.subtract(found, loud), 0, atol=3)  # 20 LU apart, and steps of 10


@pytest.mark.parametrize(
    ("mix", "keys", "message"),
    [
        ("0:1", ["output.duration=5.0"], "a gradual mix of 5 s is too short to change on the way; use at least"),
        (
            "0:1",
            ["output.duration=9.0", "output.loop=true"],
            "changes on the way, so it ends as another sound than it starts",
        ),
        ("0.2,0.8,1", [], "has 3 shares for 2 clips; write 2 numbers with commas between them"),
    ],
)
def test_what_cannot_be_mixed_is_refused_before_the_work(mix, keys, message):
    with pytest.raises(ConfigError, match=message):
        Recipe(MorphSources([LOW, HIGH], [SR, SR], mix), load_config("preview", keys)).check()


@pytest.mark.parametrize(
    ("mix", "duration", "longest"), [("0.5", 30.0, 6.0), ("0:1", 30.0, 4.0), ("0:1", 60.0, 5.0), ("0:1", 120.0, 6.0)]
)
def test_segments_are_as_long_as_the_shortest_clip_or_as_the_steps_of_a_change(mix, duration, longest):
    rng = np.random.default_rng(0)
    clips = [rng.standard_normal(seconds * 8000) for seconds in (6, 9)]
    config = load_config("preview", [f"output.duration={duration}"])
    plan = plan_run(*MorphSources(clips, [8000, 8000], mix).gathered(config))
    assert plan.warnings == ()
    assert 0.8 * longest < plan.segments.n / plan.segments.rate < 1.05 * longest
