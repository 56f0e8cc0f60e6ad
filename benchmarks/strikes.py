"""Whether ticks come when they should, and struck partials begin and end as in the recording.

    python benchmarks/strikes.py REFERENCE RESULT [REFERENCE RESULT ...] [--write]

For each pair: ticks, rhythm as `compare` and `beats.py` have it, and the partials of `partials.py`, ticks and partials
beside the same figures of the clip and of its halves. With ``--write`` the tables go to the page (``--page``,
docs/events.md).

Ticks are peaks of the level above half the largest. The level is in dB above each auditory band's median, the mean over
24 bands: a soft tick as wide as the loud ones then is a tick (where a clock's ticks alternate in strength, by amplitude
every other one is below half), and noise between them, of 24 bands, is even. A ghost is any other peak that stands out
by a twentieth of the largest. Where less than four fifths of a clip's own intervals are even, it has no ticks.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from beats import beat, noise_like
from figures import Section, Table, write_section
from numpy.typing import NDArray
from partials import strikes, strongest_partials
from scipy import ndimage, signal
from tables import ROOT, code_label, machine

from texturize.compare import rhythm
from texturize.compare.band_powers import COARSE, band_powers, decibels

Array = NDArray[np.float64]

SMOOTHING = 0.01  # seconds, deviation
FLOOR = 1e-6  # of the mean power of a band
TICK, GHOST = 0.5, 0.05  # of the largest peak
EVEN = 0.05  # of the period
WORTH_THE_NAME, FEWEST = 0.8, 4  # share of even intervals, and number, of a clip that ticks
FEWEST_PARTIALS = 8  # fewer lines are a hum's
WITHIN = 0.25  # of the clip's times


class Ticks(NamedTuple):
    """Times in seconds of the ticks of a sound, and the largest ghost over the largest tick."""

    times: Array
    ghost: float

    def share(self, period: float) -> float:
        """Of the intervals, those within 5 % of a period."""
        return float(np.mean(np.abs(np.diff(self.times) / period - 1) <= EVEN)) if self.times.size > 1 else 0.0


def level_course(y: Array, sr: float) -> Array:
    """Level of a sound (channels, n) in dB above the median, every 5 ms: the mean over auditory bands."""
    powers = np.sum([band_powers(channel, sr, COARSE) for channel in y], axis=0)
    smooth = ndimage.gaussian_filter1d(powers, SMOOTHING / COARSE.hop)
    level = decibels(smooth, FLOOR * float(powers.mean()) + np.finfo(float).tiny)
    return np.mean(level - np.median(level, axis=1, keepdims=True), axis=0)


def ticks(y: Array, sr: float) -> Ticks:
    """Ticks of a sound (channels, n)."""
    level = level_course(y, sr)
    peaks, _ = signal.find_peaks(level, prominence=max(GHOST * level.max(), 1e-9))
    loud = level[peaks] > TICK * level.max()
    ghost = level[peaks[~loud]].max(initial=0.0) / max(level.max(), 1e-9)
    return Ticks(peaks[loud] * COARSE.hop, float(ghost))


def period_of(clip: Ticks) -> float | None:
    """Mean interval in seconds of a clip's ticks; None where they are few or uneven."""
    if clip.times.size <= FEWEST:
        return None
    whole = clip.times[-1] - clip.times[0]
    period = float(whole / max(1, round(whole / np.median(np.diff(clip.times)))))  # one may be missing
    return period if clip.share(period) >= WORTH_THE_NAME else None


class Heard(NamedTuple):
    """A clip, its halves and a result of it, (channels, n) each."""

    name: str
    clip: Array
    result: Array
    sr: float
    result_sr: float

    def sounds(self) -> dict[str, tuple[Array, float]]:
        """What is measured alike, with its rate in Hz."""
        half = self.clip.shape[-1] // 2
        return {
            "clip": (self.clip, self.sr),
            "first half": (self.clip[:, :half], self.sr),
            "second half": (self.clip[:, half:], self.sr),
            "result": (self.result, self.result_sr),
        }


def tick_rows(pair: Heard) -> list[list[object]]:
    """Rows of ticks: none where the clip has none."""
    period = period_of(ticks(pair.clip, pair.sr))
    if period is None:
        return []
    rows: list[list[object]] = []
    for kind, (y, sr) in pair.sounds().items():
        found = ticks(y, sr)
        fit = round(y.shape[-1] / sr / period)
        share = f"{100 * found.share(period):.0f} %"
        rows.append([pair.name, kind, f"{period:.2f}", f"{found.times.size} of {fit}", share, f"{found.ghost:.2f}"])
    return rows


def rhythm_rows(pair: Heard) -> list[list[object]]:
    """The row of rhythm: none where the clip has none."""
    noise = noise_like(pair.clip)
    theirs = [(pair.result, pair.result_sr), (noise, pair.sr)]
    free = [beat(pair.clip, y, pair.sr, sr) for y, sr in theirs]
    if free[0] is None or free[1] is None:  # both, or neither
        return []
    judged = [rhythm(pair.clip, y, pair.sr, sr) for y, sr in theirs]
    strengths = ", ".join(f"{value:.2f}" for value in (*free[0].strength, free[1].strength[1]))
    ratios = [f"{found.relative:.2f}" for found in (*judged, *free)]
    return [[pair.name, f"{judged[0].period:.2f}", *ratios, strengths]]


def partial_rows(pair: Heard) -> list[list[object]]:
    """Rows of partials: none where few stand out, or they are not struck."""
    partials = strongest_partials(pair.clip.mean(0), pair.sr)
    own = strikes(pair.clip.mean(0), pair.sr, partials) if partials.size >= FEWEST_PARTIALS else None
    if own is None:
        return []
    rows: list[list[object]] = []
    for kind, (y, sr) in pair.sounds().items():
        found = strikes(y.mean(0), sr, partials)
        if found is None:
            rows.append([pair.name, kind, partials.size, "0.00", "–", "–", "–", "–", "–"])
            continue
        near = [f"{value:.{digits}f} ({value / of:.2f})" for value, of, digits in (
            (1e3 * found.rise, 1e3 * own.rise, 0), (found.decay, own.decay, 2)
        )]  # fmt: skip
        meets = all(abs(value / of - 1) <= WITHIN for value, of in ((found.rise, own.rise), (found.decay, own.decay)))
        rest = [f"{found.between:.1f}", f"{found.direction:+.2f}", "yes" if meets else "no"]
        rows.append([pair.name, kind, partials.size, f"{found.rate:.2f}", *near, *rest])
    return rows


TABLES: dict[str, tuple[Sequence[str], Callable[[Heard], list[list[object]]]]] = {
    "Ticks: peaks above half the largest, of the level in dB over the median, mean over bands. Aim: at least 80 % of "
    "the intervals within 5 % of the period, and no ghost above 0.25.": (
        ["clip", "of", "period, s", "ticks of those that fit", "intervals within 5 %", "largest ghost"],
        tick_rows,
    ),
    "Rhythm: distance of autocorrelations over that of the halves, by `texturize compare` and with the tempo left free "
    "(`benchmarks/beats.py`), beside that of noise with the clip's spectrum. Aim: at most 1.3. Strength: largest "
    "autocorrelation of an excerpt of the clip, of the result and of such noise.": (
        ["clip", "period, s", "`compare`", "noise", "tempo free", "noise, tempo free", "strength"],
        rhythm_rows,
    ),
    "Partials: medians over the strikes of the strongest; in brackets over the clip's; direction: skewness of "
    "a partial's changes in dB over 0.25 s, 0 where it is the same backwards. Aim: rise and decay within a "
    "quarter.": (
        ["clip", "of", "partials", "strikes a second of each", "rise (10 to 90 %), ms", "decay by 60 dB, s",
         "between partials, dB", "direction", "within a quarter"],
        partial_rows,
    ),
}  # fmt: skip


def read(reference: Path, result: Path) -> Heard:
    (x, sr), (y, rate) = (soundfile.read(path, always_2d=True) for path in (reference, result))
    return Heard(reference.stem, x.T, y.T, sr, rate)


def section(pairs: Sequence[Heard], note: str) -> Section:
    """All tables that have rows."""
    content: list[str | Table] = ["## Ticks, rhythm, partials", "By `benchmarks/strikes.py`."]
    for text, (head, rows_of) in TABLES.items():
        rows = [row for pair in pairs for row in rows_of(pair)]
        content += [text, Table(head, rows)] if rows else []
    return Section(content, code_label(), machine(), note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sounds", type=Path, nargs="+", metavar="REFERENCE RESULT")
    parser.add_argument("--write", action="store_true", help="put the tables into the page")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "events.md")
    parser.add_argument("--note", default="", help="what the page says of results that are of other code")
    options = parser.parse_args()
    if len(options.sounds) % 2:
        parser.error("references and results come in pairs")
    made = section([read(*pair) for pair in zip(options.sounds[::2], options.sounds[1::2], strict=True)], options.note)
    print(made.markdown())
    if options.write:
        write_section(options.page, "strikes", made, "Events")


if __name__ == "__main__":
    main()
