"""Tables for notebooks say what the figures are, and escape what they are given."""

from __future__ import annotations

import numpy as np

from texturize.compare import compare
from texturize.config import Config
from texturize.optimize import Status
from texturize.synthesis import Synthesis
from texturize.tables import html_table

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
