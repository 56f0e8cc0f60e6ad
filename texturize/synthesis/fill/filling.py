"""New sound in the gaps of a recording, in the texture of what surrounds each: the Python API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import numpy.typing as npt

from texturize.config import Config
from texturize.config.presets import load_config
from texturize.errors import AudioError
from texturize.synthesis.fill.gaps import Gap, Held, Part, Samples, check_gaps
from texturize.synthesis.fill.run import Filled, FillRun
from texturize.synthesis.fill.stretches import PRESET
from texturize.synthesis.stages import Progress
from texturize.synthesis.verb_options import RunOptions, takes


class FillOptions(RunOptions, total=False):
    """What `fill` and `extend` take; None is as good as nothing."""

    learn: Sequence[tuple[float, float]] | None


@dataclass(frozen=True)
class Filling:
    """A recording whose gaps were filled.

    Attributes
    ----------
    samples : (n,) or (channels, n)
        As they were given; outside the gaps they are the same.
    sample_rate : int
        In Hz.
    fills : tuple of Filled
        What is new, in its order.
    config : Config
    seed : int
    """

    samples: npt.NDArray[np.float32]
    sample_rate: int
    fills: tuple[Filled, ...]
    config: Config
    seed: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """What had to be done that one would not expect."""
        return tuple(dict.fromkeys(note for fill in self.fills for note in fill.notes))


@takes(FillOptions)
def fill(
    y: npt.ArrayLike,
    sr: int,
    spans: Sequence[tuple[float, float]],
    *,
    insert: float | None = None,
    **options: Unpack[FillOptions],
) -> Filling:
    """Make stretches of a recording anew, in the texture of what surrounds them.

    Parameters
    ----------
    y : (n,) or (channels, n)
        The recording, full scale at 1.
    sr : int
        Its sample rate in Hz.
    spans : sequence of (float, float)
        Start and end of each stretch in seconds.
    insert : float, optional
        Seconds of new sound that each stretch gives way to; as much as it is long if left out. With it, a stretch may
        end where it starts.
    learn : sequence of (float, float), optional
        What the texture is learnt from, in seconds; the steadiest part of up to 10 s on each side if left out.
    config : Config, optional
        The preset `fill` if left out; of its section ``output``, nothing counts here.
    seed : int, optional
        Of the noise it starts from; overrides ``config.seed``.
    progress, stop
        As of `texturize.synthesize`.

    Returns
    -------
    Filling

    Raises
    ------
    AudioError
        Stretches overlap, run backwards, lie beyond the end or cover everything, or there is too little around one.
    ConfigError
        The config cannot work with what is learnt from.
    """
    gaps = [Gap(round(a * sr), round(b * sr), round((b - a if insert is None else insert) * sr)) for a, b in spans]
    return _filling(y, sr, gaps, **options)


@takes(FillOptions)
def extend(
    y: npt.ArrayLike,
    sr: int,
    by: float,
    *,
    before: bool = False,
    loop: bool = False,
    **options: Unpack[FillOptions],
) -> Filling:
    """Go on after the end of a recording, or before its start, in its texture.

    Parameters
    ----------
    y, sr, learn, config, seed, progress, stop
        As of `fill`.
    by : float
        Seconds of new sound.
    before : bool
        Put it before the start, and not after the end.
    loop : bool
        Make the whole a loop: what is new also meets the other end.

    Returns
    -------
    Filling
    """
    n = np.atleast_2d(np.asarray(y)).shape[-1]
    at = 0 if before else n
    return _filling(y, sr, [Gap(at, at, round(by * sr), loop)], **options)


def _filling(
    y: npt.ArrayLike,
    sr: int,
    gaps: Sequence[Gap],
    *,
    learn: Sequence[tuple[float, float]] | None = None,
    config: Config | None = None,
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Filling:
    given = np.asarray(y, np.float32)
    source = Held(check_recording(given, sr))
    config = config or load_config(PRESET)
    config = config.of_seed(config.seed if seed is None else seed)
    run = FillRun(source, sr, check_gaps(gaps, source.frames, sr), tuple(Part(*part) for part in learn or ()), config)
    run.check()
    fills = tuple(run.fills(config.seed, progress, stop))
    pieces, at = [], 0
    for one in fills:
        pieces += [source.samples[:, at : one.gap.start], one.samples]
        at = one.gap.stop
    samples = np.concatenate([*pieces, source.samples[:, at:]], axis=-1)
    return Filling(samples.reshape((*given.shape[:-1], samples.shape[-1])), sr, fills, config, config.seed)


def check_recording(y: Samples, sr: int) -> Samples:
    """A recording as (channels, n)."""
    samples = np.atleast_2d(y)
    if samples.ndim != 2 or not samples.shape[-1]:
        raise AudioError(f"samples of shape {np.shape(y)} are not (n,) or (channels, n)", "put channels first")
    if not 8000 <= sr <= 192_000:
        raise AudioError(f"sample rate {sr} Hz is out of range", "resample the clip to between 8000 and 192000 Hz")
    return samples
