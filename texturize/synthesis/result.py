"""A new texture and how it came about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from texturize.config import Config
from texturize.show.notebook import audio_html, spectrogram_html
from texturize.show.tables import html_table
from texturize.synthesis.solution import Status
from texturize.synthesis.stages import Record


@dataclass(frozen=True)
class Synthesis:
    """A new texture and how it came about."""

    samples: npt.NDArray[np.float32]
    """(n,) or (channels, n), as the clip was given, at the levels that ``config.output`` asks for; its end continues
    into its start, unless it is faded."""
    sample_rate: int
    losses: dict[str, npt.NDArray[np.float64]]
    """Per optimized stage: the loss before the first step and after each; of long results, the first segment's."""
    status: Status
    """Of the last stage that ran; of long results, the worst of their segments'."""
    spectral_convergence: float | None
    """Of the phase recovery, |(|STFT(y)| - S)| / |S|, mean over channels; None where there was none."""
    config: Config
    seed: int
    warnings: tuple[str, ...]
    times: dict[str, float]
    """Seconds per stage."""

    def _repr_html_(self) -> str:
        """The sound to play, its spectrogram, and how it came about, for notebooks."""
        channels, n = np.atleast_2d(self.samples).shape
        curves = ((stage, losses) for stage, losses in self.losses.items() if len(losses))
        table = html_table(
            [
                ("length", f"{n / self.sample_rate:.2f} s"),
                ("sample rate", f"{self.sample_rate} Hz"),
                ("channels", str(channels)),
                ("seed", str(self.seed)),
                *((f"loss, {stage}", f"{losses[0]:.3g} to {losses[-1]:.3g}") for stage, losses in curves),
                ("ended", self.status.sentence),
                ("took", f"{sum(self.times.values()):.1f} s"),
                *(("warning", text) for text in self.warnings),
            ]
        )
        sound = audio_html(self.samples, self.sample_rate), spectrogram_html(self.samples, self.sample_rate)
        return "<br>".join((*sound, table))


def worst_status(records: list[Record], parts: int) -> Status:
    """The worst of the statuses of segments; stopped where some were not begun."""
    found = {record.status for record in records} | ({Status.STOPPED} if len(records) < parts else set())
    worst = (Status.NOT_FINITE, Status.STOPPED, Status.OUT_OF_TIME, Status.OUT_OF_STEPS)
    return next((status for status in worst if status in found), Status.CONVERGED)


def restarts(records: list[Record]) -> tuple[str, ...]:
    """What to say of losses that were not finite on the way."""
    count = sum(record.restarts for record in records)
    if not count:
        return ()
    times = "once" if count == 1 else f"{count} times"
    return (f"the loss was {times} not a finite number: it went on from the best so far, with a smaller step",)
