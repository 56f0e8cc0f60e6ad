"""Feed damaged and hostile files to everything that reads one: each has to end in a result or a clear error.

    python benchmarks/fuzz.py [--cases 10000] [--seed 0] [KIND...]

Kinds are sounds, configs, manifests, goldens, lists and tolerances: the first two get as many cases as asked for, the
others a tenth. What is no TexturizeError of one line, takes 5 s of processor time, or 1 GB of memory, is a defect: its
file is kept, and the exit code is 1. A case that does not come back in two minutes ends the program with a traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import json
import os
import random
import re
import resource
import sys
import tempfile
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import yaml
from click.testing import CliRunner
from mutations import HOSTILE_YAML, mutate_bytes, mutate_json, mutate_text

from texturize.batch import plan_jobs, read_sources, sort_out
from texturize.batch.summary import figures_of
from texturize.cli.group import texturize
from texturize.config.presets import config_to_yaml, load_config, parse_config, preset_names, preset_text
from texturize.errors import TexturizeError, printable
from texturize.files.audio import Clip, read_audio
from texturize.files.audio_writing import write_audio
from texturize.files.hashes import sha256
from texturize.golden import read_golden, record_golden, write_golden
from texturize.golden.tolerances import read_tolerances
from texturize.manifest.file import read_json
from texturize.manifest.reading import read_manifest
from texturize.manifest.writing import CommandRun, manifest_of
from texturize.report.figures import loss_charts
from texturize.report.page import run_facts
from texturize.synthesis.recipe import Recipe
from texturize.synthesis.result import Synthesis
from texturize.synthesis.solution import Status
from texturize.synthesis.sources import SynthSources

MOST_SECONDS, HANG_SECONDS = 5.0, 120
MOST_BYTES = 10**9
SR = 8000

Case = tuple[str, bytes]
"""Name and bytes of a file."""


class Kind(ABC):
    """A kind of file: how a case is made, and what is done with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def case(self, rng: random.Random) -> Case:
        """A file by chance."""

    @abstractmethod
    def use(self, path: Path) -> object:
        """Do with it what the program does."""


def click_command(*arguments: str) -> None:
    """A command as from a terminal, whose failures come back as errors; a usage error is a clear one."""
    outcome = CliRunner().invoke(texturize, list(arguments))
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    if outcome.exit_code == 1:
        said = outcome.stderr.strip().splitlines()[-1].removeprefix("Error: ")
        if "this is a defect" in said:
            raise RuntimeError(said)
        raise TexturizeError(said)
    if outcome.exit_code not in (0, 2):
        raise RuntimeError(f"exit code {outcome.exit_code}")


def read_pipe(path: Path) -> Clip:
    """What comes of a file through a pipe."""
    reading, writing = os.pipe()
    feeder = threading.Thread(target=feed, args=(writing, path.read_bytes()))
    feeder.start()
    try:
        return read_audio(f"/dev/fd/{reading}")
    finally:
        os.close(reading)
        feeder.join()


def feed(writing: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "wb") as pipe:
        pipe.write(data)


def without_sizes(data: bytes) -> bytes:
    """A file as a recorder leaves it that crashes: it says of the sound that there are 0 bytes, or samples."""
    out = bytearray(data)
    if out.startswith(b"fLaC"):
        out[21] &= 0xF0
        out[22:26] = bytes(4)
    elif out.startswith(b".snd"):
        out[8:12] = bytes(4)
    else:
        size = 4 if out[:4] in (b"RIFF", b"FORM") else 8
        at = out.index(b"SSND" if out.startswith(b"FORM") else b"data") + (16 if out.startswith(b"riff") else 4)
        out[at : at + size] = bytes(size)
    return bytes(out)


class Sounds(Kind):
    """WAV, FLAC and Ogg, and one in ten of another kind, damaged mostly in the header; read, and checked.

    One in six has a header that was never finished, or is of sounds in a row; one in ten comes through a pipe.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        rng = np.random.default_rng(0)
        y = 0.1 * rng.standard_normal((6000, 2))
        kinds = [("wav", s) for s in ("PCM_16", "PCM_24", "FLOAT", "MS_ADPCM", "ULAW")] + [("flac", "PCM_16")]
        kinds += [("ogg", "VORBIS"), ("opus", "OPUS")]
        self.main = [self.written(y, f"{s}.{end}", s) for end, s in kinds]
        others = [("mp3", None), ("aiff", "PCM_16"), ("caf", "ALAC_16"), ("w64", "PCM_16"), ("au", "FLOAT")]
        self.others = [self.written(y, f"other.{end}", s) for end, s in others]
        self.unfinished = [
            self.written(y, f"un.{end}", "PCM_16") for end in ("wav", "aiff", "caf", "w64", "au", "flac")
        ]
        self.unfinished = [(end, without_sizes(data)) for end, data in self.unfinished]
        chains = [(end, data + data) for end, data in self.main if end in (".flac", ".ogg", ".opus")]
        chains += [(end, data + data) for end, data in self.others if end == ".mp3"]
        self.unfinished += chains + [
            (end, data.replace(b"Info", b"oops")) for end, data in self.others if end == ".mp3"
        ]

    def written(self, y: np.ndarray, name: str, subtype: str | None) -> Case:
        path = self.folder / name
        write_audio(
            path, y.T, SR, subtype
        )  # the same bytes each time, where soundfile would number Ogg streams by chance
        return path.suffix, path.read_bytes()

    def case(self, rng: random.Random) -> Case:
        kinds = (self.main, self.others, self.unfinished)
        suffix, data = rng.choice(rng.choices(kinds, (0.75, 0.08, 0.17))[0])
        name = "pipe" if rng.random() < 0.1 else "case"
        return f"{name}{suffix}", mutate_bytes(rng, data, header=200 if rng.random() < 0.8 else len(data))

    def use(self, path: Path) -> object:
        clip = read_pipe(path) if path.stem == "pipe" else read_audio(path)
        return clip.clipped, Recipe(SynthSources(clip.samples, clip.sample_rate), load_config("preview")).check()


class Configs(Kind):
    """Presets, and configs in full; loaded, and one in ten by the command."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.texts = [preset_text(name) for name in preset_names()] + [config_to_yaml(load_config("best"))]
        self.texts += ["preset: best\nseed: 3\nfilters: {count: 12, widths: [1, 2, 3]}\nloss: {gram: {weight: 1e-3}}\n"]
        self.count = 0

    def case(self, rng: random.Random) -> Case:
        if rng.random() < 0.1:
            return "case.yaml", mutate_text(rng, rng.choice(HOSTILE_YAML)(rng)).encode(errors="surrogatepass")
        return "case.yaml", mutate_text(rng, rng.choice(self.texts)).encode(errors="surrogatepass")

    def use(self, path: Path) -> object:
        self.count += 1
        if self.count % 10 == 0:
            return click_command("config", "-c", str(path))
        config = load_config(path)
        assert parse_config(config_to_yaml(config)) == config
        return config


class Manifests(Kind):
    """Manifests; read for `repeat`, and shown by a report."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        y = np.random.default_rng(0).standard_normal((1, 6000)).astype(np.float32) * 0.1
        soundfile.write(folder / "rain.wav", y.T, SR)
        config, losses = load_config("preview"), {"refine": np.geomspace(1, 0.01, 20)}
        made = Synthesis(y, SR, losses, Status.CONVERGED, None, config, 0, ("short",), {"refine": 1.5})
        clip = Clip(y, SR, path=folder / "rain.wav")
        run = CommandRun("morph", {"mix": "0.3"}, ((clip, sha256(folder / "rain.wav")),))
        arguments = ["morph", "rain.wav", "rain.wav", "--mix", "0.3"]
        self.value = manifest_of(clip, config, made, arguments, threads=1, run=run).to_dict()

    def case(self, rng: random.Random) -> Case:
        return "case.wav.json", mutate_json(rng, self.value)

    def use(self, path: Path) -> object:

        raw = read_json(path)
        shown = (run_facts(raw), list(loss_charts(raw.get("losses"))), yaml.safe_dump(raw.get("config")))
        run = read_manifest(path)
        return shown, run.find_inputs(), run.differences(), figures_of(run.manifest)


class Goldens(Kind):
    """Files of `check --record`; read, and a sound held against them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        rng = np.random.default_rng(0)
        sounds = [folder / f"take{i}.wav" for i in range(3)]
        for path in sounds:
            soundfile.write(path, 0.1 * rng.standard_normal((SR, 2)), SR)
        write_golden(folder / "golden.json", record_golden(folder / "golden.json", sounds[0], sounds[1:]))
        self.value = json.loads((folder / "golden.json").read_text())

    def case(self, rng: random.Random) -> Case:
        return "case.json", mutate_json(rng, self.value)

    def use(self, path: Path) -> object:
        return read_golden(path).judge(self.folder / "take1.wav", path.parent).to_dict()


class Lists(Kind):
    """Lists of a batch, as tables and as JSON lines; read, and planned."""

    ROWS = (
        {"input": "rain.wav", "seed": 3, "duration": 2.5},
        {"input": "b/é.flac", "preset": "best", "output": "x.wav"},
    )

    def case(self, rng: random.Random) -> Case:
        if rng.random() < 0.5:
            lines = [mutate_json(rng, row) if rng.random() < 0.5 else json.dumps(row).encode() for row in self.ROWS]
            return "case.jsonl", b"\n".join(lines)
        text = 'input,output,preset,seed,filters.count\nrain.wav,a.wav,best,3,8\n"b, c.wav",,,4,\n'
        return "case.csv", mutate_text(rng, text).encode(errors="surrogatepass")

    def use(self, path: Path) -> object:
        out = path.parent / "out"
        return sort_out(plan_jobs(read_sources([str(path)], out)), out, {})


class Tolerances(Kind):
    """Files of `check --tolerances`."""

    def case(self, rng: random.Random) -> Case:
        text = (
            rng.choice(HOSTILE_YAML)(rng)
            if rng.random() < 0.1
            else "level: 0.5\nspectrum: 2\ntexture distance: 15e-1\n"
        )
        return "case.yaml", mutate_text(rng, text).encode(errors="surrogatepass")

    def use(self, path: Path) -> object:
        return read_tolerances(path)


KINDS: dict[str, tuple[Callable[[Path], Kind], float]] = {
    "sounds": (Sounds, 1.0), "configs": (Configs, 1.0), "manifests": (Manifests, 0.1), "goldens": (Goldens, 0.1),
    "lists": (Lists, 0.1), "tolerances": (Tolerances, 0.1),
}  # fmt: skip


def run(kind: Kind, path: Path) -> tuple[str, str]:
    """What came of a case: ("result" | "error" | "defect", what was said)."""
    start, memory = time.process_time(), peak_bytes()
    try:
        kind.use(path)
        outcome = ("result", "")
    except TexturizeError as error:
        text = str(error)
        fine = len(text.splitlines()) == 1 and text == printable(text) and len(text) < 1000
        outcome = ("error", f"{type(error).__name__}: {rule(text, path)}") if fine else ("defect", f"unclear: {text!r}")
    except Exception as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        outcome = ("defect", f"{type(error).__name__} at {Path(at.filename).name}:{at.lineno}: {str(error)[:150]!r}")
    seconds, more = time.process_time() - start, peak_bytes() - memory
    if seconds > MOST_SECONDS or more > MOST_BYTES:
        return "defect", f"{seconds:.1f} s, {more / 1e6:.0f} MB more"
    return outcome


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def rule(text: str, path: Path) -> str:
    """An error without what differs from case to case."""
    text = text.replace(str(path.parent), "").replace(path.name, "FILE")
    text = re.sub(r"\"[^\"]*\"|'[^']*'", "..", text)
    return re.sub(r"[-+]?\d[\d.e+-]*", "N", text).split("; ")[0][:70]


def study(name: str, kind: Kind, cases: int, seed: int, keep: Path) -> int:
    """Run the cases of a kind and print what came of them; the number of defects."""
    outcomes: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    defects: Counter[str] = Counter()
    start = time.perf_counter()
    for i in range(cases):
        file, data = kind.case(random.Random(f"{name} {seed} {i}"))
        path = kind.folder / file
        path.write_bytes(data)
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        outcome, said = run(kind, path)
        outcomes[outcome] += 1
        if outcome == "error":
            errors[said] += 1
        if outcome == "defect":
            defects[said] += 1
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{name}-{seed}-{i}-{file}").write_bytes(data)
        path.unlink()
    faulthandler.cancel_dump_traceback_later()
    seconds = time.perf_counter() - start
    counts = ", ".join(f"{outcomes[key]} {key}s" for key in ("result", "error", "defect"))
    print(f"{name}: seed {seed}, {cases} cases: {counts}; {len(errors)} rules; {seconds:.0f} s", flush=True)
    for said, count in errors.most_common(12):
        print(f"  {count:6} {said}")
    for said, count in defects.most_common(30):
        print(f"  {count:6} DEFECT {said}")
    return outcomes["defect"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], metavar="KIND")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-defects"), help="folder for the files of defects")
    options = parser.parse_args()
    faulthandler.enable()
    keep = options.keep.resolve()
    defects = 0
    for name in options.kinds or KINDS:
        make, share = KINDS[name]
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            kind = make(Path(folder))
            defects += study(name, kind, max(1, round(share * options.cases)), options.seed, keep)
            os.chdir("/")
    print(f"peak memory {peak_bytes() / 1e6:.0f} MB; {defects} defects")
    sys.exit(1 if defects else 0)


if __name__ == "__main__":
    main()
