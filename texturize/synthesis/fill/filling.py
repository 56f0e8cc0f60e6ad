"""New sound in the gaps of a recording, in the texture of what surrounds each: the Python API."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import jax
import numpy as np
import numpy.typing as npt

from texturize.config import Config
from texturize.config.presets import load_config
from texturize.delivery.mastering import PEAK
from texturize.errors import AudioError
from texturize.signal.limiter import limit
from texturize.signal.resampling import resample_clip
from texturize.synthesis.api import worst_status
from texturize.synthesis.fill.continuation import continued
from texturize.synthesis.fill.gaps import Around, Gap, Held, Part, Samples, Source, around, check_gaps, named
from texturize.synthesis.fill.making import Maker, context_samples, is_steady
from texturize.synthesis.fill.sides import going_over
from texturize.synthesis.fill.surroundings import Surroundings, surroundings
from texturize.synthesis.geometry import distinct_channels
from texturize.synthesis.optimize import Status
from texturize.synthesis.preconditioner import mean_spectrum, shaped_noise, spectral_factor
from texturize.synthesis.stages import Progress, Record

PRESET = "fill"
"""What counts where no config is given."""
SHORT = 0.02
"""Seconds: a shorter gap is bridged, without an optimization."""
BRIDGED_FROM = 0.5
"""Seconds on each side that a bridge has its spectrum from."""
BRIDGE_WINDOW = 64.0  # milliseconds


@dataclass(frozen=True)
class Filled:
    """New sound for a gap, and how it came about.

    Attributes
    ----------
    gap : Gap
        Where it goes.
    samples : (channels, n)
        Full scale at 1.
    parts : tuple of Part
        What it was learnt from, in seconds.
    difference : float
        Largest difference in decibels that it goes over between one side and the other; 0 where they are alike.
    status : Status or None
        Of the optimization; None where the gap was bridged without one.
    losses : tuple of float
        The loss before the first step and after the last, of the first segment.
    notes : tuple of str
        What had to be done that one would not expect.
    times : dict of float
        Seconds per stage.
    """

    gap: Gap
    samples: Samples
    parts: tuple[Part, ...]
    difference: float
    status: Status | None
    losses: tuple[float, ...]
    notes: tuple[str, ...]
    times: dict[str, float]


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


def fill(
    y: npt.ArrayLike,
    sr: int,
    spans: Sequence[tuple[float, float]],
    *,
    insert: float | None = None,
    learn: Sequence[tuple[float, float]] = (),
    config: Config | None = None,
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
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
    return _filling(y, sr, gaps, learn, config, seed, progress, stop)


def extend(
    y: npt.ArrayLike,
    sr: int,
    by: float,
    *,
    before: bool = False,
    loop: bool = False,
    learn: Sequence[tuple[float, float]] = (),
    config: Config | None = None,
    seed: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
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
    return _filling(y, sr, [Gap(at, at, round(by * sr), loop)], learn, config, seed, progress, stop)


def _filling(
    y: npt.ArrayLike,
    sr: int,
    gaps: Sequence[Gap],
    learn: Sequence[tuple[float, float]],
    config: Config | None,
    seed: int | None,
    progress: Callable[[Progress], None] | None,
    stop: Callable[[], bool] | None,
) -> Filling:
    given = np.asarray(y, np.float32)
    source = Held(check_recording(given, sr))
    config = config or load_config(PRESET)
    config = config.of_seed(config.seed if seed is None else seed)
    work = Work(source, sr, check_gaps(gaps, source.frames, sr), tuple(Part(*part) for part in learn), config)
    work.check()
    fills = tuple(work.fills(config.seed, progress, stop))
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


class Work:
    """Gaps of a source, and the way to fill them.

    Parameters
    ----------
    source : Source
    sr : int
        Its sample rate in Hz.
    gaps : tuple of Gap
        Of `check_gaps`.
    learn : tuple of Part
        What is to be learnt from; the surroundings of each gap if there is none.
    config : Config
    """

    def __init__(self, source: Source, sr: int, gaps: tuple[Gap, ...], learn: tuple[Part, ...], config: Config) -> None:
        self.source, self.sr, self.gaps, self.learn, self.config = source, sr, gaps, learn, config

    def check(self) -> None:
        """Raise what `fills` would raise before the work."""
        for part in self.learn:
            self._check_learnt(part)
        for index, gap in enumerate(self.gaps):
            if not self.is_short(gap):
                self.surroundings(index)

    def _check_learnt(self, part: Part) -> None:
        """Refuse a part to learn from that is not there, or is to be made anew itself."""
        told, frames, sr = f"--learn {part.start:g}-{part.end:g} s", self.source.frames, self.sr
        if round(part.end * sr) > frames:
            raise AudioError(f"{told} lies beyond the end at {frames / sr:.3f} s", "give an earlier stretch")
        for gap in self.gaps:
            if round(part.start * sr) < gap.stop and gap.start < round(part.end * sr):
                raise AudioError(f"{told} holds the stretch {named(gap, sr)}", "learn from what is beside it")

    def surroundings(self, index: int) -> Surroundings:
        """What a gap is learnt from."""
        return surroundings(self.source, self.gaps[index], self._around(index), self.sr, self.learn)

    def fills(
        self,
        seed: int,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Filled]:
        """Fill the gaps one by one. Once ``stop`` returns True, those that are left get noise of the right colour."""
        for index, gap in enumerate(self.gaps):
            key = jax.random.fold_in(jax.random.key(seed), index)
            if self.is_short(gap) or (index and stop and stop()):
                yield self._bridged(index, key)
            else:
                yield self._made(index, key, self._numbered(index, progress), stop or (lambda: False))

    def _numbered(self, index: int, progress: Callable[[Progress], None] | None) -> Callable[[Progress], None]:
        """Progress that counts gaps, where there are several."""
        if progress is None:
            return lambda _: None
        count = len(self.gaps)
        return progress if count == 1 else lambda at: progress(at._replace(part=index + 1, parts=count))

    def is_short(self, gap: Gap) -> bool:
        """Whether a gap is bridged, and not made a texture for."""
        return gap.n < SHORT * self.sr

    def _around(self, index: int) -> Around:
        return around(self.source, self.gaps, index, self.sr)

    def _bridged(self, index: int, key: jax.Array) -> Filled:
        """A gap of a few milliseconds."""
        gap, most = self.gaps[index], round(BRIDGED_FROM * self.sr)
        sides = self._around(index)
        before, after = sides.before[:, -most:], sides.after[:, :most]
        start = time.perf_counter()
        given = np.concatenate([before, np.zeros((len(before), gap.n), np.float32), after], axis=-1)
        new = _meeting(given, None, before.shape[-1], gap.n, self.sr, key)
        return Filled(gap, new, (), 0.0, None, (), (), {"bridge": time.perf_counter() - start})

    def _made(
        self, index: int, key: jax.Array, progress: Callable[[Progress], None], stop: Callable[[], bool]
    ) -> Filled:
        """A gap that a texture is made for."""
        gap, sides, sr = self.gaps[index], self._around(index), self.sr
        found = self.surroundings(index)
        context = context_samples(gap.n, is_steady(found.clip, sr), sr)
        real = sides.before[:, -context:], sides.after[:, :context]
        near = found.near(sides, context, sr)
        source = distinct_channels(np.concatenate([found.clip, *near], axis=-1))
        worked = sorted({i for i in source if i is not None})
        rate = self.config.audio.sample_rate or sr

        def at_work(y: Samples) -> Samples:
            return resample_clip(y[worked], round(y.shape[-1] * rate / sr)) if y.shape[-1] else y[worked]

        clip, before, after = (at_work(y) for y in (found.clip, *near))
        new = max(1, round(gap.n * rate / sr))
        maker = Maker(clip, new, (before.shape[-1], after.shape[-1]), rate, self.config)
        made, records = maker.make(before, after, key, progress, stop)
        whole = np.concatenate([before, made, after], axis=-1)
        whole = resample_clip(whole, near[0].shape[-1] + gap.n + near[1].shape[-1])
        silence = np.zeros(whole.shape[-1], np.float32)
        whole = np.stack([silence if i is None else whole[worked.index(i)] for i in source])
        first = near[0].shape[-1]
        if found.difference is not None:
            whole = going_over(whole, found.difference, sr, first, first + gap.n)
        whole += found.offset
        if found.difference is not None or rate != sr:
            given = np.concatenate([real[0], np.zeros((len(whole), gap.n), np.float32), real[1]], axis=-1)
            samples = _meeting(given, whole, first, gap.n, sr, key)
        else:
            samples = whole[:, first : first + gap.n]
        loudest = max(PEAK, *(float(np.max(np.abs(side), initial=0.0)) for side in sides[:2]))
        samples, limited = limit(samples, sr, loudest)
        return self._told(index, found, maker, records, samples, limited)

    def _told(
        self,
        index: int,
        found: Surroundings,
        maker: Maker,
        records: list[Record],
        samples: Samples,
        limited: tuple[str, ...],
    ) -> Filled:
        losses = next((history for history in reversed(records[0].losses.values()) if len(history)), np.zeros(0))
        times = Counter(maker.stages.times)
        for record in records:
            times.update(record.times)
        return Filled(
            self.gaps[index],
            samples,
            found.parts,
            0.0 if found.difference is None else float(np.max(np.abs(found.difference))),
            worst_status(records, maker.plan.parts),
            (float(losses[0]), float(losses[-1])) if len(losses) else (),
            (*maker.notes, *limited),
            dict(times),
        )


def _meeting(given: Samples, start: Samples | None, first: int, n: int, sr: int, key: jax.Array) -> Samples:
    """New samples (channels, n) that meet given ones on both sides: a start, changed near its ends; else noise."""
    if not n:
        return given[:, :0]
    known = np.concatenate([given[:, :first], given[:, first + n :]], axis=-1)
    mean = known.mean(axis=-1, keepdims=True)
    if not np.any(known != mean):  # silence, or nothing at all
        return np.asarray(np.broadcast_to(mean, (len(given), n)), np.float32)
    H = spectral_factor(mean_spectrum(known - mean, sr, BRIDGE_WINDOW, known.shape[-1]), given.shape[-1] // 2 * 2)
    noise = np.asarray(shaped_noise(key, H, given.shape[-1] // 2 * 2)) if start is None else start - mean
    noise = np.resize(noise, given.shape) if noise.shape != given.shape else noise
    whole = continued(noise, np.asarray(H), given - mean, (first, first + n), sr) + mean
    return np.asarray(whole[:, first : first + n], np.float32)
