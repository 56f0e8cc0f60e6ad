"""What single terms do: autocorrelation, of feature maps or of onsets, keeps rhythm; diversity keeps from the original.

Run ``python benchmarks/terms.py FOLDER``. With nothing but the Gram term beside it, each term is turned on and off, on
clips of the folder that ``--rhythmic`` and ``--diverse`` name. The table goes to docs/quality.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import librosa
import numpy as np
from figures import Section, Table, write_section
from scipy import signal
from tables import ROOT, code_label, machine

from texturize.compare import rhythm
from texturize.config.presets import load_config
from texturize.files.audio import read_audio
from texturize.synthesis.api import synthesize


def largest_closeness(clip: np.ndarray, result: np.ndarray) -> float:
    """Largest normalized cross-correlation of two centred magnitude spectrograms over all circular shifts in time."""
    S, R = (np.abs(librosa.stft(y.mean(0), n_fft=1024, hop_length=256)) ** 0.5 for y in (clip, result))
    S, R = S - S.mean(1, keepdims=True), R - R.mean(1, keepdims=True)
    correlation = np.fft.irfft((np.fft.rfft(R) * np.fft.rfft(S).conj()).sum(0), S.shape[1])
    return float(correlation.max() / np.linalg.norm(S) / np.linalg.norm(R))


def run(options: argparse.Namespace) -> None:
    cases = [
        (options.rhythmic, "autocorrelation", options.autocorrelation, "strongest periodicity kept"),
        (options.rhythmic, "rhythm", options.rhythm, "strongest periodicity kept"),
        (options.diverse, "diversity", options.diversity, "largest closeness over all shifts"),
    ]
    lines = []
    for names, term, weight, figure in cases:
        for name in names:
            clip = read_audio(next(options.folder.glob(f"{name}.*")))
            n = round(options.seconds * clip.sample_rate)
            y = signal.resample_poly(clip.samples[:, :n], 16_000, clip.sample_rate, axis=1).astype(np.float32)
            found = []
            for value in (0.0, weight):
                config = load_config("gram-only", [f"loss.{term}.weight={value}", f"refine.max_steps={options.steps}"])
                result = np.atleast_2d(synthesize(y, 16_000, config=config).samples)
                kept = largest_closeness(y, result) if term == "diversity" else rhythm(y, result, 16_000).kept
                found.append("–" if kept is None else f"{kept:.3f}")
            lines.append([name, f"{term} {weight:g}", figure, *found])
            print(*lines[-1], flush=True)
    head = ["clip", "term and weight", "figure", "without", "with"]
    text = f"Preset `gram-only`, {options.steps} steps at most, 16 kHz, the first {options.seconds:g} s."
    section = Section(["## Single terms", text, Table(head, lines)], code_label(), machine())
    write_section(options.page, "terms", section, "Quality")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rhythmic", nargs="+", default=["clock_alarm_ticking", "train_on_rails"])
    parser.add_argument("--diverse", nargs="+", default=["church_bells_peal", "typing_fast"])
    parser.add_argument("--autocorrelation", type=float, default=10.0)
    parser.add_argument("--rhythm", type=float, default=0.5)
    parser.add_argument("--diversity", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "quality.md")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
