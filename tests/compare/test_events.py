"""Figures of events on sounds whose events are known: clicks, decays, intervals, copies."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from scipy import signal

from texturize.compare import EVENT_FIGURES, compare, events, retelling, rhythm
from texturize.compare.band_powers import COARSE, FINE, band_powers, bands, steps
from texturize.compare.event_statistics import top_means
from texturize.compare.event_verdicts import AS_THE_HALVES, event_rows, event_verdict, retelling_verdict
from texturize.compare.events import event_pace
from texturize.compare.intervals import interval_distance, intervals, onset_strength, onsets
from texturize.compare.verdicts import rows
from texturize.errors import AudioError

SR = 16_000


def strikes(times: np.ndarray, seconds: float, decay: float, seed: int = 0, hiss: float = 0.003) -> np.ndarray:
    """Bursts of noise at these times, that fall by 1/e in ``decay`` s, over hiss."""
    rng = np.random.default_rng(seed)
    n = round(seconds * SR)
    burst = np.exp(-np.arange(round(8 * decay * SR)) / (decay * SR))
    y = hiss * rng.standard_normal(n + burst.size)
    for time in times:
        at = round(time * SR)
        y[at : at + burst.size] += rng.uniform(0.7, 1.3) * burst * rng.standard_normal(burst.size)
    return y[:n]


def crackle(seconds: float, seed: int = 0, decay: float = 0.004, rate: float = 12) -> np.ndarray:
    """Strikes at random, ``rate`` a second."""
    rng = np.random.default_rng(1000 + seed)
    return strikes(rng.uniform(0, seconds, round(rate * seconds)), seconds, decay, seed)


def blurred(y: np.ndarray, seconds: float) -> np.ndarray:
    """Noise with the envelope of a sound, averaged over so many seconds."""
    n = round(seconds * SR)
    envelope = np.sqrt(np.convolve(y**2, np.ones(n) / n, "same"))
    return envelope * np.random.default_rng(5).standard_normal(y.size)


def test_bands_sum_to_one_and_their_powers_are_those_of_the_sound():
    f = np.linspace(500, 5500, 200)
    np.testing.assert_allclose(bands(f, 7500, 12).sum(0), 1, atol=1e-12)
    y = np.sin(2 * np.pi * 2000 * np.arange(2 * SR) / SR)
    for resolution in (FINE, COARSE):
        powers = band_powers(y, SR, resolution)
        assert powers.shape[0] == resolution.bands
        np.testing.assert_allclose(powers.sum(0), 0.5, rtol=0.02)


def test_steps_and_top_means_are_those_of_the_definition():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 50))
    direct = [[row[i + 3 : i + 6].mean() - row[i : i + 3].mean() for i in range(45)] for row in x]
    np.testing.assert_allclose(steps(x, 3), direct, atol=1e-12)
    np.testing.assert_allclose(top_means(x, (0.1, 0.001))[:, 0], np.sort(x, axis=1)[:, -5:].mean(1))
    np.testing.assert_allclose(top_means(x, (0.1, 0.001))[:, 1], x.max(1))


@pytest.mark.parametrize("period", [0.2, 0.5])
def test_onsets_are_found_where_they_are(period):
    times = np.arange(0.1, 3.9, period)
    y = strikes(times, 4.0, 0.01)
    strength = onset_strength(y[None], SR, 1e-6)
    found = (onsets(strength, 0.5 * strength.max()) + 8) * FINE.hop + 0.5 * FINE.window
    np.testing.assert_allclose(found, times, atol=0.006)
    independent = librosa.onset.onset_detect(y=y.astype(np.float32), sr=SR, hop_length=64, units="time")
    assert len(independent) == len(times)
    assert event_pace(y[None], SR).interval == pytest.approx(period, abs=0.002)
    assert event_pace(y[None], SR).spread < 0.02
    assert event_pace(y[None], SR).rate == pytest.approx(len(times) / 4, rel=0.02)


def test_uneven_events_are_no_clock_and_noise_has_none():
    assert event_pace(crackle(6.0, rate=4)[None], SR).spread > 0.8
    assert event_pace(np.random.default_rng(0).standard_normal((1, 4 * SR)), SR) is None


def test_without_two_events_the_interval_is_the_whole():
    strength = np.zeros(800)
    strength[100] = 10.0
    assert 2 ** intervals(strength, 5.0).lengths == pytest.approx([1.0])
    assert 0.8 < interval_distance([strength, strength], [np.zeros(800)]) <= 1


def test_fresh_excerpts_are_about_one_in_every_figure():
    found = [events(crackle(6.0, seed), crackle(6.0, 10 + seed), SR).distances for seed in range(4)]
    for name in EVENT_FIGURES:
        assert 0.6 < np.median([distances[name] for distances in found]) < AS_THE_HALVES
    assert np.median([max(distances.values()) for distances in found]) < 1.5


def test_the_reference_itself_is_no_further_than_an_excerpt():
    y = crackle(6.0)
    found = events(y, 3 * y, SR)
    assert max(found.distances.values()) <= 1
    np.testing.assert_allclose(list(found.differences.values()), 0, atol=1e-9)


def test_blurred_crackles_are_softer_and_lower():
    y = crackle(6.0)
    found = events(y, blurred(y, 0.03), SR)
    assert found.distances["attacks"] > 2
    assert found.differences["attacks"] < -2
    assert found.differences["peaks"] < -1
    assert any(text.startswith("softer: rises within 5 ms -") for _, _, text in event_rows(found))


def test_swelling_is_told_from_striking():
    times = np.arange(0.1, 6, 0.4)
    y, another = strikes(times, 6, 0.06), strikes(times + 0.03, 6, 0.06, seed=1)
    forwards, backwards = events(y, another, SR), events(y, another[::-1], SR)
    assert forwards.distances["direction"] < AS_THE_HALVES
    assert backwards.distances["direction"] > 2
    assert backwards.differences["direction"] < -3
    assert "swells more" in {name: text for name, _, text in event_rows(backwards)}["attack and decay"]
    # turned round, it is the other way
    assert events(y[::-1], another, SR).differences["direction"] > 3


def test_ticks_at_random_are_no_clock():
    clock = strikes(np.arange(0.1, 8, 0.5), 8, 0.01)
    another = strikes(np.arange(0.3, 8, 0.5), 8, 0.01, seed=1)
    rng = np.random.default_rng(2)
    random = strikes(np.sort(rng.uniform(0, 7.9, 16)), 8, 0.01, seed=3)
    ghosts = strikes(np.sort(np.concatenate([np.arange(0.1, 8, 0.5), [0.3, 2.25, 3.4, 6.3]])), 8, 0.01, seed=4)
    slower = strikes(np.arange(0.1, 8, 0.8), 8, 0.01, seed=5)
    assert events(clock, another, SR).distances["intervals"] < 1.2
    for other in (random, ghosts, slower):
        assert events(clock, other, SR).distances["intervals"] > AS_THE_HALVES


def test_bands_that_crackle_apart_are_not_together():
    y = crackle(6.0)
    apart = np.zeros_like(y)
    for i, (low, high) in enumerate(((100, 1000), (1000, 2500), (2500, 7000))):
        band = signal.butter(4, (low, high), "band", fs=SR, output="sos")
        apart += signal.sosfilt(band, crackle(6.0, 20 + i))
    found = events(y, apart, SR)
    assert found.distances["together"] > 2
    assert found.differences["together"] < -0.1


def test_noise_of_the_same_level_has_neither_peaks_nor_changes():
    y = crackle(6.0)
    found = events(y, np.random.default_rng(3).standard_normal(y.size), SR)
    for name in ("peaks", "levels", "changes"):
        assert found.distances[name] > 2
    assert found.differences["peaks"] < -3
    assert found.differences["changes"] < -0.3


def test_the_verdict_is_that_of_the_worst_figure():
    times = np.arange(0.1, 6, 0.3)
    y, swelling = strikes(times, 6, 0.05), strikes(times + 0.02, 6, 0.05, seed=1)[::-1]
    found = compare(y, swelling, SR)
    assert found.worst == max(found.closeness.items(), key=lambda item: item[1])
    assert found.texture.total < 0.7 * found.worst[1]
    assert found.worst[1] > 2
    first = next(iter(rows(found)))
    assert first[0] == "as a whole"
    assert "another excerpt" not in first[2]
    same = compare(y, strikes(times + 0.02, 6, 0.05, seed=1), SR)
    assert next(iter(rows(same)))[2].startswith("as close as another excerpt of the same recording (the worst: ")
    assert found.to_dict()["worst"]["value"] == found.worst[1]


def test_a_periodicity_counts_where_the_reference_has_one():
    clock = strikes(np.arange(0.1, 6, 0.5), 6, 0.01)
    assert rhythm(clock, clock, SR).closeness == pytest.approx(1, abs=0.01)
    assert rhythm(clock, crackle(6.0), SR).closeness == pytest.approx(np.sqrt(5))
    assert rhythm(crackle(3.0), clock, SR).closeness is None


def test_pieces_in_another_order_retell_and_fresh_events_do_not():
    y = crackle(8.0, rate=6)
    pieces = np.split(y, 8)
    shuffled = np.concatenate([pieces[i] for i in (3, 6, 1, 7, 0, 5, 2, 4)])
    # other noise under the same course of events: no waveform is copied, and all is told again
    told_again = blurred(shuffled, 0.005)
    fresh = retelling(y, crackle(8.0, 7, rate=6), SR)
    assert abs(fresh.excess) < 0.15
    for again in (shuffled, told_again):
        assert retelling(y, again, SR).excess > 0.2
    assert retelling(y, y, SR).likeness > 0.95
    assert retelling(y, y[: SR // 4], SR).likeness is None
    for n in range(SR // 2, 3 * SR, 3331):  # halves of any number of frames
        assert (retelling(y[-n:], y, SR).likeness is None) == (n < 2.02 * SR)


def test_a_spectrum_that_stays_is_not_retold():
    rng = np.random.default_rng(0)
    band = signal.butter(4, (1000, 2000), "band", fs=SR, output="sos")
    a, b = signal.sosfilt(band, rng.standard_normal((2, 6 * SR)))
    assert retelling(a, b, SR).likeness < 0.4
    assert abs(retelling(a, b, SR).excess) < 0.05


def test_words_go_with_the_figures():
    assert event_verdict("attacks", 1.2, -3.0) == "as in another excerpt"
    assert event_verdict("attacks", 2.0, 3.0) == "sharper: rises within 5 ms +3.0 dB"
    assert event_verdict("changes", 2.0, np.log(0.8)) == "steadier: levels move -20 %"
    assert event_verdict("peaks", 2.0, 0.1) == "differs from band to band, to both sides"
    assert event_verdict("intervals", 2.0, 0.0) == "events come at other intervals, or less evenly"
    assert [retelling_verdict(x) for x in (0.1, 0.2, 0.4)] == [
        "no more alike than the reference's halves",
        "in part the reference's course of events",
        "stretches retell the reference",
    ]


@pytest.mark.parametrize(
    "result", [np.zeros(4 * SR), np.ones(4 * SR), np.eye(1, 4 * SR, 9000)[0], np.full((2, 4 * SR), 0.1)]
)
def test_degenerate_results_stay_finite(result):
    reference = np.stack([crackle(4.0), np.zeros(4 * SR)])[: np.atleast_2d(result).shape[0]]
    found = events(reference, result, SR)
    assert np.isfinite([*found.distances.values(), *found.differences.values()]).all()
    assert np.isfinite(retelling(reference, result, SR).likeness)


def test_lengths_and_rates_may_differ():
    y = crackle(6.0)
    long, short = events(y, crackle(15.0, 3), SR), events(y, crackle(0.3, 3, rate=30), SR)
    assert max(long.distances.values()) < 2
    assert np.isfinite(list(short.distances.values())).all()
    assert np.isfinite(list(events(np.sin(np.arange(2000)), np.cos(np.arange(1500)), 1000).distances.values())).all()
    other = signal.resample_poly(crackle(6.0, 2), 3, 2)
    same = events(y, crackle(6.0, 2), SR).distances
    assert events(y, other, SR, 24_000).distances == pytest.approx(same, rel=0.02)
    with pytest.raises(AudioError, match="the reference is silent"):
        events(np.zeros(SR), y, SR)
