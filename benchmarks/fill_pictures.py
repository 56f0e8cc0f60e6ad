"""The pictures of docs/fill.md: two damaged recordings, made from the formulas of the demo's clip, and filled.

Run ``python benchmarks/fill_pictures.py``. The one has a dropout of a second; the other is two takes at unlike
distances, with a cough where they meet.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile
from tables import ROOT

sys.path.insert(0, str(ROOT / "demo"))
import make_clip

SECONDS = 14.0
HOLE = 6.5, 7.5


def damaged(y: np.ndarray, sr: int) -> dict[str, np.ndarray]:
    """Recordings to mend, by the name of their picture."""
    a, b = (round(t * sr) for t in HOLE)
    dropout = y.copy()
    dropout[a:b] = 0
    far = 0.5 * scipy.signal.sosfilt(scipy.signal.butter(1, 1500, fs=sr, output="sos"), y)
    takes = np.concatenate([y[: (a + b) // 2], far[(a + b) // 2 :]])
    rng = np.random.default_rng(0)
    band = scipy.signal.butter(2, (400, 2500), "bandpass", fs=sr, output="sos")
    n = round(0.7 * (b - a))
    cough = scipy.signal.sosfilt(band, rng.standard_normal(n)) * np.exp(-5 * np.arange(n) / n)
    takes[a + (b - a) // 6 :][:n] += 0.6 * np.abs(y).max() / np.abs(cough).max() * cough
    return {"fill": dropout, "takes": takes}


def main() -> None:
    make_clip.SECONDS = SECONDS
    y, sr = make_clip.make_clip(), make_clip.SAMPLE_RATE
    with tempfile.TemporaryDirectory() as folder:
        for name, sound in damaged(y, sr).items():
            path = Path(folder) / f"{name}.wav"
            soundfile.write(path, sound, sr)
            picture = ROOT / "docs" / f"{name}.png"
            at = f"{HOLE[0]}-{HOLE[1]}"
            words = [
                "fill",
                str(path),
                "--at",
                at,
                "--picture",
                str(picture),
                "--force",
                "-o",
                f"{folder}/{name}.out.wav",
            ]
            subprocess.run([sys.executable, "-m", "texturize", *words], check=True)


if __name__ == "__main__":
    main()
