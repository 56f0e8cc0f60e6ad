"""Goldens: features, tolerances, hashes, and the history of why they changed."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from texturize.errors import GoldenError
from texturize.files.audio import Clip, read_audio
from texturize.files.hashes import sha256, sha256_of
from texturize.files.paths import is_file
from texturize.files.streams import is_stream
from texturize.golden.features import Features, measure
from texturize.golden.figures import waveform_distance
from texturize.golden.tolerances import tolerances_of
from texturize.golden.verdict import Verdict, judge

REMEDY = "give the golden.json that `texturize check --record` wrote"

Read = Callable[[Path], Clip]
"""What reads a sound, and may say what there is to say of it."""


@dataclass(frozen=True)
class Golden:
    """A golden as its file tells it.

    Attributes
    ----------
    texturize : str
        Version that recorded it.
    sound, sha256 : str
        The golden's file, seen from the JSON file, and its hash.
    clip, clip_sha256 : str or None
        The clip that copies are looked for of, likewise.
    exact : bool
        Whether a new result has to have the same waveform, as from the same seed.
    tolerances : dict of float
        By name of the figure.
    features : Features
        Of the golden.
    reruns : list of str
        Hashes of the results that the tolerances come from.
    history : list of dict
        Date, reason, hash and version of each change, the newest last.
    """

    texturize: str
    sound: str
    sha256: str
    clip: str | None
    clip_sha256: str | None
    exact: bool
    tolerances: dict[str, float]
    features: Features
    reruns: list[str]
    history: list[dict[str, str]]

    def judge(
        self,
        path: Path,
        folder: Path,
        tolerances: Mapping[str, float] | None = None,
        clip: Path | None = None,
        read: Read = read_audio,
    ) -> Verdict:
        """Hold the sound at ``path`` against this golden, whose file lies in ``folder``.

        Raises
        ------
        AudioError
            A sound cannot be read.
        GoldenError
            The clip or the golden's own sound is needed and is missing, or is another than it was.
        """
        new = read(path)
        features = measure_clip(new, self.find_clip(folder, clip, read), like=self.features)
        waveform = None
        if self.exact and new.channels == self.features.channels:
            own = _the_same(folder / self.sound, self.sha256)
            waveform = waveform_distance(read(own).samples, new.samples)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("error", "Mean of empty slice")
                return judge(self.features, features, {**self.tolerances, **(tolerances or {})}, waveform)
        except (LookupError, TypeError, ValueError, ArithmeticError, RuntimeWarning) as error:
            raise GoldenError(f"the features of the golden in {folder} are damaged: {error}", REMEDY) from error

    def find_clip(self, folder: Path, given: Path | None = None, read: Read = read_audio) -> Clip | None:
        """The clip that copies are looked for of: the one given, else the one recorded."""
        if self.clip is None or self.clip_sha256 is None:
            return None if given is None else read(given)
        return read(_the_same(given or folder / self.clip, self.clip_sha256))


def judge_sounds(
    golden: Path,
    new: Path,
    tolerances: Mapping[str, float] | None = None,
    clip: Path | None = None,
    exact: bool = False,
    read: Read = read_audio,
) -> Verdict:
    """Hold the sound at ``new`` against another sound; see `judge`."""
    source = None if clip is None else read(clip)
    first, second = read(golden), read(new)
    features = measure_clip(first, source)
    comparable = exact and first.channels == second.channels
    waveform = waveform_distance(first.samples, second.samples) if comparable else None
    return judge(features, measure_clip(second, source, like=features), tolerances, waveform)


def measure_clip(sound: Clip, clip: Clip | None, like: Features | None = None) -> Features:
    """Features of a sound as it was read."""
    source = None if clip is None else (clip.samples, clip.sample_rate)
    return measure(sound.samples, sound.sample_rate, sound.subtype, clip=source, like=like)


def record_golden(
    path: Path,
    sound: Path,
    reruns: Sequence[Path],
    clip: Path | None = None,
    exact: bool = False,
    read: Read = read_audio,
) -> Golden:
    """A golden to be written to ``path``, with tolerances from the spread of reruns.

    Parameters
    ----------
    path : Path
        The JSON file, from which the other paths will be seen.
    sound : Path
        The golden.
    reruns : sequence of Path
        Results that should pass: other seeds of the same config, or the same seed with other threads or machines.
    clip : Path, optional
        The clip they were learnt from, to look for copies of.
    exact : bool
        Whether new results must have the golden's waveform.
    read : callable
        What reads a sound.

    Raises
    ------
    GoldenError
        Fewer than two reruns, or one of another format or length; a sound or clip that can be read but once.
    """
    if len(reruns) < 2:
        raise GoldenError(f"{len(reruns)} rerun(s) of {sound} show no spread", "give at least two, better four or more")
    _check_lasting(sound, clip)
    source = None if clip is None else read(clip)
    sounds = [read(each) for each in (sound, *reruns)]
    features = [measure_clip(sounds[0], source)]
    features += [measure_clip(each, source, like=features[0]) for each in sounds[1:]]
    for rerun, each in zip(reruns, features[1:], strict=True):
        for name in ("sample_rate", "channels", "samples", "subtype"):
            if getattr(each, name) != getattr(features[0], name):
                is_, was, what = getattr(each, name), getattr(features[0], name), name.replace("_", " ")
                raise GoldenError(f"{rerun}: {what} {is_}, not {was} as {sound}", "give reruns of the same kind")
    features[0] = _with_limits_of_all(features)
    digest = sha256(sound)
    return Golden(
        texturize=version("texturize-audio"),
        sound=_from(path, sound),
        sha256=digest,
        clip=None if clip is None else _from(path, clip),
        clip_sha256=None if clip is None else sha256(clip),
        exact=exact,
        tolerances=tolerances_of(features, [each.samples for each in sounds] if exact else None),
        features=features[0],
        reruns=[sha256_of(each) for each in sounds[1:]],
        history=[_event("recorded", digest)],
    )


def update_golden(
    golden: Golden, path: Path, sound: Path, reason: str, clip: Path | None = None, read: Read = read_audio
) -> Golden:
    """The golden with a new sound in its place; tolerances stay, and the reason is added to the history."""
    _check_lasting(sound)
    features = measure_clip(read(sound), golden.find_clip(path.parent, clip, read))
    digest = sha256(sound)
    return replace(
        golden,
        texturize=version("texturize-audio"),
        sound=_from(path, sound),
        sha256=digest,
        features=features,
        history=[*golden.history, _event(reason, digest)],
    )


def _with_limits_of_all(features: Sequence[Features]) -> Features:
    """The golden's features, with the largest jumps inside any rerun: one sound has too few of the rare ones."""
    limits = [each.seam_limits for each in features if each.seam_limits is not None]
    return replace(features[0], seam_limits=[max(jumps) for jumps in zip(*limits, strict=True)] if limits else None)


def _check_lasting(*paths: Path | None) -> None:
    """Refuse what can be read but once: a golden's sounds are read again."""
    for path in paths:
        if path is not None and is_stream(path):
            raise GoldenError(
                f"{path} can be read only once, but a golden is read many times", "save it to a file first"
            )


def _from(path: Path, other: Path) -> str:
    """A path as seen from the folder of the JSON file."""
    return Path(os.path.relpath(other, path.parent)).as_posix()


def _the_same(path: Path, digest: str) -> Path:
    if not is_file(path):
        raise GoldenError(f"{path} is missing", "put it back, or record the golden again")
    if sha256(path) != digest:
        raise GoldenError(f"{path} is another file than the golden was recorded with", "record the golden again")
    return path


def _event(reason: str, digest: str) -> dict[str, str]:
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"date": when, "reason": reason, "sha256": digest, "texturize": version("texturize-audio")}
