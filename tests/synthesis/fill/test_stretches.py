"""Stretches as people write them, gaps that cannot be, and faults that are found."""

import re

import numpy as np
import pytest

from texturize.errors import AudioError
from texturize.synthesis.fill import faults
from texturize.synthesis.fill.faults import Fault, find_faults
from texturize.synthesis.fill.gaps import Gap, Held, around, check_gaps
from texturize.synthesis.fill.stretches import parse_stretch, parse_time, read_labels

SR = 8000


@pytest.mark.parametrize(
    ("text", "seconds"), [("12.3", 12.3), ("5s", 5), (".5", 0.5), ("1:02.5", 62.5), ("1:00:03", 3603), ("90:00", 5400)]
)
def test_times(text, seconds):
    assert parse_time(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "x", "1:2:3:4", "-3", "nan", "inf", "1e3"])
def test_what_is_no_time(text):
    with pytest.raises(AudioError, match="is not a time"):
        parse_time(text)


def test_stretches():
    assert parse_stretch("12.3-13.1") == (12.3, 13.1)
    assert parse_stretch("1:02-1:03.5") == (62, 63.5)
    with pytest.raises(AudioError, match="'5-4' runs backwards"):
        parse_stretch("5-4")
    with pytest.raises(AudioError, match="'5' is not a stretch"):
        parse_stretch("5")


@pytest.mark.parametrize(
    "text",
    [
        "1.500000\t2.000000\tcough\n10.0\t11.0\tchair\n",  # Audacity
        "1.5\t2\tcough\n\\\t100.0\t4000.0\n10\t11\t\n",  # with frequencies
        "1,5\t2,0\tHusten\n10,0\t11,0\tStuhl\n",  # decimal commas
        "start,end\n1.5,2\n10,11\n",
        "name;end;start\na;2;1.5\nb;0:11;0:10\n",
        "\ufeff1.5,2\n\n10,11\n",
    ],
)
def test_labels(tmp_path, text):
    path = tmp_path / "labels.txt"
    path.write_text(text, encoding="utf-8")
    assert read_labels(path) == [(1.5, 2), (10, 11)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "labels.txt has no stretches; give"),
        ("1.5\n", "labels.txt, line 1 has no start and end"),
        ("1,2\n4,x\n", "labels.txt, line 2: 'x' is not a time"),
        ("2\t1\ta\n", "labels.txt, line 1: the stretch from 2 to 1 s has no length"),
    ],
)
def test_labels_that_are_none(tmp_path, text, message):
    (tmp_path / "labels.txt").write_text(text)
    with pytest.raises(AudioError, match=re.escape(message)):
        read_labels(tmp_path / "labels.txt")


@pytest.mark.parametrize(
    ("gaps", "message"),
    [
        ([(0, 4000), (3200, 4800)], "0.000-0.500 s and 0.400-0.600 s overlap"),
        ([(4800, 4000)], "0.600-0.500 s has no length"),
        ([(7000, 8001), (0, 10)], "0.875-1.000 s lies beyond the end at 1.000 s"),
        ([(0, 4000), (4000, 8000)], "cover everything"),
    ],
)
def test_gaps_that_cannot_be(gaps, message):
    with pytest.raises(AudioError, match=re.escape(message)):
        check_gaps([Gap(a, b, b - a) for a, b in gaps], SR, SR)


def test_a_gap_of_more_than_a_minute():
    with pytest.raises(AudioError, match=r"is 61.0 s long; give stretches of at most 60 s"):
        check_gaps([Gap(SR, 62 * SR, 61 * SR)], 100 * SR, SR)


def test_what_is_around_a_gap_ends_at_the_next():
    y = np.arange(40 * SR, dtype=np.float32)[None]
    gaps = (Gap(15 * SR, 16 * SR, SR), Gap(20 * SR, 21 * SR, SR))
    first, second = (around(Held(y), gaps, index, SR) for index in (0, 1))
    assert (first.before[0, 0], first.before[0, -1]) == (5 * SR, 15 * SR - 1)
    assert (first.after[0, 0], first.after[0, -1]) == (16 * SR, 20 * SR - 1)
    assert (second.before[0, 0], second.after[0, -1]) == (16 * SR, 31 * SR - 1)


def test_a_loop_goes_on_to_the_other_end():
    y = np.arange(4 * SR, dtype=np.float32)[None]
    end, start = Gap(4 * SR, 4 * SR, SR, closed=True), Gap(0, 0, SR, closed=True)
    assert around(Held(y), (end,), 0, SR).after[0, 0] == 0
    assert around(Held(y), (start,), 0, SR).before[0, -1] == 4 * SR - 1


@pytest.mark.parametrize("block", [1 << 20, 1000])  # of a block that ends within a fault
def test_faults(monkeypatch, block):
    monkeypatch.setattr(faults, "BLOCK", block)
    y = 0.3 * np.random.default_rng(0).standard_normal((2, 3 * SR)).astype(np.float32).clip(-3, 3)
    y[:, :500] = 0  # at the start it is none
    y[:, 4000:4900] = 0
    y[:, 8000:8080] = y[:, 8000:8001]
    y[:, 9000:9030] = 0  # 4 ms
    y[1, 12000:12005] = 1.0
    y[0, 12010:12013] = -1.0
    found = find_faults(Held(y), SR)
    assert found == [
        Fault("silence", 4000, 4900),
        Fault("dropout", 8000, 8080),
        Fault("clipping", 12000, 12013),
    ]


def test_a_quiet_recording_of_few_bits_has_no_dropouts():
    y = np.round(0.2 * np.random.default_rng(0).standard_normal((1, 10 * SR))).astype(np.float32) / 128
    y = np.repeat(y, 20, axis=1)
    assert not [fault for fault in find_faults(Held(y), SR) if fault.kind != "clipping"]


def test_stretches_that_touch_are_one():
    plain = [Gap(a, b, b - a) for a, b in ((3000, 3200), (1000, 2000), (2000, 2400))]
    assert check_gaps(plain, SR, SR) == (Gap(1000, 2400, 1400), Gap(3000, 3200, 200))
    wider = [Gap(1000, 2000, 1000), Gap(2000, 2400, 900)]  # what is put in there is another sound, of another length
    assert check_gaps(wider, SR, SR) == tuple(wider)
