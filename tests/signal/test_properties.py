"""Properties that hold for any config and any signal."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import texturize.signal.spectrogram
from texturize.config import Config
from texturize.config.mistakes import known_keys
from texturize.config.presets import config_to_yaml, load_config, parse_config
from texturize.errors import ConfigError, TexturizeError, printable
from texturize.files.yaml_text import parse_yaml
from texturize.signal.spectrogram import Stft, window_square_sum

quick = settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 70_000), st.floats(), st.text(max_size=5), st.lists(st.integers(0, 9), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip
FITTING = {
    "seed": st.integers(0, 2**32 - 1),
    "filters.count": st.integers(1, 65_536),
    "filters.widths": st.lists(st.integers(1, 4096), min_size=1, max_size=5),
    "resolutions.0.filters.count": st.integers(1, 99),
    "resolutions.1.spectrogram.n_fft": st.integers(16, 4096),
    "loss.gram.weight": st.floats(0, 1e30),
    "loss.rhythm.max_lag": st.floats(3, 1e9),
    "refine.tolerance": st.floats(0, 1, exclude_max=True),
    "output.duration": st.floats(1e-300, 1e300),
    "output.subtype": st.text(min_size=1, max_size=9),
    "output.loop": st.booleans(),
    "audio.start": st.floats(0, 1e6),
}


@settings(quick, max_examples=30)
@given(values=st.fixed_dictionaries({}, optional=FITTING))
def test_a_config_comes_back_from_its_yaml(values):
    config = load_config("preview", flags=values)
    text = config_to_yaml(config)
    assert parse_config(text) == config
    assert config_to_yaml(parse_config(text)) == text
    assert Config.model_validate(config.model_dump(mode="json")) == config
    assert hash(config) == hash(parse_config(text))


@quick
@given(key=st.sampled_from(known_keys()), value=VALUES)
def test_any_value_of_any_key_is_taken_or_refused_in_a_line_that_names_the_key(key, value):
    try:
        config = load_config(flags={key: value})
    except ConfigError as error:
        text = str(error)
        assert printable(text) == text
        assert key.split(".")[-1] in text or key.split(".")[0] in text
    else:
        assert parse_config(config_to_yaml(config)) == config


@quick
@given(text=st.text(max_size=80))
def test_any_text_is_yaml_or_refused_in_one_line(text):
    try:
        parse_yaml(text, "it")
    except ConfigError as error:
        assert str(error).startswith("it")
        assert len(str(error).splitlines()) == 1


@quick
@given(text=st.text(st.characters()))
def test_an_error_is_one_line_that_can_be_written(text):
    message = str(TexturizeError(text, text))
    assert len(message.splitlines()) <= 1 or not text
    message.encode()
    assert printable(message) == message
    if text.isascii() and text.isprintable():
        assert message == (f"{text}; {text}" if text else text)


def test_an_error_about_a_value_of_thousands_of_letters_is_cut_short():
    message = str(TexturizeError("x" * 5000, "shorten it"))
    assert message == "x" * 600 + "...; shorten it"


stft = jax.jit(texturize.signal.spectrogram.stft, static_argnames="settings")
istft = jax.jit(texturize.signal.spectrogram.istft, static_argnames=("n", "settings"))
N = 480
CIRCULAR = [
    Stft(64, 16, circular=True),
    Stft(60, 20, "hamming", circular=True),
    Stft(32, 12, "blackman", circular=True),
]
SETTINGS = [*CIRCULAR, Stft(64, 16)]


@st.composite
def signals(draw):
    """Noise, impulses and silence over many orders of magnitude, from a seed: hypothesis is slow at long lists."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = rng.standard_normal((2, N)) * 10.0 ** draw(st.integers(-12, 6))
    return y * (rng.random((2, N)) < draw(st.sampled_from([0.0, 0.01, 1.0])))


def close(a, b):
    scale = max(float(np.abs(a).max()), float(np.abs(b).max()), 1e-290)
    np.testing.assert_allclose(np.asarray(a) / scale, np.asarray(b) / scale, rtol=0, atol=1e-11)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("transform", SETTINGS, ids=str)
@settings(quick, max_examples=25)
@given(x=signals(), y=signals(), a=st.floats(-1e3, 1e3), shift=st.integers(-40, 40))
def test_the_transform_is_linear_invertible_and_commutes_with_rotation(transform, x, y, a, shift):
    X = stft(x, transform)
    close(stft(a * x + y, transform), a * np.asarray(X) + np.asarray(stft(y, transform)))
    close(istft(X, N, transform), x)
    if transform.circular:
        turned = stft(np.roll(x, shift * transform.hop_length, axis=-1), transform)
        close(turned, np.roll(X, shift, axis=-2))


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("transform", SETTINGS, ids=str)
@settings(quick, max_examples=25)
@given(y=signals())
def test_energy_is_that_of_the_windowed_signal(transform, y):
    # Parseval for each real frame: bins but the first and the last stand for their conjugates, too.
    twice = np.full(transform.bins, 2.0)
    twice[[0, -1]] = 1.0
    energy = np.sum(twice * np.abs(np.asarray(stft(y, transform))) ** 2) / transform.n_fft
    close(energy, np.sum(y**2 * window_square_sum(N, transform)))
