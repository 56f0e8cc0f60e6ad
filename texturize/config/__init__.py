"""The loss config: frozen, validated models. Frozen, so that a config is hashable and can be static under ``jit``."""

from texturize.config.analysis import FiltersConfig, ResolutionConfig, SpectrogramConfig
from texturize.config.loss import CourseConfig, LossConfig
from texturize.config.sound import AudioConfig, OutputConfig
from texturize.config.stages import NumericsConfig, OptimizeConfig, PhaseConfig, RefineConfig
from texturize.config.whole import DEFAULT_RESOLUTIONS, Config

__all__ = [
    "DEFAULT_RESOLUTIONS",
    "AudioConfig",
    "Config",
    "CourseConfig",
    "FiltersConfig",
    "LossConfig",
    "NumericsConfig",
    "OptimizeConfig",
    "OutputConfig",
    "PhaseConfig",
    "RefineConfig",
    "ResolutionConfig",
    "SpectrogramConfig",
]
