"""What is refused as a clip, in which words, and what a short one has to do without."""

import numpy as np
import pytest

from texturize.config import Config
from texturize.config.presets import parse_config
from texturize.errors import AudioError, ConfigError
from texturize.synthesis.clip import check_samples, fit_config

SOUND = np.sin(np.arange(8000)).astype(np.float32)
DAMAGED = np.where(np.arange(8000) < 3, np.nan, SOUND)


def small(**resolution):
    raw = {"n_fft": 128, "hop_length": 32} | resolution
    return Config.model_validate({"resolutions": [], "spectrogram": raw, "filters": {"widths": [2, 4, 64]}})


@pytest.mark.parametrize(
    ("y", "sr", "message"),
    [
        (np.zeros(8000), 8000, "the clip is silent (its peak is 0); give a clip with sound in it"),
        (1e-9 * SOUND, 8000, "the clip is silent (its peak is 1e-09); give a clip with sound in it"),
        (np.full(8000, 0.25), 8000, "the clip is constant (every sample is 0.25); give a clip with sound in it"),
        (DAMAGED, 8000, "3 samples are NaN or infinite; export the clip again, or cut the damaged part out"),
        (np.array([np.inf, 0.5]), 8000, "1 samples are NaN or infinite; export the clip again, or cut the damaged part out"),
        (np.zeros(0), 8000, "the clip has no samples; give a clip of a few seconds"),
        (np.zeros((9, 80)), 8000, "samples of shape (9, 80) are not (n,) or (channels, n) with at most 8 channels; put channels first"),
        (np.zeros((2, 2, 80)), 8000, "samples of shape (2, 2, 80) are not (n,) or (channels, n) with at most 8 channels; put channels first"),
        (SOUND, 4000, "sample rate 4000 Hz is out of range; resample the clip to between 8000 and 192000 Hz"),
    ],
)  # fmt: skip
def test_no_clip(y, sr, message):
    with pytest.raises(AudioError) as error:
        check_samples(y, sr)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "y", [SOUND, np.stack([SOUND, SOUND]), np.stack([SOUND, 0 * SOUND]), (SOUND * 2**14).astype(np.int16)]
)
def test_samples_as_channels(y):
    samples = check_samples(y, 8000)
    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples, np.atleast_2d(y))


def test_too_short_says_how_long_it_must_be():
    # 2 x 2 frames of 32 samples and a window of 128, at 8 kHz: 0.032 s; never less than 0.1 s
    with pytest.raises(AudioError) as error:
        fit_config(small(), 160, 8000)
    assert str(error.value) == (
        "the clip is 0.020 s long, too short for the narrowest filter; give at least 0.10 s, "
        "or use smaller `filters.widths` or `spectrogram.window_ms`"
    )
    with pytest.raises(AudioError, match=r"the clip is 0\.250 s long.* give at least 0\.51 s"):
        fit_config(small(n_fft=2048, hop_length=512), 2000, 8000)


def test_what_is_long_enough_is_enough():
    config = small(n_fft=2048, hop_length=512)
    with pytest.raises(AudioError):
        fit_config(config, 4095, 8000)
    fitted, _ = fit_config(config, 4096, 8000)
    assert fitted.resolutions[0].filters.widths == (2,)


def test_widths_that_do_not_fit_are_left_out_with_a_warning():
    fitted, warnings = fit_config(small(), 4000, 8000)
    assert fitted.resolutions[0].filters.widths == (2, 4)
    assert warnings == ("the clip is short (0.50 s): left out the filters of 64 x 128 samples",)


def test_resolutions_that_do_not_fit_are_left_out_with_a_warning():
    config = parse_config(
        "resolutions: [{spectrogram: {n_fft: 128}}, {spectrogram: {n_fft: 4096}}]\nfilters: {widths: [2]}"
    )
    fitted, warnings = fit_config(config, 4000, 8000)
    assert [r.spectrogram.n_fft for r in fitted.resolutions] == [128]
    assert warnings == ("the clip is short (0.50 s): left out the filters of 2 x 4096 samples",)


def test_a_long_clip_keeps_everything():
    config = Config()
    assert fit_config(config, 5 * 44100, 44100) == (config, ())


def test_the_processing_rate_counts():
    config = Config.model_validate({"audio": {"sample_rate": 8000}} | small().model_dump(exclude={"audio"}))
    assert fit_config(config, 24000, 48000)[0].resolutions == fit_config(small(), 4000, 8000)[0].resolutions


def test_hops_without_a_common_multiple():
    config = parse_config(
        "resolutions: [{spectrogram: {n_fft: 512, hop_length: 127}}, {spectrogram: {n_fft: 512, hop_length: 131}}]\nfilters: {widths: [2]}"
    )
    with pytest.raises(ConfigError) as error:
        fit_config(config, 8000, 8000)
    assert (
        str(error.value)
        == "hops of 127, 131 samples have no common multiple within the clip; use hops that divide one another"
    )
