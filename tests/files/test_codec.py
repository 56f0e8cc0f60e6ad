"""A codec as the meter hears it: what a file of it holds."""

from __future__ import annotations

import numpy as np
import pytest

from texturize.files.audio import read_audio
from texturize.files.audio_writing import write_audio
from texturize.files.codec import as_decoded


@pytest.mark.parametrize(
    ("name", "subtype"), [("a.ogg", "VORBIS"), ("a.ogg", "OPUS"), ("a.opus", "OPUS"), ("a.mp3", "MPEG_LAYER_III")]
)
def test_as_in_the_file(tmp_path, name, subtype):
    y = (0.1 * np.random.default_rng(0).standard_normal((2, 100_000))).astype(np.float32)
    write_audio(tmp_path / name, y, 48_000, subtype)
    np.testing.assert_array_equal(as_decoded(y, 48_000, subtype), read_audio(tmp_path / name).samples)


@pytest.mark.parametrize("subtype", [None, "PCM_16", "FLOAT"])
def test_what_loses_nothing_is_itself(subtype):
    y = np.full((1, 10), 0.1, np.float32)
    assert as_decoded(y, 48_000, subtype) is y
