"""The config: all sections, and how resolutions are completed from what they share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from texturize.config.analysis import FiltersConfig, ResolutionConfig, SpectrogramConfig
from texturize.config.loss import LossConfig
from texturize.config.model import Model
from texturize.config.sound import AudioConfig, OutputConfig
from texturize.config.stages import NumericsConfig, OptimizeConfig, PhaseConfig, RefineConfig

DEFAULT_RESOLUTIONS: tuple[dict[str, Any], ...] = (
    {"spectrogram": {"window_ms": 16.0}},
    {"spectrogram": {"window_ms": 64.0}},
)


STEPS_ALONE = 300
MOST_RESOLUTIONS = 8


class Config(Model):
    """Everything a synthesis depends on, apart from the clip."""

    audio: AudioConfig = AudioConfig()
    output: OutputConfig = OutputConfig()
    spectrogram: SpectrogramConfig = SpectrogramConfig()
    """What every resolution's spectrogram has where the resolution does not say otherwise."""
    filters: FiltersConfig = FiltersConfig()
    """What every resolution's filters have where the resolution does not say otherwise."""
    resolutions: Annotated[tuple[ResolutionConfig, ...], Field(max_length=MOST_RESOLUTIONS)] = ()
    """Spectrograms, each with its filter banks, as differences from `spectrogram` and `filters`; the first is the
    one whose magnitudes and phases are recovered. An empty list is one resolution without differences."""
    loss: LossConfig = LossConfig()
    optimize: OptimizeConfig = OptimizeConfig()
    phase: PhaseConfig = PhaseConfig()
    refine: RefineConfig = RefineConfig()
    numerics: NumericsConfig = NumericsConfig()
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 0
    """Seed of the noise the synthesis starts from."""

    def _repr_html_(self) -> str:
        """What differs from the defaults, and every key, as tables for notebooks."""
        from texturize.show.notebook import config_html  # noqa: PLC0415  only notebooks need it

        return config_html(self)

    def with_output(self, **keys: Any) -> Config:
        """The same with other keys of the section `output`, which are not validated anew."""
        return self.model_copy(update={"output": self.output.model_copy(update=keys)})

    def of_seed(self, seed: int) -> Config:
        """That of one of its variations, which its seed alone gives."""
        return self.with_output(variations=1).model_copy(update={"seed": seed})

    @property
    def spectrogram_steps(self) -> int:
        """Most steps of the spectrogram stage."""
        if self.optimize.max_steps is not None:
            return self.optimize.max_steps
        return 0 if self.refine.max_steps else STEPS_ALONE

    @model_validator(mode="before")
    @classmethod
    def _fill_resolutions(cls, raw: Any) -> Any:
        """Complete each resolution from `spectrogram` and `filters`; resolutions that end up equal count once."""
        if not isinstance(raw, dict):
            return raw
        resolutions = raw.get("resolutions", DEFAULT_RESOLUTIONS)
        if not isinstance(resolutions, list | tuple) or not all(isinstance(entry, dict) for entry in resolutions):
            return raw
        if len(resolutions) > MOST_RESOLUTIONS**2:
            return raw  # far too many to be compared with one another
        base = {name: raw.get(name, {}) for name in ("spectrogram", "filters")}
        if not all(isinstance(section, dict) for section in base.values()):
            return raw
        filled: list[dict[str, Any]] = []
        for entry in resolutions or [{}]:
            if not all(isinstance(entry.get(name, {}), dict) for name in base):
                return raw
            complete = entry | {name: section | entry.get(name, {}) for name, section in base.items()}
            if not any(_same(complete, other) for other in filled):
                filled.append(complete)
        return raw | {"resolutions": filled}


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two raw resolutions come to the same: lengths in samples win over those in milliseconds and shares."""

    def effective(entry: dict[str, Any]) -> dict[str, Any]:
        settings = dict(entry["spectrogram"])
        for exact, relative in (("n_fft", "window_ms"), ("hop_length", "hop_ratio")):
            if settings.get(exact) is not None:
                settings.pop(relative, None)
        return entry | {"spectrogram": settings}

    return effective(a) == effective(b)
