"""Tables for notebooks say what the figures are, and escape what they are given."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import PIL.Image
import soundfile

from texturize.compare import compare
from texturize.config import Config
from texturize.config.presets import load_config
from texturize.files.audio import Clip
from texturize.inspection.inspection import inspect_clip
from texturize.show.notebook import audio_html
from texturize.show.tables import html_table
from texturize.synthesis.result import Synthesis
from texturize.synthesis.solution import Status

SR = 16_000


def test_text_is_escaped():
    assert "<b>" not in html_table([("<b>", '"&<b>')])
    assert "&lt;b&gt;" in html_table([("<b>", "x")])


def test_a_comparison_shows_its_figures():
    rng = np.random.default_rng(0)
    found = compare(rng.standard_normal(SR), rng.standard_normal((2, SR)), SR)
    table = found._repr_html_()
    for words in (
        f">{found.texture.total:.2f}<",
        ">copying, 50 ms<",
        f">{found.seam.largest:.2f}<",
        "1 against 2 channels",
    ):
        assert words in table


def test_a_synthesis_shows_what_was_made():
    result = Synthesis(
        samples=np.zeros((2, 3 * SR), np.float32), sample_rate=SR, losses={"refine": np.array([4.0, 0.5]), "phase": np.zeros(0)},
        status=Status.CONVERGED, spectral_convergence=None, config=Config(), seed=7, warnings=("<short>",), times={"refine": 1.25},
    )  # fmt: skip
    table = result._repr_html_()
    for words in (
        ">3.00 s<",
        ">16000 Hz<",
        ">2<",
        ">7<",
        ">4 to 0.5<",
        Status.CONVERGED.sentence,
        ">1.2 s<",
        "&lt;short&gt;",
    ):
        assert words in table
    assert "phase" not in table
    (flac,) = re.findall(r"<audio controls loop src='data:audio/flac;base64,([^']*)'>", table)
    played, sr = soundfile.read(io.BytesIO(base64.b64decode(flac)), always_2d=True)
    assert (played.shape, sr) == ((3 * SR, 2), SR)
    (png,) = re.findall(r"<img alt='spectrogram' src='data:image/png;base64,([^']*)'>", table)
    with PIL.Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        assert picture.format == "PNG"


def test_what_is_played_is_the_sound_turned_down_where_it_would_clip():
    y = np.sin(np.arange(2 * SR)).reshape(2, SR).astype(np.float32)
    for gain in (0.5, 4.0):
        flac = audio_html(gain * y, SR).split("base64,")[1].split("'")[0]
        played, _ = soundfile.read(io.BytesIO(base64.b64decode(flac)))
        np.testing.assert_allclose(played.T, min(gain, 1.0) * y / (np.abs(y).max() if gain > 1 else 1.0), atol=1e-4)


def test_a_sound_too_long_for_a_notebook_says_so():
    assert audio_html(np.zeros((2, 60 * SR), np.float32), SR) == (
        "<p>60 s is too long for a player in a notebook: write it to a file</p>"
    )


def test_a_config_shows_what_differs_from_the_defaults():
    assert Config()._repr_html_().startswith("<p>The defaults</p><details>")
    shown = load_config("default", ["filters.count=7", "audio.end=2.5"])._repr_html_().split("<details>")
    assert (
        ">filters.count</th><td style='text-align:left'>7</td><td style='text-align:left'>instead of 128<" in shown[0]
    )
    assert ">audio.end</th><td style='text-align:left'>2.5</td><td style='text-align:left'>instead of null<" in shown[0]
    assert "seed" not in shown[0]
    assert ">seed</th><td style='text-align:left'>0<" in shown[1]
    one = load_config("default", ["resolutions=[]"])._repr_html_()
    assert ">resolutions.1.filters.count</th><td style='text-align:left'>none<" in one


def test_an_inspection_shows_its_figures_warnings_and_command():
    y = 0.1 * np.random.default_rng(0).standard_normal((1, 3 * SR)).astype(np.float32)
    y[:, :100] = 1.0
    shown = inspect_clip(Clip(y, SR, "WAV", "PCM_16", clipped=100))._repr_html_()
    for words in (">3.00 s<", ">a texture<", ">warning<", "stand at full scale", ">texturize synth CLIP"):
        assert words in shown
