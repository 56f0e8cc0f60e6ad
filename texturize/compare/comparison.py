"""All figures at once, and as plain values for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from texturize.compare.channels import Channels, channels
from texturize.compare.copied import Copying, copying
from texturize.compare.events import Events, events
from texturize.compare.excerpts import alike, as_channels, check_rates
from texturize.compare.retelling import Retelling, retelling
from texturize.compare.rhythm import Rhythm, rhythm
from texturize.compare.seam import Seam, seam
from texturize.compare.texture import TextureDistance, texture_distance
from texturize.files.offset import without_offset
from texturize.show.tables import html_table


@dataclass(frozen=True)
class Comparison:
    """How a result compares to its reference.

    Attributes
    ----------
    texture : TextureDistance
        1 is another excerpt of the same recording.
    copying : Copying
        1 is a splice of the reference; a fresh excerpt shows the baseline.
    rhythm : Rhythm
        What is kept of the reference's strongest periodicity.
    events : Events
        Sharpness, strength, wholeness and timing of events; 1 is another excerpt of the same recording.
    retelling : Retelling
        Whether the reference's course of events is told again, waveforms apart.
    level_difference : tuple of (float or None)
        Decibels of each channel, result less reference; None where one of them is silent.
    seam : Seam or None
        Jump from the result's end to its start, played as a loop; None where it is silent.
    channels : Channels or None
        Likeness of the stereo images; None without two channels, and as many, in both.
    notes : tuple of str
        What was done to make the two comparable, if anything.
    """

    texture: TextureDistance
    copying: Copying
    rhythm: Rhythm
    events: Events
    retelling: Retelling
    level_difference: tuple[float | None, ...]
    seam: Seam | None = None
    channels: Channels | None = None
    notes: tuple[str, ...] = ()

    @property
    def closeness(self) -> dict[str, float]:
        """Every figure of which 1 is another excerpt of the recording; rhythm only where the reference has one."""
        beat = self.rhythm.closeness
        return {"texture": self.texture.total, **self.events.distances, **({} if beat is None else {"rhythm": beat})}

    @property
    def worst(self) -> tuple[str, float]:
        """The figure that is farthest off, and its value: how close the result is as a whole."""
        return max(self.closeness.items(), key=lambda item: item[1])

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, floats, strings and None, fit for JSON."""
        from texturize.compare.verdicts import worst_verdict  # noqa: PLC0415  words need figures, not the other way about

        texture = self.texture
        name, value = self.worst
        return {
            "worst": {"figure": name, "value": value, "verdict": worst_verdict(value)},
            "texture": {
                "total": texture.total,
                "classes": dict(texture.classes),
                "channels": [
                    {"total": total, "classes": dict(classes)}
                    for total, classes in zip(texture.channel_totals, texture.channels, strict=True)
                ],
                "excerpt_seconds": texture.excerpt_seconds,
            },
            "copying": asdict(self.copying),
            "rhythm": asdict(self.rhythm),
            "events": asdict(self.events),
            "retelling": asdict(self.retelling),
            "level_difference_db": list(self.level_difference),
            "seam": None if self.seam is None else {"inside": self.seam.inside, **asdict(self.seam)},
            "channels": None if self.channels is None else asdict(self.channels),
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        """Every figure in words, as a table for notebooks."""
        from texturize.compare.verdicts import rows  # noqa: PLC0415  words need figures, not the other way about

        return html_table([*rows(self), *(("note", "", note) for note in self.notes)])


def compare(reference: ArrayLike, result: ArrayLike, sr: float, result_sr: float | None = None) -> Comparison:
    """Judge a result by its reference: texture distance, events, copying, retelling, rhythm, level, seam, channels.

    Parameters
    ----------
    reference, result : array_like (n,) or (channels, n)
        Sounds of any lengths. Unlike rates are compared at the lower one, unlike channel counts by the channels' mean.
    sr, result_sr : float
        Sample rates in Hz; the result's is the reference's if not given.

    Returns
    -------
    Comparison

    Raises
    ------
    AudioError
        For a silent reference, a reference shorter than 0.5 s or a result shorter than 0.25 s.
    """
    result_sr = sr if result_sr is None else result_sr
    check_rates(sr, result_sr)
    reference, of_reference = without_offset(as_channels(reference, "reference"), sr)
    result, of_result = without_offset(as_channels(result, "result"), result_sr)
    sounds = alike(reference, result, sr, result_sr)
    texture = texture_distance(sounds.reference, sounds.result, sounds.sr)
    beat = rhythm(sounds.reference, sounds.result, sounds.sr)
    notes = [f"of the {name}: {note}" for name, note in (("reference", of_reference), ("result", of_result)) if note]
    notes += sounds.notes
    n_ref, n_res = sounds.reference.shape[1], sounds.result.shape[1]
    if n_res < n_ref // 2:
        notes.append(
            f"the result is shorter than half the reference: excerpts of {texture.excerpt_seconds:.2f} s are compared"
        )
    if not np.any(sounds.result):
        notes.append("the result is silent")
    if beat.period is not None and beat.kept is None:
        notes.append(f"the result is too short to show a period of {beat.period:.2f} s")
    return Comparison(
        texture=texture,
        copying=copying(sounds.reference, sounds.result, sounds.sr),
        rhythm=beat,
        events=events(sounds.reference, sounds.result, sounds.sr),
        retelling=retelling(sounds.reference, sounds.result, sounds.sr),
        level_difference=level_difference(sounds.reference, sounds.result),
        seam=seam(result, result_sr),
        channels=channels(sounds.reference, sounds.result, sounds.sr),
        notes=tuple(notes),
    )


def level_difference(reference: ArrayLike, result: ArrayLike) -> tuple[float | None, ...]:
    """Difference of the root mean square levels of each channel, result less reference.

    Parameters
    ----------
    reference, result : array_like (n,) or (channels, n)
        Sounds of as many channels; with unlike counts, the means of the channels are compared.

    Returns
    -------
    tuple of (float or None)
        Decibels; None where one of the two is silent.
    """
    ref, res = as_channels(reference, "reference"), as_channels(result, "result")
    if ref.shape[0] != res.shape[0]:
        ref, res = ref.mean(0, keepdims=True), res.mean(0, keepdims=True)
    powers = zip(np.mean(ref**2, 1), np.mean(res**2, 1), strict=True)
    return tuple(float(10 * np.log10(b / a)) if a > 0 and b > 0 else None for a, b in powers)
