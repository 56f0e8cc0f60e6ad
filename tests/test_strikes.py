"""`benchmarks/strikes.py`, `partials.py` and `beats.py`, by sounds whose intervals, rises and decays are known."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

SR = 16_000
BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SHARED = ("tables", "figures", "partials", "beats", "strikes")


@pytest.fixture
def benchmark(monkeypatch):
    """The scripts' modules, as they are when run from their folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in SHARED:
        sys.modules.pop(name, None)
    yield importlib.import_module
    for name in SHARED:
        sys.modules.pop(name, None)


def clock(times, strengths, seconds=5.0):
    """Noise, and Hann-shaped bursts of it of 60 ms, so many dB above it."""
    rng = np.random.default_rng(0)
    y, burst = rng.standard_normal(round(seconds * SR)), np.hanning(round(0.06 * SR))
    for time, strength in zip(times, strengths, strict=True):
        at = round(time * SR) - burst.size // 2
        y[at : at + burst.size] += 10 ** (strength / 20) * burst * rng.standard_normal(burst.size)
    return 1e-3 * y[None]


EVEN = np.arange(0.3, 5, 0.5)
ALTERNATING = np.where(np.arange(EVEN.size) % 2, 40.0, 28.0)


def test_loud_and_soft_ticks_are_ticks(benchmark):
    strikes = benchmark("strikes")
    found = strikes.ticks(clock(EVEN, ALTERNATING), SR)
    # Frames of 20 ms are named by their starts.
    assert found.times + 0.01 == pytest.approx(EVEN, abs=0.015)
    assert strikes.period_of(found) == pytest.approx(0.5, abs=0.005)
    assert (found.share(0.5), found.share(0.6)) == (1.0, 0.0)
    assert found.ghost == 0


def test_late_ticks_and_ghosts_are_told(benchmark):
    strikes = benchmark("strikes")
    late = EVEN + np.where(np.arange(EVEN.size) == 4, 0.1, 0.0)
    found = strikes.ticks(clock([*late, 1.05], [*ALTERNATING, 14.0]), SR)
    assert found.times.size == EVEN.size
    assert found.share(0.5) == pytest.approx(7 / 9)
    assert found.ghost == pytest.approx(14 / 40, abs=0.06)


def test_what_does_not_tick_has_no_period(benchmark):
    strikes = benchmark("strikes")
    uneven = np.sort(np.random.default_rng(1).uniform(0.2, 4.8, 10))
    assert strikes.period_of(strikes.ticks(clock(uneven, ALTERNATING), SR)) is None
    assert strikes.period_of(strikes.ticks(clock([], []), SR)) is None


def test_a_beat_is_a_beat_at_another_tempo(benchmark):
    beats = benchmark("beats")

    def clicks(intervals):
        times = 0.1 + np.cumsum(intervals)
        return clock(times[times < 4.9], np.full((times < 4.9).sum(), 35.0))

    even, rng = np.full(30, 0.25), np.random.default_rng(4)

    def about(intervals):
        return clicks(intervals * rng.uniform(0.97, 1.03, 30))

    slowing = about(0.25 * 1.005 ** np.arange(30))
    slower = beats.beat(slowing, about(1.06 * even), SR, SR)
    uneven = beats.beat(slowing, clicks(even * rng.uniform(0.6, 1.4, 30)), SR, SR)
    noise = beats.beat(slowing, beats.noise_like(slowing), SR, SR)
    assert slower.relative < 0.5 * min(uneven.relative, noise.relative)
    assert noise.strength[1] < 0.4
    assert slower.strength == pytest.approx((0.7, 0.7), abs=0.25)
    assert beats.beat(clock([], []), slowing, SR, SR) is None


PARTIALS = np.array([310.0, 490, 640, 820, 1100, 1430, 1900, 2600])


def bell(attack, decay, noise=1e-3, seconds=7.0):
    """Partials struck at 0.5, 3 and 5 s: a straight rise of ``attack`` s, and a fall by 60 dB in ``decay`` s."""
    rng = np.random.default_rng(2)
    t = np.arange(round(seconds * SR)) / SR
    y = noise * rng.standard_normal(t.size)
    for start in (0.5, 3.0, 5.0):
        since = t - start
        envelope = np.where(
            since > 0, np.minimum(since / attack, 1) * 10 ** (-3 * np.maximum(since - attack, 0) / decay), 0
        )
        y += envelope * np.sin(2 * np.pi * PARTIALS[:, None] * t + rng.uniform(0, 6, (8, 1))).sum(0)
    return 0.1 * y


def test_rise_and_decay_are_those_of_the_strikes(benchmark):
    partials = benchmark("partials")
    for attack, decay in ((0.2, 1.5), (0.2, 3.0), (0.12, 1.5)):
        y = bell(attack, decay)
        found = partials.strongest_partials(y, SR)
        assert found == pytest.approx(PARTIALS, abs=2.5)
        struck = partials.strikes(y, SR, found)
        assert struck.rise == pytest.approx(0.8 * attack, rel=0.15)
        assert struck.decay == pytest.approx(decay, rel=0.1)
        assert struck.rate == pytest.approx(3 / 7, rel=0.05)
        assert struck.between < -25
        assert struck.direction > 0.5
        assert partials.direction(partials.envelopes(y[::-1], SR, found)) < -0.5
    # The window's own: 10 to 90 % of the integral of a Hann window of 64 ms.
    assert partials.strikes(bell(1e-3, 1.5), SR, PARTIALS).rise == pytest.approx(0.031, abs=0.006)


def test_noise_has_no_partials_and_steady_ones_no_strikes(benchmark):
    partials = benchmark("partials")
    assert not partials.strongest_partials(np.random.default_rng(3).standard_normal(4 * SR), SR).size
    t = np.arange(4 * SR) / SR
    assert partials.strikes(np.sin(2 * np.pi * PARTIALS[:, None] * t).sum(0), SR, PARTIALS) is None


def test_tables_go_to_the_page(benchmark, tmp_path, monkeypatch, capsys):
    strikes = benchmark("strikes")
    files = []
    for name, y in {
        "clock": clock(EVEN, ALTERNATING)[0],
        "clock.texture": clock(EVEN[1:], ALTERNATING[1:])[0],
        "bell": bell(0.01, 1.5),
        "bell.texture": bell(0.2, 1.5),
    }.items():
        files.append(str(tmp_path / f"{name}.wav"))
        soundfile.write(files[-1], y, SR, subtype="FLOAT")
    page = tmp_path / "events.md"
    monkeypatch.setattr(sys, "argv", ["strikes.py", *files, "--write", "--page", str(page)])
    strikes.main()
    shown = page.read_text()
    assert capsys.readouterr().out.strip() in shown
    assert "| clock | result | 0.50 | 9 of 10 | 100 % | 0.00 |" in shown
    assert "| bell | clip | 8 |" in shown
    result = next(line for line in shown.splitlines() if line.startswith("| bell | result |"))
    assert result.endswith("| no |")
    assert (tmp_path / "figures" / "events.json").is_file()
    monkeypatch.setattr(sys, "argv", ["strikes.py", files[0]])
    with pytest.raises(SystemExit):
        strikes.main()
    assert "in pairs" in capsys.readouterr().err
