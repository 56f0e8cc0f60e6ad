"""What a clip is like, whether it is a texture, and how to make one from it. No JAX: the answer is to come at once."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from texturize.compare.channels import stereo
from texturize.compare.copied import copying
from texturize.compare.events import event_pace, events
from texturize.compare.excerpts import resample
from texturize.compare.intervals import Pace
from texturize.compare.retelling import retelling
from texturize.compare.rhythm import HIGHEST_SR, onset_envelope, strongest_periodicity
from texturize.compare.texture import texture_distance
from texturize.errors import AudioError
from texturize.files.audio import Clip
from texturize.inspection.measures import bandwidth_of, harmonic_share, silent_seconds
from texturize.inspection.remarks import cancelling, objections, preset_for, remarks
from texturize.show.tables import html_table
from texturize.signal.loudness import integrated_loudness
from texturize.signal.steady_region import SteadyRegion, best_steady_region, levels

Array = NDArray[np.float64]

SHORTEST_SECONDS = 1.0  # halves of half a second can be compared
STEADY_SECONDS = 0.5


@dataclass(frozen=True)
class Inspection:
    """What a clip is like. Levels are in dB against full scale, times in seconds, frequencies in Hz.

    Attributes
    ----------
    format, subtype, sample_rate, channels, duration
        Of the file.
    loudness : float or None
        Integrated loudness in LUFS (ITU-R BS.1770); None where it is too quiet for one.
    peak : float
        Largest sample.
    clipped : int
        Samples on flat tops at full scale.
    level_deviation, level_drift : float
        Standard deviation of the level in windows of 0.5 s; its mean in the last third less that in the first.
    silence : float
        Seconds of silence (60 dB below the loudest 20 ms) within the stretch.
    harmonic : float
        Share of frames with a pitch of their own, as speech and melodies have.
    period, period_strength : float or None
        Strongest periodicity of the onsets and the autocorrelation there; None if it has none worth the name.
    events : Pace or None
        How often events come, and how evenly; None if none stands out, as in wind.
    self_distance : float
        Texture distance of the stretch's second half from its first: about 1 if the statistics stay the same.
    self_events : dict of float
        Distances of the second half's events from the first's, by figure.
    self_likeness : float or None
        Likeness of half-second stretches of each half with the other; None where they are too short.
    copying_short, copying_long : float
        Copying of the second half from the first, in pieces of 50 and 250 ms: that of a fresh excerpt.
    bandwidth : float
        Frequency below which all the power lies but a millionth.
    cut_off : float or None
        Frequency above which a lossy coder or a converter left nothing.
    coherence, mono : float or None
        Mean coherence between channels over the bands; power of their sum less the sum of their powers. None for one
        channel.
    stretch : SteadyRegion
        The part to learn from; ``harmonic``, ``period``, ``events``, ``self_...`` and ``copying`` are of it.
    preset : str
        The preset to start with.
    texture : bool
        Whether it is a texture as far as can be told.
    warnings : tuple of str
        What speaks against it, and what it costs.
    """

    format: str
    subtype: str
    sample_rate: int
    channels: int
    duration: float
    loudness: float | None
    peak: float
    clipped: int
    level_deviation: float
    level_drift: float
    silence: float
    harmonic: float
    period: float | None
    period_strength: float | None
    events: Pace | None
    self_distance: float
    self_events: dict[str, float]
    self_likeness: float | None
    copying_short: float
    copying_long: float
    bandwidth: float
    cut_off: float | None
    coherence: float | None
    mono: float | None
    stretch: SteadyRegion
    preset: str
    texture: bool
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, numbers, strings and None, fit for JSON."""
        return asdict(self)

    def _repr_html_(self) -> str:
        """Every figure in words, the warnings and the command, as a table for notebooks."""
        from texturize.inspection.rows import rows  # noqa: PLC0415  words need figures, not the other way about

        warnings = (("warning", "", text) for text in self.warnings)
        return html_table([*rows(self), *warnings, ("command", "", self.command("CLIP"))])

    def command(self, path: str) -> str:
        """Command line that makes a texture from the clip at ``path``."""
        words = ["texturize", "synth", f"./{path}" if path.startswith("-") else path]
        if self.preset != "default":
            words += ["-c", self.preset]
        if self.stretch.start > 0:
            words += ["--start", f"{self.stretch.start:g}"]
        if self.stretch.end < round(self.duration, 2):
            words += ["--end", f"{self.stretch.end:g}"]
        return shlex.join(words)


def inspect_clip(clip: Clip) -> Inspection:
    """Find out what a clip is like.

    Parameters
    ----------
    clip : Clip
        As read from a file.

    Returns
    -------
    Inspection

    Raises
    ------
    AudioError
        For a silent clip or one shorter than a second.
    """
    y, sr = np.asarray(clip.samples, float), clip.sample_rate
    if clip.duration < SHORTEST_SECONDS:
        raise AudioError(f"the clip lasts {clip.duration:.3g} s", f"at least {SHORTEST_SECONDS:g} s are needed")
    if not np.any(np.diff(y, axis=1)):
        raise AudioError("the clip is silent or constant", "give one with sound in it")
    stretch = best_steady_region(y, sr)
    if stretch.end - stretch.start < SHORTEST_SECONDS:
        stretch = without_silence(stretch, clip.duration)
    used = y[:, round(stretch.start * sr) : round(stretch.end * sr)]
    course = levels(used, sr, min(STEADY_SECONDS, used.shape[1] / sr / 6))
    third = max(1, len(course) // 3)
    first, second = np.array_split(used, 2, axis=1)
    copied = copying(first, second, sr)
    low_sr = min(sr, HIGHEST_SR)
    period, strength = strongest_periodicity(onset_envelope(resample(used, sr, low_sr), low_sr))
    bandwidth, cut_off = bandwidth_of(used, sr)
    image = stereo(used, sr) if len(used) > 1 else None
    figures: dict[str, Any] = {
        "duration": clip.duration,
        "clipped": clip.clipped,
        "level_deviation": float(course.std()),
        "level_drift": float(course[-third:].mean() - course[:third].mean()),
        "silence": silent_seconds(used, sr),
        "harmonic": harmonic_share(used.mean(0), sr),
        "period": period,
        "events": event_pace(used, sr),
        "self_events": events(first, second, sr).distances,
        "self_likeness": retelling(used, used, sr).baseline,
        "cut_off": cut_off,
        "stretch": stretch,
    }
    cancelled = cancelling(used)
    figures["self_distance"] = texture_distance(first, second, sr).total
    loud = integrated_loudness(clip.samples, sr)
    against = objections(figures["harmonic"], figures["level_deviation"], figures["self_distance"])
    return Inspection(
        format=clip.format,
        subtype=clip.subtype,
        sample_rate=sr,
        channels=clip.channels,
        loudness=loud if np.isfinite(loud) else None,
        peak=float(20 * np.log10(np.abs(y).max())),
        period_strength=strength,
        copying_short=copied.short,
        copying_long=copied.long,
        bandwidth=bandwidth,
        coherence=None if image is None else float(image.coherence.mean()),
        mono=None if image is None else image.mono,
        preset=preset_for(period, texture=not against),
        texture=not against,
        warnings=(*against, *clip.notes, *remarks(figures), *cancelled),
        **figures,
    )


def without_silence(stretch: SteadyRegion, duration: float) -> SteadyRegion:
    """All of a clip of ``duration`` s that is not silence at its ends; ``AudioError`` if it is less than a second."""
    start, end = stretch.lead.silent, round(duration - stretch.trail.silent, 2)
    if end - start < SHORTEST_SECONDS:
        raise AudioError(
            f"only {end - start:.2g} s of the clip hold sound", f"at least {SHORTEST_SECONDS:g} s are needed"
        )
    return SteadyRegion(start, end, stretch.lead, stretch.trail, event=False)
