"""What a clip is like, whether it is a texture, and how to make one from it. No JAX: the answer is to come at once."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import fft, signal

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
from texturize.show.tables import html_table
from texturize.signal.loudness import integrated_loudness
from texturize.signal.steady_region import EDGE_SECONDS, SILENCE_DB, Stretch, best_stretch, levels

Array = NDArray[np.float64]

SHORTEST_SECONDS = 1.0  # halves of half a second can be compared
LITTLE_SECONDS = 2.0
NOTICED_SECONDS = 0.1
STEADY_SECONDS = 0.5
UNSTEADY_DB = 4.5  # deviation of the level: rain 0.4, chimes 3, speech 6
DRIFT_DB = 4.0
UNLIKE = 2.0  # texture distance of the halves: of 19 recordings 0.8 to 1.3
HARMONIC = 0.2  # share of frames: bells 0, babble 0.06, speech 0.5, speech with noise 10 dB below it 0.3
PITCH_SR = 8000
PITCH_SECONDS = 0.064
PITCH_HZ = (80.0, 400.0)
SEMITONE = 1 / 12
PITCHED = 0.5  # autocorrelation at the pitch
QUIET_FRAME = 0.05  # of the mean power
ALL_BUT = 1e-6  # share of the power that lies above the bandwidth
CUT_OFF_DB = 25.0
CUT_OFF_HZ = 500.0
HEARD_HZ = 18_000.0
CANCELLED_DB = 6.0  # that two channels' sum is below them: independent ones 0, equal ones 3 above


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
    stretch : Stretch
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
    stretch: Stretch
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
    stretch = best_stretch(y, sr)
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


def without_silence(stretch: Stretch, duration: float) -> Stretch:
    """All of a clip of ``duration`` s that is not silence at its ends; ``AudioError`` if it is less than a second."""
    start, end = stretch.lead.silent, round(duration - stretch.trail.silent, 2)
    if end - start < SHORTEST_SECONDS:
        raise AudioError(
            f"only {end - start:.2g} s of the clip hold sound", f"at least {SHORTEST_SECONDS:g} s are needed"
        )
    return Stretch(start, end, stretch.lead, stretch.trail, event=False)


def silent_seconds(y: Array, sr: float) -> float:
    """Silence within a sound (channels, n)."""
    fine = levels(y, sr, EDGE_SECONDS)
    return round(EDGE_SECONDS * float(np.sum(fine < fine.max() + SILENCE_DB)), 2)


def harmonic_share(y: Array, sr: float) -> float:
    """Share of frames of 64 ms of a sound (n,) with a pitch of 80 to 400 Hz that is not the usual one.

    The mean spectrum is divided out first, so that a hum is gone; of what is left, pitches within a semitone of the
    median do not count.
    """
    if not np.any(y):  # channels that cancel each other
        return 0.0
    y = resample(y, sr, PITCH_SR)
    n = round(PITCH_SECONDS * PITCH_SR)
    frequencies, density = signal.welch(y, PITCH_SR, nperseg=2 * n)
    f = fft.rfftfreq(y.size, 1 / PITCH_SR)
    usual = np.sqrt(np.interp(f, frequencies, density) + 1e-9 * density.max())
    white = fft.irfft(np.where((f > PITCH_HZ[0]) & (f < 0.45 * PITCH_SR), fft.rfft(y) / usual, 0), y.size)
    power = np.mean(sliding_window_view(y, n)[:: n // 2] ** 2, axis=1)
    frames = sliding_window_view(white, n)[:: n // 2][power > QUIET_FRAME * power.mean()]
    window = signal.get_window("hann", n)
    r = (autocorrelation(frames * window) / autocorrelation(window))[:, : round(PITCH_SR / PITCH_HZ[0])]
    r[:, : round(PITCH_SR / PITCH_HZ[1])] = 0
    peaks = r.max(axis=1, keepdims=True)
    lags = np.argmax(r >= 0.9 * peaks, axis=1)[peaks[:, 0] > PITCHED]  # the first of peaks nearly as high
    away = np.abs(np.log2(lags / np.median(lags))) > SEMITONE if lags.size else np.zeros(0, bool)
    return float(away.sum() / len(frames))


def autocorrelation(x: Array) -> Array:
    """Autocorrelation (..., n / 2) of frames (..., n), 1 at lag 0."""
    n = x.shape[-1]
    r = fft.irfft(np.abs(fft.rfft(x, 2 * n, axis=-1)) ** 2, axis=-1)[..., : n // 2]
    return np.asarray(r / np.maximum(r[..., :1], np.finfo(float).tiny))


def bandwidth_of(y: Array, sr: float) -> tuple[float, float | None]:
    """Frequency below which all power lies but a millionth, and that of a steep edge with nothing above, in Hz."""
    f, density = signal.welch(y, sr, nperseg=min(4096, y.shape[1]))
    power = density.sum(0)
    share = np.cumsum(power) / power.sum()
    bandwidth = float(f[np.argmax(share >= 1 - ALL_BUT)])
    db = 10 * np.log10(power + 1e-14 * power.max())
    step = max(1, round(CUT_OFF_HZ / (f[1] - f[0])))
    means = np.convolve(db, np.ones(step) / step, "valid")  # of the bins from each on
    gap = max(1, step // 4)
    drops = means[: -step - gap] - means[step + gap :]
    edges = np.flatnonzero(drops >= CUT_OFF_DB)
    edges = edges[f[edges] > sr / 8]  # below it, a steep edge is the sound's own
    if not edges.size:
        return bandwidth, None
    at = int(edges[np.argmax(drops[edges])])
    cut_off = float(round(f[at + step + gap // 2], -2))
    return bandwidth, cut_off if bandwidth < 1.05 * cut_off else None


def objections(harmonic: float, level_deviation: float, self_distance: float) -> tuple[str, ...]:
    """Why it is no texture, if it is none."""
    found = []
    if harmonic >= HARMONIC:
        found.append("it has changing pitches, as speech and music have: the result will be babble of the right colour")
    if level_deviation >= UNSTEADY_DB:
        found.append(
            f"its level is not steady (it deviates by {level_deviation:.1f} dB): single events or speech, not a texture"
        )
    if self_distance >= UNLIKE:
        found.append(f"its halves are different sounds (texture distance {self_distance:.1f}): choose one of them")
    return tuple(found)


def remarks(figures: dict[str, Any]) -> tuple[str, ...]:
    """What else is to be known before a texture is made of it."""
    stretch, clipped, silence = figures["stretch"], figures["clipped"], figures["silence"]
    drift, cut_off = figures["level_drift"], figures["cut_off"]
    found = []
    if stretch.end - stretch.start < LITTLE_SECONDS:
        found.append(f"{stretch.end - stretch.start:.2g} s is little to learn from: five to ten seconds are better")
    if clipped:
        found.append(f"it is clipped: {clipped} samples stand at full scale; the texture will have that distortion too")
    for name, edge in (("start", stretch.lead), ("end", stretch.trail)):
        if edge.silent:
            found.append(f"it is silent for {edge.silent:.2f} s at the {name}")
        if edge.seconds > edge.silent:
            found.append(f"it fades for {edge.seconds - edge.silent:.2f} s at the {name}")
    if stretch.event:
        found.append("something passes that is louder or quieter than the rest: the stretch leaves it out")
    if silence >= NOTICED_SECONDS:
        found.append(f"it is silent for {silence:.2f} s in the middle")
    if abs(drift) >= DRIFT_DB:
        found.append(f"its level drifts by {drift:+.1f} dB, which a texture evens out")
    if cut_off is not None and cut_off < HEARD_HZ:
        found.append(f"nothing is above {cut_off / 1000:.1f} kHz: a lossy coder or a converter cut it off")
    return tuple(found)


def cancelling(y: Array) -> tuple[str, ...]:
    """What to say of the two channels of a sound (channels, n) that cancel each other most, if any do."""
    products = np.cov(y, bias=True).reshape(len(y), len(y))
    powers = np.diag(products)
    below = {
        (i + 1, j + 1): -10 * np.log10(max(1 + 2 * products[i, j] / (powers[i] + powers[j]), 1e-6))
        for i, j in combinations(range(len(y)), 2)
        if powers[i] and powers[j]
    }
    if not below or max(below.values()) < CANCELLED_DB:
        return ()
    first, second = max(below, key=below.__getitem__)
    decibels = below[first, second]
    return (
        f"channels {first} and {second} cancel each other: their sum to mono is {decibels:.0f} dB below them; "
        "if one of them is inverted, invert it back",
    )


def preset_for(period: float | None, *, texture: bool) -> str:
    """The preset to start with: the wider fields of `best` for rhythms, `preview` for what is no texture."""
    if not texture:
        return "preview"
    return "default" if period is None else "best"
