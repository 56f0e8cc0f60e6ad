"""False alarms and changes missed by `texturize check`, on textures of a generated clip.

    python benchmarks/golden.py

The clip is ticks over rustling in two channels. A golden is recorded with four reruns of other seeds, another with
`--exact` and reruns of the same seed on other numbers of threads. Twenty further results of 1 to 4 threads are held
against each, and then each change that a check is there to find. Prints what was found, and how often other choices of
a golden and its reruns among the same results would give an alarm; stops at a false one, or if a change was missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

SR, SECONDS = 16_000, 2.5
SETTINGS = ("filters.count=32", "refine.max_steps=30")
THREADS, EACH = (1, 2, 3, 4), 5


def make_clip(seed: int = 0, beat: float = 4.0, pitch: float = 1.0) -> np.ndarray:
    """Ticks, ``beat`` a second, over rustling that two channels share by half: (2, n), frequencies times ``pitch``."""
    rng = np.random.default_rng(seed)
    n = round(SECONDS * SR)
    t = np.arange(n) / SR
    rustling = rng.standard_normal(n) + rng.standard_normal((2, n))
    y = sum(
        signal.lfilter(*signal.iirpeak(pitch * hz, q, fs=SR), rustling) for hz, q in ((500, 5), (1300, 7), (3000, 9))
    )
    for start in np.arange(0.05, SECONDS - 0.1, 1 / beat):
        ring = np.where(t >= start, np.exp(-(t - start).clip(0) / 0.008), 0) * np.sin(2 * np.pi * 2400 * pitch * t)
        y = y + rng.uniform(2.4, 3.6) * ring
    return 0.05 * (y + 0.02 * rng.standard_normal((2, n))) / y.std()


def synthesize(clip: Path, threads: int, names: dict[str, int]) -> None:
    """Make results of these names and seeds, in a process of so many threads."""
    words = [sys.executable, __file__, "--clip", str(clip), *(f"{name}={seed}" for name, seed in names.items())]
    held = dict.fromkeys(("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    root = str(Path(__file__).resolve().parent.parent)
    subprocess.run(words, cwd=clip.parent, env=os.environ | held | {"PYTHONPATH": root}, check=True)


def work(clip: Path, names: list[str]) -> None:
    import texturize  # noqa: PLC0415  after the number of threads is set
    from texturize.runtime.cache import use_compilation_cache  # noqa: PLC0415

    use_compilation_cache()
    y, sr = soundfile.read(clip, always_2d=True)
    config = texturize.load_config("preview", SETTINGS)
    for name in names:
        file, _, seed = name.partition("=")
        result = texturize.synthesize(y.T, sr, config=config, seed=int(seed))
        write(Path(file), result.samples)


def write(path: Path, y: np.ndarray) -> None:
    soundfile.write(path, y.T, SR, "PCM_16")


def make_results(folder: Path) -> None:
    write(folder / "clip.wav", make_clip())
    write(folder / "tempo.wav", make_clip(beat=1.05 * 4))
    write(folder / "pitch.wav", make_clip(pitch=1.05))
    for threads in THREADS:
        names = {f"seed0-{threads}-{i}.wav": 0 for i in range(EACH + 1)}
        names |= {f"other-{threads}-{i}.wav": 100 * threads + i for i in range(EACH)}
        names |= {f"rerun-{i}.wav": i for i in (1, 2, 3, 4)} if threads == 1 else {}
        synthesize(folder / "clip.wav", threads, names)
    synthesize(folder / "tempo.wav", 2, {"faster.wav": 50})
    synthesize(folder / "pitch.wav", 2, {"brighter.wav": 50})


def changes(folder: Path) -> dict[str, Path]:
    """A sound for each change, made of a result of another seed than the golden's."""
    clip = soundfile.read(folder / "clip.wav")[0].T
    result = soundfile.read(folder / "other-2-0.wav")[0].T
    n, third = result.shape[1], result.shape[1] // 3
    silence, spliced = np.ones(n), result.copy()
    silence[third : third + SR // 20] = 0
    spliced[:, third : third + SR // 2] = clip[:, third : third + SR // 2]
    pieces = np.split(clip, 5, axis=1)
    made = {
        "1 dB louder": result * 10 ** (1 / 20),
        "1 dB quieter": result / 10 ** (1 / 20),
        "resampled, 5 % slower and darker": signal.resample_poly(result, 21, 20, axis=1)[:, :n],
        "a missing channel": result[:1],
        "a silent channel": result * [[1], [0]],
        "both channels the same": result[[0, 0]],
        "half a second of the input": spliced,
        "the input in another order": np.concatenate([pieces[i] for i in (2, 0, 4, 1, 3)], axis=1),
        "50 ms of silence": result * silence,
    }
    for name, y in made.items():
        write(folder / f"{name}.wav", y)
    found = {name: folder / f"{name}.wav" for name in made}
    found["a clip whose tempo is 5 % faster"] = folder / "faster.wav"
    found["a clip that is 5 % brighter"] = folder / "brighter.wav"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="Keep the sounds there, or use those that are.")
    options = parser.parse_args()
    if options.clip:
        work(options.clip, options.names)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = (options.keep or Path(name)).resolve()
        folder.mkdir(exist_ok=True)
        begun = time.perf_counter()
        if not (folder / "brighter.wav").exists():
            make_results(folder)
        print(f"results made in {time.perf_counter() - begun:.0f} s")
        judge(folder)


def draw(sounds: list[Path], clip: Path, times: int = 40) -> None:
    """Print how many checks would alarm where the golden and four reruns are drawn, and the rest is held against it."""
    from texturize.files.audio import read_audio  # noqa: PLC0415
    from texturize.golden import judge as hold  # noqa: PLC0415
    from texturize.golden import tolerances_of  # noqa: PLC0415
    from texturize.golden.record import measure_clip  # noqa: PLC0415

    rng, source = np.random.default_rng(0), read_audio(clip)
    features = [measure_clip(read_audio(path), source) for path in sounds]
    alarms: Counter[str] = Counter()
    for _ in range(times):
        golden, *rest = (features[i] for i in rng.permutation(len(features)))
        tolerances = tolerances_of([golden, *rest[:4]])
        for new in rest[4:]:
            alarms.update(hold(golden, new, tolerances).failed)
    print(f"{times} draws of a golden and 4 reruns: alarms in {times * (len(sounds) - 5)} checks: {dict(alarms)}")


def judge(folder: Path) -> None:
    from texturize.golden import record_golden  # noqa: PLC0415

    golden, clip = folder / "seed0-1-0.wav", folder / "clip.wav"
    reruns = [folder / f"rerun-{i}.wav" for i in (1, 2, 3, 4)]
    same = [folder / f"seed0-{threads}-0.wav" for threads in THREADS[1:]] + [folder / "seed0-2-1.wav"]
    statistical = record_golden(folder / "golden.json", golden, reruns, clip)
    exact = record_golden(folder / "exact.json", golden, same, clip, exact=True)
    print("tolerances, other seeds:", ", ".join(f"{k} {v:g}" for k, v in statistical.tolerances.items()))
    print("tolerances, the same seed:", ", ".join(f"{k} {v:g}" for k, v in exact.tolerances.items()))

    others = sorted(folder.glob("other-*.wav"))
    again = [folder / f"seed0-{threads}-{i}.wav" for threads in THREADS for i in range(1, EACH + 1)]
    for kind, record, sounds in (("other seeds", statistical, others), ("the same seed, --exact", exact, again)):
        alarms: Counter[str] = Counter()
        for path in sounds:
            alarms.update(record.judge(path, folder).failed)
        print(f"{len(sounds)} reruns, {kind}, on 1 to 4 threads: {sum(alarms.values())} false alarms {dict(alarms)}")
        assert not alarms, "a false alarm"

    draw(others + reruns + [golden], clip)
    print(f"\n{'change':36} found by")
    rows = {name: statistical.judge(path, folder).failed for name, path in changes(folder).items()}
    rows["another seed policy, --exact"] = exact.judge(folder / "rerun-1.wav", folder).failed
    for name, failed in rows.items():
        print(f"{name:36} {', '.join(failed) or 'NOTHING'}")
    assert all(rows.values()), "a change was missed"


if __name__ == "__main__":
    main()
