"""Recordings with new sound in their gaps: what stays, what is new, and how it meets both sides."""

import numpy as np
import pytest
import quick
import scipy.signal

from texturize import extend, fill
from texturize.compare.seam import seam
from texturize.config.presets import load_config
from texturize.errors import AudioError
from texturize.synthesis.fill.gap_run import plan_gap
from texturize.synthesis.fill.gaps import Gap, Held
from texturize.synthesis.fill.run import FillRun

SR = 8000
HOLE = (3.0, 3.5)
CONFIG = load_config(
    "fill",
    [
        "filters.count=8",
        "filters.widths=[4]",
        'resolutions=[{"spectrogram": {"window_ms": 32}}]',
        "refine.max_steps=3",
        *quick.only("gram"),
    ],
)


def hiss(seconds=6.5, channels=1, seed=0):
    """Noise of a colour."""
    white = np.random.default_rng(seed).standard_normal((channels, round(seconds * SR)))
    return (0.1 * scipy.signal.lfilter([1], [1, -0.7], white)).astype(np.float32)


def level(y):
    return 10 * np.log10(np.mean(np.square(y, dtype=float)))


@pytest.fixture(scope="module")
def filled():
    y = hiss()
    return y, fill(y, SR, [HOLE], config=CONFIG, seed=1)


def test_outside_the_stretch_nothing_changes(filled):
    y, result = filled
    a, b = (round(t * SR) for t in HOLE)
    assert result.samples.shape == y.shape
    np.testing.assert_array_equal(result.samples[:, :a], y[:, :a])
    np.testing.assert_array_equal(result.samples[:, b:], y[:, b:])
    assert not np.array_equal(result.samples[:, a:b], y[:, a:b])


def test_the_stretch_is_of_the_same_level_and_has_no_seams(filled):
    y, result = filled
    a, b = (round(t * SR) for t in HOLE)
    assert level(result.samples[:, a:b]) == pytest.approx(level(y), abs=1)
    for at in (a, b):  # as the seam of a loop that is cut there
        assert seam(np.roll(result.samples, -at, axis=-1), SR).samples.inside
    one = result.fills[0]
    assert one.parts == ((0, 3), (3.5, 6.5))
    assert one.losses[1] < one.losses[0]
    assert (one.difference, result.warnings) == (0, ())


def test_what_was_in_the_stretch_has_no_say(filled):
    y, result = filled
    a, b = (round(t * SR) for t in HOLE)
    damaged = y.copy()
    damaged[:, a:b] = 1
    np.testing.assert_array_equal(fill(damaged, SR, [HOLE], config=CONFIG, seed=1).samples, result.samples)


def test_another_seed_is_another_sound_and_one_channel_may_be_without_its_axis(filled):
    y, result = filled
    other = fill(y[0], SR, [HOLE], config=CONFIG, seed=2).samples
    assert other.shape == y[0].shape
    a, b = (round(t * SR) for t in HOLE)
    assert abs(np.corrcoef(other[a:b], result.samples[0, a:b])[0, 1]) < 0.2


def test_sides_that_differ_go_over_into_one_another():
    y = hiss()
    a, b = (round(t * SR) for t in HOLE)
    y[:, b:] *= 4  # 12 dB
    result = fill(y, SR, [HOLE], config=CONFIG)
    assert result.fills[0].difference == pytest.approx(12, abs=2)
    new = result.samples[:, a:b]
    quarters = [level(part) - level(y[:, :a]) for part in np.array_split(new, 4, axis=-1)]
    np.testing.assert_allclose(quarters, [1.5, 4.5, 7.5, 10.5], atol=1.5)
    assert result.samples[:, b - 1 : b + 1].std() < 1
    np.testing.assert_array_equal(result.samples[:, b:], y[:, b:])


def test_an_offset_goes_on_and_a_silent_channel_stays_silent():
    y = np.concatenate([hiss() + 0.25, np.zeros((1, round(6.5 * SR)))]).astype(np.float32)
    progress = []
    result = fill(y, SR, [HOLE], config=CONFIG, progress=progress.append)
    new = result.samples[:, slice(*(round(t * SR) for t in HOLE))]
    assert new[0].mean() == pytest.approx(0.25, abs=0.02)
    assert not new[1].any()
    assert {(at.part, at.parts) for at in progress} == {(1, 1)}


def test_a_click_is_bridged_without_an_optimization():
    y = hiss(3)
    t = np.arange(y.shape[-1]) / SR
    y += 0.5 * np.sin(2 * np.pi * 300 * t).astype(np.float32)
    a, b = 12_000, 12_040
    damaged = y.copy()
    damaged[:, a:b] = 1
    result = fill(damaged, SR, [(a / SR, b / SR)])
    assert result.fills[0].status is None
    np.testing.assert_array_equal(result.samples[:, b:], y[:, b:])
    # The tone goes on; the hiss is another one, twice as strong as its own in the difference.
    assert np.std(result.samples[:, a:b] - y[:, a:b]) < 2 * np.std(hiss(3))


def test_an_insertion_moves_the_rest():
    y = hiss()
    result = fill(y, SR, [(3.0, 3.0)], insert=0.5, config=CONFIG)
    at, n = 3 * SR, SR // 2
    np.testing.assert_array_equal(np.delete(result.samples, slice(at, at + n), axis=-1), y)


def test_extensions():
    y = hiss()
    n, by = y.shape[-1], SR // 2
    after = extend(y, SR, 0.5, config=CONFIG).samples
    np.testing.assert_array_equal(after[:, :n], y)
    assert after.shape[-1] == n + by
    before = extend(y, SR, 0.5, before=True, config=CONFIG).samples
    np.testing.assert_array_equal(before[:, by:], y)
    loop = extend(y, SR, 0.5, loop=True, config=CONFIG).samples
    assert seam(loop, SR).samples.inside
    assert level(after[:, n:]) == pytest.approx(level(y), abs=1)


def test_it_stops_when_it_is_asked_to(filled):
    y, _ = filled
    result = fill(y, SR, [HOLE, (6.2, 6.4)], config=CONFIG, stop=lambda: True)
    assert [one.status and one.status.name for one in result.fills] == ["STOPPED", None]
    assert level(result.samples[:, round(6.2 * SR) : round(6.4 * SR)]) == pytest.approx(level(y), abs=1.5)


def test_all_gaps_share_the_budget(monkeypatch):
    given = []
    monkeypatch.setattr(FillRun, "_made", lambda self, index, key, config, *_: given.append(config.numerics.budget))
    config = CONFIG.model_copy(update={"numerics": CONFIG.numerics.model_copy(update={"budget": 100.0})})
    gaps = (*tuple(Gap(at, at + 800, 800) for at in (8000, 16000)), Gap(30000, 30020, 20))
    list(FillRun(Held(hiss()), SR, gaps, (), config.with_output(variations=2)).fills(0))
    assert given[:2] == pytest.approx([22.5, 45], rel=0.06)  # of half of it, less the start, one half and the rest


@pytest.mark.parametrize(
    ("y", "spans", "message"),
    [
        (hiss(1.2), [(0.5, 0.9)], r"stretch 0.500-0.900 s there are 0.70 s to learn from; it needs at least 1 s"),
        (0 * hiss(3), [(1.0, 1.5)], "around the stretch 1.000-1.500 s there is silence"),
        (hiss(1)[None], [(0.1, 0.2)], r"samples of shape \(1, 1, 8000\)"),
    ],
)
def test_what_cannot_be_filled(y, spans, message):
    with pytest.raises(AudioError, match=message):
        fill(y, SR, spans, config=CONFIG)


@pytest.mark.parametrize("seconds", [0.1, 1, 5, 60])
@pytest.mark.parametrize("given", [(0, 250), (250, 0), (250, 250), (1000, 1000)])
def test_plans_have_room(seconds, given):
    new = round(1000 * seconds)
    found = plan_gap(new, given, 1000, (8,), 24.0)
    room = found.n + (found.parts - 1) * (found.n - found.context)
    assert room >= new + 2 * sum(given)  # as much is left over as is given
    assert found.parts == 1 or room - (found.n - found.context) < new + 2 * sum(given)
    assert found.n % 8 == 0
    assert plan_gap(new, given, 1000, (8,), 24.0, 4.0).n >= 4000


@pytest.mark.parametrize("seconds", [0.25, 1, 2, 2.99, 3, 3.6, 5.9, 57.1, 60])
@pytest.mark.parametrize("given", [(1000, 0), (300, 1000), (1000, 1000)])
def test_every_segment_has_something_new(seconds, given):
    new = round(1000 * seconds)
    found = plan_gap(new, given, 1000, (8,), 4.0)
    rest = new - (found.parts - 1) * (found.n - found.context)
    assert rest > 0
    assert found.context + rest + given[1] <= found.n
    assert found.n <= 4000 + 3 * 1000 + 8 * 50  # no longer than one part's worth of what is given
