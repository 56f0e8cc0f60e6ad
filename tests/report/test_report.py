"""The page of a report: what it shows is what `compare` finds, whatever the names, in one file that fetches nothing."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile

from texturize.compare import compare, events, texture_distance
from texturize.errors import AudioError, OutputError
from texturize.report import Sound, read_sounds, report_html, write_report
from texturize.report.figures import charts, loss_charts, svg_path
from texturize.report.listening import LEAD, around, copies, encode, for_listening, matched_gains, rate_for
from texturize.report.page import own_distance

SR = 16_000
EVIL = "<img src=x onerror=alert(1)>"


def hiss(seed, seconds=2.0, level=0.1, sr=SR):
    return (level * np.random.default_rng(seed).standard_normal((2, round(seconds * sr)))).astype(np.float32)


CLIP = Sound("rain.wav", hiss(0), SR)
MANIFEST = {
    "texturize": "0.1.0",
    "seed": 7,
    "status": "CONVERGED",
    "seconds": {"refine": 1.25, "phase": 0.5},
    "losses": {"refine": [4.0, 2.0, 1.0], "phase": []},
    "origin": {"config": "best", "set": []},
    "config": {"filters": {"count": 123}},
    "command": f"texturize synth '</script><script>alert(1)</script>{EVIL}'",
}


class Page(HTMLParser):
    """Tags with their attributes, and the text of scripts by id."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.id = [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.id = dict(attrs).get("id", "code") if tag == "script" else None

    def handle_endtag(self, tag):
        self.id = None

    def handle_data(self, data):
        if self.id:
            self.scripts[self.id] = self.scripts.get(self.id, "") + data

    def json(self, name):
        return json.loads(self.scripts[name])


@pytest.fixture(scope="module")
def page():
    results = [Sound(f"{EVIL}.wav", hiss(1), SR, MANIFEST), Sound("twice.wav", hiss(2, level=0.2), SR)]
    return report_html(CLIP, results)


def test_figures_are_those_of_compare(page):
    found = compare(CLIP.samples, hiss(1), SR)
    assert Page(page).json("figures")[0] == json.loads(json.dumps(found.to_dict()))
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))
    assert f"Texture distance {found.texture.total:.2f}" in text
    assert f"Copying, 50 ms {found.copying.short:.2f}" in text
    assert f"a fresh excerpt {found.copying.baseline_short:.2f}, {found.copying.baseline_long:.2f}" in text
    assert f"stereo, coherence {found.channels.coherence:.2f}" in text
    assert f"seam {found.seam.largest:.2f}" in text
    assert f"As a whole {found.worst[1]:.2f}" in text
    assert f"attack and decay {found.events.distances['direction']:.2f}" in text
    assert "Retelling - too short to tell" in text


def test_charts_hold_the_figures_against_the_clips_own_halves():
    found = compare(CLIP.samples, hiss(1), SR)
    half = CLIP.samples.shape[1] // 2
    own = texture_distance(CLIP.samples[:, :half], CLIP.samples[:, half:], SR)
    texture, heard, copying, seam = charts(found, own_distance(CLIP))
    assert {bar.label.replace(" ", "_"): (bar.value, bar.control) for bar in texture.bars} == {
        name: (value, own.classes[name]) for name, value in found.texture.classes.items()
    }
    halves = events(CLIP.samples[:, :half], CLIP.samples[:, half:], SR).distances
    assert [(bar.value, bar.control) for bar in heard.bars] == [
        (value, halves[name]) for name, value in found.events.distances.items()
    ]
    assert [bar.label for bar in heard.bars][2] == "attack and decay"
    assert [(bar.value, bar.control) for bar in copying.bars] == [
        (found.copying.short, found.copying.baseline_short),
        (found.copying.long, found.copying.baseline_long),
    ]
    assert max(bar.value for bar in seam.bars) == found.seam.largest
    assert texture.percent(texture.most / 2) == "50.00%"
    assert texture.percent(10 * texture.most) == "100.00%"


def test_loss_curves_fall_from_the_top_left_to_the_bottom_right():
    (chart,) = loss_charts(MANIFEST["losses"])
    assert (chart.first, chart.last, chart.steps) == (4.0, 1.0, 2)
    assert chart.path == "M0.0,0.00 L500.0,50.00 L1000.0,100.00"
    assert svg_path([1.0] * 5000).count("L") <= 400
    assert list(loss_charts({"a": [1, float("nan")], "b": "x", "c": [1.0]})) == []
    assert list(loss_charts("<")) == list(loss_charts({"a": [10**400, 1]})) == []


def test_what_a_manifest_tells_is_shown(page):
    for words in (
        "<dd>best</dd>",
        "<dd>7</dd>",
        "<dd>converged</dd>",
        "<dd>1.8 s</dd>",
        "count: 123",
        "4 → 1 in 2 steps",
    ):
        assert words in page
    assert page.count("<summary>Config</summary>") == 1


def test_nothing_from_names_or_metadata_becomes_markup(page):
    parsed = Page(page)
    assert EVIL not in page
    assert not [tag for tag, _ in parsed.tags if tag in ("img", "iframe", "object", "embed")]
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]
    # The scripts are those of the template: two of data, one of sound each, one of code.
    assert [name for tag, name in parsed.tags if tag == "script" and not name] == [{}]
    assert sum(tag == "script" for tag, _ in parsed.tags) == 2 + 3 + 1
    assert parsed.json("sounds")[1]["name"] == f"{EVIL}.wav"


def test_a_manifest_that_is_evil_throughout_becomes_no_markup_either(tmp_path):
    manifest = {
        EVIL: EVIL, "texturize": EVIL, "seed": EVIL, "status": EVIL, "seconds": {EVIL: 10**400}, "warnings": [EVIL],
        "losses": {EVIL: [4.0, 2.0]}, "origin": {"config": EVIL, "set": EVIL}, "config": {EVIL: {EVIL: "\ud800"}},
    }  # fmt: skip
    clip = Sound(f"{EVIL}\n\udcff.wav", hiss(0, seconds=1), SR)  # a name with a byte that is no text
    write_report(tmp_path / "a.html", clip, [Sound(EVIL, hiss(1, seconds=1), SR, manifest, (EVIL,))])
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    parsed = Page(text)
    assert EVIL not in text
    assert sum(tag == "script" for tag, _ in parsed.tags) == 2 + 2 + 1
    assert not [tag for tag, _ in parsed.tags if tag in ("img", "iframe", "object", "embed")]
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]


def test_the_page_refers_to_nothing_outside(page):
    for _, attributes in Page(page).tags:
        for name in ("src", "href", "action", "data", "poster"):
            assert attributes.get(name, "#").startswith(("#", "data:")), attributes
    assert not re.search(r"https?://", page)
    assert "url(" not in page
    assert "@import" not in page


def test_the_same_sounds_give_the_same_page():
    assert report_html(CLIP, [Sound("a", hiss(1), SR)]) == report_html(CLIP, [Sound("a", hiss(1), SR)])


@pytest.mark.parametrize("level", [0.03, 0.25])
def test_ten_seconds_of_stereo_stay_below_five_megabytes(level):
    sounds = [Sound(str(seed), hiss(seed, 10, level, 48_000), 48_000) for seed in range(2)]
    made = copies(sounds)
    assert made[0].codec == ("FLAC" if level < 0.1 else "MP3")
    assert sum(len(copy.audio) for copy in made) < 4.7e6
    assert len(report_html(CLIP, [Sound("a", hiss(1), SR)])) - 2 * len(copies([CLIP])[0].audio) < 0.2e6


def test_a_lossless_copy_is_the_sound_itself():
    exact = Sound("a", np.round(hiss(0) * 32768) / 32768, SR)
    (copy,) = copies([exact])
    y, sr = soundfile.read(io.BytesIO(base64.b64decode(copy.audio)), dtype="float32", always_2d=True)
    assert (sr, copy.channels, copy.samples, copy.lead) == (SR, 2, exact.samples.shape[1], 0)
    np.testing.assert_array_equal(y.T, exact.samples)


def test_a_copy_with_a_lead_goes_round():
    y = hiss(0, 0.5)
    led = around(y, LEAD)
    np.testing.assert_array_equal(led[:, LEAD:-LEAD], y)
    np.testing.assert_array_equal(led[:, :LEAD], y[:, -LEAD:])
    np.testing.assert_array_equal(led[:, -LEAD:], y[:, :LEAD])
    assert around(y[:, :10], LEAD).shape == (2, 10 + 2 * LEAD)
    assert encode(led, SR, "MP3")[:2] in (b"\xff\xfb", b"\xff\xf3", b"ID")


def test_copies_are_as_loud_as_the_clip_and_do_not_clip():
    quiet, loud = hiss(0, level=0.01), hiss(1, level=0.1)
    gains = matched_gains([quiet, loud, np.zeros_like(quiet)], SR)
    assert gains[0] == pytest.approx(1.0)
    assert gains[1] == pytest.approx(0.1, rel=0.02)
    assert gains[2] == 1.0
    gains = matched_gains([loud, quiet], SR)
    assert gains[1] / gains[0] == pytest.approx(10, rel=0.02)
    assert np.abs(quiet).max() * gains[1] <= 1.0 + 1e-6
    beyond = copies([Sound("a", hiss(0, level=0.9), SR)])[0]
    assert beyond.plain == pytest.approx(float(np.abs(hiss(0, level=0.9)).max()))


def test_unusual_sounds_are_made_fit_to_be_heard():
    assert for_listening(np.ones((5, 9600), np.float32), 96_000, 48_000).shape == (1, 4800)
    assert rate_for([10_000]) == 11_025
    assert rate_for([96_000, 8000]) == 48_000
    made = copies([Sound("a", hiss(0, sr=SR), SR), Sound("b", hiss(1, sr=32_000), 32_000)])
    assert [(copy.sample_rate, copy.samples) for copy in made] == [(32_000, 64_000)] * 2


def test_the_page_says_how_what_is_heard_differs():
    odd = Sound("odd", np.repeat(hiss(0, sr=96_000), 2, axis=0), 96_000)
    assert "FLAC, 16 bits, at 48000 Hz, more than two channels as their mean<" in report_html(odd, [CLIP])
    assert "<dd>FLAC, 16 bits</dd>" in report_html(CLIP, [CLIP])


def test_a_result_that_cannot_be_judged_is_still_heard():
    text = report_html(CLIP, [Sound("blip.wav", hiss(0, 0.1), SR), Sound("none.wav", np.zeros((2, SR)), SR)])
    assert "it cannot be judged: the result lasts 0.1 s" in text
    assert "the result is silent" in text
    assert Page(text).json("figures")[0] is None


def test_errors(tmp_path):
    with pytest.raises(AudioError, match=r"quiet\.wav: the reference is silent; give one with sound in it"):
        report_html(Sound("quiet.wav", np.zeros((1, SR)), SR), [CLIP])
    with pytest.raises(OutputError, match="a report needs a result; name one or more after the clip"):
        report_html(CLIP, [])
    path = tmp_path / "a.html"
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists; replace it with --force"):
        write_report(path, CLIP, [CLIP])
    assert path.read_text() == "mine"
    write_report(path, CLIP, [CLIP], force=True)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [file.name for file in tmp_path.iterdir()] == ["a.html"]


def test_sounds_are_read_with_their_manifests(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        soundfile.write(tmp_path / name / "a.wav", hiss(0).T, SR)
    soundfile.write(tmp_path / "b.wav", hiss(0).T, SR)
    (tmp_path / "one" / "a.wav.json").write_text(json.dumps(MANIFEST))
    (tmp_path / "two" / "a.wav.json").write_text("{}")
    one, two, b = read_sounds([tmp_path / "one" / "a.wav", tmp_path / "two" / "a.wav", tmp_path / "b.wav"])
    assert (one.name, b.name) == (str(tmp_path / "one" / "a.wav"), "b.wav")
    assert one.manifest == MANIFEST
    assert (two.manifest, b.manifest) == ({}, {})
    assert two.notes == (f"its manifest is left out: {tmp_path / 'two' / 'a.wav.json'} is not a manifest of texturize",)


def test_odd_manifests_do_no_harm():
    odd = {"texturize": 1, "origin": [], "seconds": {"a": "b"}, "losses": {"a": [None]}, "config": EVIL, "seed": EVIL}
    assert EVIL not in report_html(CLIP, [Sound("a", hiss(1), SR, odd)])


def test_without_jinja2_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['jinja2'] = None\n"
        "from texturize.report.page import environment\n"
        "from texturize.errors import OutputError\n"
        "try: environment()\nexcept OutputError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "a report needs Jinja2, which is not installed; install texturize-audio with its extra `report`\n"
    )
