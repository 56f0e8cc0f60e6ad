"""Stands in for `texturize.synthesis.recipe` where a test is about the command, not the numerics.

It imports no JAX. `test_fake_synthesis` holds it against what it stands in for.
"""

from __future__ import annotations

import enum
import os
import sys
import time
import types
from dataclasses import dataclass, field

import numpy as np


class Status(enum.Enum):
    CONVERGED = (
        "the loss has flattened or reached its goal",
        "nothing to do; it goes on with a lower `tolerance` or `goal`",
    )
    STOPPED = ("stopped early; this is the best so far", "run it again to the end for a closer result")

    @property
    def sentence(self):
        return self.value[0]

    @property
    def remedy(self):
        return self.value[1]


@dataclass
class Synthesis:
    samples: np.ndarray
    sample_rate: int
    status: Status
    config: object
    seed: int
    warnings: tuple[str, ...] = ()
    losses: dict = field(default_factory=lambda: {"refine": np.array([1.0, 0.01])})
    times: dict = field(default_factory=lambda: {"refine": 1.5})
    spectral_convergence: float | None = None


def wait_for_leave() -> None:
    """Until the process that started this one writes a line, or ends."""
    sys.stdin.readline()


def fake_module(steps: int = 1, pause: float = 0.0) -> types.ModuleType:
    """Module whose recipes take some steps, and give the clip turned round in time, delivered as asked for.

    Each result is what the module's ``synthesize`` makes, in whose place tests put another. A step lasts for a ``pause`` in seconds, or, if that is below zero, until a line comes on standard input.
    """
    # Imported by those who make a fake, so that a process that has one imports what it needs before the first signal.
    from texturize.config import Config
    from texturize.delivery.levels import levels_of
    from texturize.delivery.mastering import check_output, deliver
    from texturize.signal.resampling import resample_circular

    module = types.ModuleType("texturize.synthesis.recipe")

    def synthesize(clip, sr, *, config, warnings=(), stop=None, trace=None):
        seed = config.seed
        status = Status.CONVERGED
        for step in range(steps):
            print(f"step {step}", file=sys.stderr, flush=True) if pause else None
            time.sleep(pause) if pause >= 0 else wait_for_leave()
            if stop is not None and stop():
                status = Status.STOPPED
                break
        seconds = config.output.duration or clip.shape[-1] / sr
        rate = config.output.sample_rate or sr
        turned = np.resize(
            np.roll(clip[..., ::-1], 997 * seed, axis=-1), (*clip.shape[:-1], round(seconds * sr))
        ).astype(np.float32)
        turned = resample_circular(turned, round(seconds * rate))
        if trace is not None:
            from texturize.synthesis.trace.snapshots import Snapshot

            for step in (0, 1):
                losses = np.linspace(1.0, 0.01, step + 1)
                trace(Snapshot("refine", step, losses[-1], losses, (step + 1) * clip / 2, sr, (1 - step) * clip))
        result = deliver(turned, rate, levels_of(clip, sr), config.output)
        return Synthesis(result.samples, rate, status, config, seed, (*warnings, *result.notes))

    class Recipe:
        def __init__(self, sources, config=None):
            self.sources, self.config = sources, config or Config()

        def check(self):
            return self._gathered()[2]

        def results(self, progress=None, stop=None, trace=None):
            gathered, config, warnings = self._gathered()
            for index in range(config.output.variations):
                if index and stop is not None and stop():
                    return
                options = {} if trace is None or index else {"trace": trace}
                seeded = config.model_copy(update={"seed": config.seed + index})
                yield module.synthesize(
                    gathered.clips[0], gathered.sr, config=seeded, warnings=warnings, stop=stop, **options
                )

        def _gathered(self):
            gathered, config = self.sources.gathered(self.config)
            seconds = config.output.duration or gathered.samples / gathered.sr
            check_output(config.output, seconds, loop=config.output.loop)
            return gathered, config, ("the clip is short",) if gathered.samples < gathered.sr // 2 else ()

    module.Recipe, module.synthesize = Recipe, synthesize
    return module


def install(steps: int = 1, pause: float = 0.0) -> None:
    """Put the module in place for a whole process."""
    sys.modules["texturize.synthesis.recipe"] = fake_module(steps, pause)


WORKERS = "FAKE_SYNTHESIS"

if __name__ == "__mp_main__" and WORKERS in os.environ:  # in the worker processes of the command below
    steps_, pause_ = os.environ[WORKERS].split()
    install(int(steps_), float(pause_))

if __name__ == "__main__":  # python fake_synthesis.py STEPS PAUSE ARGUMENTS...
    install(int(sys.argv[1]), float(sys.argv[2]))
    os.environ[WORKERS] = " ".join(sys.argv[1:3])
    del sys.argv[1:3]
    from texturize.cli import main

    main()
