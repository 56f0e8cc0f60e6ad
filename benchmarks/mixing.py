"""Morphs and transfers of two clips: how near they are to each clip, and how well they follow a course.

Run ``python benchmarks/mixing.py A B [--content C] [--picture docs/mixing.png]``. Three tables go to docs/mixing.md:
constant mixes, a mix that changes on the way, and transfers of the course of A, or of C, to the texture of B.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.signal
from figures import Section, Table, write_section
from matplotlib.figure import Figure
from tables import ROOT, code_label, machine

from texturize.compare import copying, texture_distance
from texturize.config import Config
from texturize.config.presets import load_config
from texturize.files.audio import Clip, read_audio
from texturize.runtime.cache import use_compilation_cache
from texturize.show.picture import level
from texturize.signal.loudness import loudness
from texturize.synthesis.api import morph, synthesize, transfer

MIXES = (0.0, 0.25, 0.5, 0.75, 1.0)
WEIGHTS = (0.0, 0.3, 0.6, 1.0)
SLOW = 4.0  # Hz


class Sound(NamedTuple):
    """A clip and what it is called."""

    name: str
    clip: Clip

    def distance(self, y: np.ndarray, sr: int) -> float:
        """Texture distance of a sound from this one."""
        return texture_distance(self.clip.samples, y, self.clip.sample_rate, sr).total


def read(path: Path) -> Sound:
    return Sound(path.stem, read_audio(path))


def envelope(y: np.ndarray, sr: int, points: int = 1000) -> np.ndarray:
    """Amplitude of a sound (channels, n), the root of its power below 4 Hz, at evenly spaced points."""
    power = scipy.signal.sosfiltfilt(scipy.signal.butter(2, SLOW, fs=sr, output="sos"), np.sum(y**2, axis=0))
    at = np.linspace(0, power.shape[-1] - 1, points)
    return np.sqrt(np.maximum(np.interp(at, np.arange(power.shape[-1]), power), 0))


def likeness(content: Sound, y: np.ndarray, sr: int) -> float:
    """Correlation of the broadband envelopes of a content and a result of its length."""
    own = envelope(content.clip.samples, content.clip.sample_rate)
    return float(np.corrcoef(own, envelope(np.atleast_2d(y), sr))[0, 1])


def mixes(a: Sound, b: Sound, config: Config) -> Table:
    clips, rates = [a.clip.samples, b.clip.samples], [a.clip.sample_rate, b.clip.sample_rate]
    rows = []
    for mix in MIXES:
        made = morph(clips, rates, mix, config=config)
        y, sr = made.samples, made.sample_rate
        copied = [copying(s.clip.samples, y, s.clip.sample_rate, sr).short for s in (a, b)]
        figures = [a.distance(y, sr), b.distance(y, sr), *copied]
        rows.append([f"{mix:g}", *(f"{x:.2f}" for x in figures), f"{loudness(y, sr):.1f}"])
        print(*rows[-1], flush=True)
    for s in (a, b):
        alone = synthesize(s.clip.samples, s.clip.sample_rate, config=config)
        y, sr = np.atleast_2d(alone.samples), alone.sample_rate
        figures = [a.distance(y, sr), b.distance(y, sr)]
        rows.append([f"`synth` {s.name}", *(f"{x:.2f}" for x in figures), "", "", f"{loudness(y, sr):.1f}"])
        print(*rows[-1], flush=True)
    fresh = [copying(s.clip.samples, s.clip.samples, s.clip.sample_rate).baseline_short for s in (a, b)]
    rows.append(["a fresh excerpt of each", "", "", *(f"{x:.2f}" for x in fresh), ""])
    heads = [f"distance to {a.name}", f"to {b.name}", f"copying of {a.name}, 50 ms", f"of {b.name}", "LUFS"]
    return Table([f"share of {b.name}", *heads], rows)


def gradual(a: Sound, b: Sound, config: Config, seconds: float) -> tuple[Table, np.ndarray, int]:
    made = morph(
        [a.clip.samples, b.clip.samples],
        [a.clip.sample_rate, b.clip.sample_rate],
        "0:1",
        config=config,
        duration=seconds,
    )
    y, sr, rows = made.samples, made.sample_rate, []
    for start in np.arange(0, seconds - 3.9, 4.0):
        part = y[:, round(start * sr) : round((start + 4) * sr)]
        figures = [f"{s.distance(part, sr):.2f}" for s in (a, b)]
        rows.append([f"{start:g} to {start + 4:g} s", *figures, f"{loudness(part, sr):.1f}"])
        print(*rows[-1], flush=True)
    return Table(["part", f"distance to {a.name}", f"to {b.name}", "LUFS"], rows), y, sr


def transfers(content: Sound, style: Sound, config: Config) -> tuple[Table, np.ndarray, int]:
    """The table, and the result at the default weight."""
    n = round(content.clip.duration * style.clip.sample_rate) / style.clip.sample_rate
    alone = synthesize(style.clip.samples, style.clip.sample_rate, config=config, duration=n)
    base = style.distance(alone.samples, alone.sample_rate)
    rows = [["`synth`", f"{base:.2f}", "1", f"{likeness(content, alone.samples, alone.sample_rate):.2f}"]]
    kept = {}
    for weight in WEIGHTS:
        made = transfer(
            content.clip.samples,
            content.clip.sample_rate,
            style.clip.samples,
            style.clip.sample_rate,
            weight=weight,
            config=config,
        )
        kept[weight] = made
        d = style.distance(made.samples, made.sample_rate)
        figures = [d, d / base, likeness(content, made.samples, made.sample_rate)]
        rows.append([f"{weight:g}", *(f"{x:.2f}" for x in figures)])
        print(*rows[-1], flush=True)
    usual = kept[0.3]
    heads = [f"distance to {style.name}", "over that of `synth`", f"correlation with {content.name}'s envelope"]
    return Table(["weight", *heads], rows), usual.samples, usual.sample_rate


def draw(path: Path, content: Sound, sounds: dict[str, tuple[np.ndarray, int]]) -> None:
    """Spectrograms, and the envelopes of the content and of the last of the sounds."""
    figure = Figure(figsize=(10.0, 10.0), dpi=80, layout="constrained")
    axes = figure.subplots(len(sounds) + 1, 1)
    for ax, (title, (y, sr)) in zip(axes, sounds.items(), strict=False):
        t, f, S = level(y, sr)
        top = float(S.max())
        extent = (0.0, float(t[-1]), 0.0, float(f[-1]) / 1000)
        ax.imshow(S, origin="lower", aspect="auto", cmap="magma", vmin=top - 70, vmax=top, extent=extent)
        ax.set_title(title, loc="left", fontsize=10)
        ax.set_ylabel("kHz")
    y, sr = list(sounds.values())[-1]
    for name, e in (
        (content.name, envelope(content.clip.samples, content.clip.sample_rate)),
        ("result", envelope(y, sr)),
    ):
        axes[-1].plot(np.linspace(0, content.clip.duration, len(e)), e / e.mean(), label=name)
    axes[-1].set(xlabel="seconds", ylabel="amplitude over its mean", xlim=(0, content.clip.duration))
    axes[-1].legend()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a", type=Path)
    parser.add_argument("b", type=Path)
    parser.add_argument("--content", type=Path, help="Clip whose course is transferred. [default: A]")
    parser.add_argument("--preset", default="default")
    parser.add_argument("--seconds", type=float, default=20.0, help="Length of the gradual morph.")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "mixing.md")
    options = parser.parse_args()
    a, b, content = (read(path) for path in (options.a, options.b, options.content or options.a))
    config = load_config(options.preset)
    use_compilation_cache()
    constant = mixes(a, b, config)
    changing, y, sr = gradual(a, b, config, options.seconds)
    moved, result, result_sr = transfers(content, b, config)

    def told(s: Sound) -> str:
        return f"{s.name} ({s.clip.duration:g} s, {s.clip.sample_rate / 1000:g} kHz)"

    of = f"{told(a)} and {told(b)}; preset `{options.preset}`, seed 0."
    parts = [
        f"## {a.name}, {b.name}",
        of,
        "### Morph",
        constant,
        f"### Gradual morph, `--mix 0:1 --duration {options.seconds:g}`",
        changing,
        f"### Transfer of the course of {told(content)} to {b.name}",
        moved,
    ]
    write_section(options.page, f"{a.name}-{b.name}", Section(parts, code_label(), machine()), "Mixing")
    if options.picture:
        first = f"{a.name} becomes {b.name}"
        sounds = {first: (y, sr), f"content: {content.name}": (content.clip.samples, content.clip.sample_rate)}
        draw(options.picture, content, sounds | {f"its course, {b.name}'s texture": (result, result_sr)})


if __name__ == "__main__":
    main()
