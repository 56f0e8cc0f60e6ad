"""What a GPU makes of it: whole results compiled and warm, in each precision, and what limits a step.

    python benchmarks/gpu.py --json bench/gpu.json --minutes 6
    python benchmarks/gpu.py --write bench/gpu.json

All parts run in one process, in order of importance. Each is written to the JSON file when it is done, and what does
not fit into the minutes is named there as not measured. ``--write`` makes the section of docs/speed.md of that file, on
any machine. The sound is generated. ``--device cpu`` with ``--seconds 1 --long 3 --size 256`` tries out the script.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gpu_trace
import jax
import jax.numpy as jnp
import numpy as np
from figures import Section, Table, write_section
from speed import medians, rain_with_clicks
from tables import ROOT, code_label, machine

from texturize.compare import texture_distance
from texturize.config.presets import load_config
from texturize.files.atomic import write_text
from texturize.runtime.cache import use_compilation_cache
from texturize.runtime.device import device_of, precision_of
from texturize.runtime.programs import forget_programs
from texturize.synthesis import optimize
from texturize.synthesis.api import variations
from texturize.synthesis.descent import run_chunk

PAGE = ROOT / "docs" / "speed.md"
PRECISIONS = {"float32": ("float32", "highest"), "TF32": ("float32", "tensorfloat32"), "bfloat16": ("bfloat16", None)}
COPIED = 2**28
"""Numbers in the array that is copied to measure the memory's rate, where the matrices are large."""
ROUNDS = 5
TRACED_STEPS = 10
KERNELS = 5
"""Named in the text: those that take longest."""
Figures = dict[str, Any]


class Case(NamedTuple):
    """Results that are made and timed."""

    keys: tuple[str, ...] = ()
    preset: str = "default"
    channels: int = 1
    tf32: bool = False
    long: bool = False
    again: bool = True  # once more, when all is compiled


EIGHT, FLOAT32 = "output.variations=8", "numerics.precision=float32"
CASES = {
    "default": Case(),
    "8 variations": Case((EIGHT,), again=False),
    "float32": Case((FLOAT32,)),
    "float32, 8 variations": Case((FLOAT32, EIGHT), again=False),
    "TF32": Case((FLOAT32,), tf32=True),
    "TF32, 8 variations": Case((FLOAT32, EIGHT), tf32=True, again=False),
    "stereo": Case(channels=2),
    "best": Case(preset="best"),
    "long, stereo": Case(channels=2, long=True, again=False),
}
ORDER = ("rates", "default", "trace", *list(CASES)[1:7], "operations", *list(CASES)[7:])


class Steps:
    """Stands in for the program of the steps: remembers the shapes it is called with, and counts evaluations."""

    def __init__(self) -> None:
        self.called: tuple[Any, ...] | None = None
        self.evaluations = 0

    def __call__(self, loss: Any, config: Any, state: Any, args: Any, steps: int) -> Any:
        if self.called is None:
            shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(np.shape(x), jnp.result_type(x)), (state, args))
            self.called = (loss, config, *shapes, steps)
        found = run_chunk(loss, config, state, args, steps)
        self.evaluations = max(self.evaluations, int(found[0].evaluations))
        return found

    @contextlib.contextmanager
    def watching(self) -> Iterator[Steps]:
        """Be in its place for a while."""
        optimize.run_chunk = self
        try:
            yield self
        finally:
            optimize.run_chunk = run_chunk


@contextlib.contextmanager
def products_in_tf32() -> Iterator[None]:
    """Let what multiplies matrices as exactly as it can take operands of ten bits of mantissa."""
    names = ("matmul", "einsum", "tensordot")
    exact = {name: getattr(jnp, name) for name in names}

    def rounded(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **options: function(*args, **options | {"precision": "tensorfloat32"})

    forget_programs()
    try:
        for name, function in exact.items():
            setattr(jnp, name, rounded(function))
        yield
    finally:
        for name, function in exact.items():
            setattr(jnp, name, function)
        forget_programs()


class Bench:
    """What is measured with one device in a number of minutes."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.start = time.perf_counter()
        self.device = device_of(self.config("default").numerics)
        self.called: tuple[Any, ...] | None = None
        self.compiling = 0.0
        jax.monitoring.register_event_duration_secs_listener(self._compiled)

    def _compiled(self, event: str, seconds: float, **_: object) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            self.compiling += seconds

    def config(self, preset: str, *keys: str) -> Any:
        """Config of a case."""
        return load_config(preset, [*self.options.set, f"numerics.device={self.options.device}", *keys])

    def over(self) -> bool:
        """Whether the minutes are over."""
        return time.perf_counter() - self.start > 60 * self.options.minutes

    def results(self, case: Case, *keys: str) -> tuple[float, list[Any]]:
        """Seconds, and the results."""
        length = (f"output.duration={self.options.long:g}",) if case.long else ()
        config = self.config(case.preset, *case.keys, *length, *keys)
        clip = rain_with_clicks(self.options.seconds, self.options.rate, case.channels)
        start = time.perf_counter()
        found = list(variations(clip, self.options.rate, config=config, stop=self.over))
        return time.perf_counter() - start, found

    def case(self, name: str) -> Figures:
        """Figures of a case."""
        case, self.compiling = CASES[name], 0.0
        with products_in_tf32() if case.tf32 else contextlib.nullcontext(), Steps().watching() as steps:
            first, made = self.results(case)
            figures: Figures = {"first": first, "compiling": self.compiling}
            if case.again and not self.over():
                figures["warm"], made = self.results(case)
        self.called = self.called or steps.called
        one, rate = made[0], self.options.rate
        clip = rain_with_clicks(self.options.seconds, rate, case.channels)
        n = clip.shape[-1]
        return figures | {
            "results": len(made),
            "seconds": sum(each.samples.shape[-1] for each in made) / rate,
            "stages": one.times,
            "steps": len(one.losses["refine"]) - 1,
            "evaluations": steps.evaluations,
            "loss": one.losses["refine"][-1],
            "status": one.status.name,
            "peak bytes": (self.device.memory_stats() or {}).get("peak_bytes_in_use"),
            "distances": [texture_distance(clip, each.samples[:, :n], rate).total for each in made],
        }

    def rates(self, _: str) -> Figures:
        """What the device can do."""
        return rates(self.options.size, self.device)

    def trace(self, _: str) -> Figures:
        """How busy the device is while the default takes its first steps."""
        with tempfile.TemporaryDirectory() as folder:
            with jax.profiler.trace(folder):
                self.results(CASES["default"], f"refine.max_steps={TRACED_STEPS}", "refine.tolerance=0")
            return {"found": gpu_trace.busy(gpu_trace.events(Path(folder)), "run_chunk")}

    def operations(self, _: str) -> Figures:
        """What XLA counts in the program of the default's steps."""
        if self.called is None:
            return {"not measured": "the default did not run"}
        with jax.default_device(self.device):
            lowered = run_chunk.jitted.lower(*self.called)
            flops = counted(lowered.cost_analysis()).get("flops")
            compiled = lowered.compile()
        sizes = compiled.memory_analysis()
        return {
            "operations": flops,
            "bytes": counted(compiled.cost_analysis()).get("bytes accessed"),
            "memory": sizes and sizes.temp_size_in_bytes + sizes.argument_size_in_bytes,
        }


def counted(analysis: Any) -> dict[str, float]:
    """What XLA counts, which some versions give in a list."""
    return (analysis[0] if isinstance(analysis, list) else analysis) or {}


def rates(size: int, device: jax.Device) -> Figures:
    """Operations a second of products of square matrices, and bytes a second of a copy, both ways counted."""
    with jax.default_device(device):
        square = jax.random.normal(jax.random.key(0), (size, size))
        ways: dict[str, Callable[[], object]] = {}
        for name, (dtype, precision) in PRECISIONS.items():
            product, a = jax.jit(partial(jnp.matmul, precision=precision)), square.astype(dtype)
            ways[name] = partial(lambda run, a: jax.block_until_ready(run(a, a)), product, a)
        long = jnp.ones(min(COPIED, size**2 * 4))
        negative = jax.jit(jnp.negative)
        ways["copy"] = lambda: jax.block_until_ready(negative(long))
        taken = medians(ways, ROUNDS)
    copy = 2 * long.nbytes / taken.pop("copy")
    return {"size": size, "products": {name: 2 * size**3 / s for name, s in taken.items()}, "copy": copy}


def measure(options: argparse.Namespace) -> None:
    """Run the parts, and keep what is known after each."""
    use_compilation_cache()
    bench = Bench(options)
    given = {key: getattr(options, key) for key in ("seconds", "rate", "long", "set", "minutes")}
    precision = precision_of(bench.config("default").numerics, bench.device)
    found: Figures = {"code": options.code or code_label(), "machine": machine(), "device": bench.device.device_kind,
                      "precision": precision, "options": given, "parts": {}}  # fmt: skip
    options.json.parent.mkdir(parents=True, exist_ok=True)
    for name in ORDER:
        if bench.over():
            part: Figures = {"not measured": "there was no time left"}
        else:
            try:
                part = (bench.case if name in CASES else getattr(bench, name))(name)
            except Exception as error:  # one that fails, for want of memory say, is not to end the others
                traceback.print_exc()
                part = {"not measured": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        found["parts"][name] = part | {"at": time.perf_counter() - bench.start}
        write_text(options.json, json.dumps(found, indent=1, default=float) + "\n")
        print(name, json.dumps(found["parts"][name], default=float), flush=True)


def section(found: Figures) -> Section:
    """What the page says of the figures in a file."""
    parts, options, lines = found["parts"], found["options"], []
    for name in CASES:
        if "steps" in parts.get(name, {}):
            lines.append(_line(name, parts[name]))
    head = ["", "first run, s", "of it compiling", "warm, s", "steps", "evaluations", "ms a step", "peak MB so far",
            "texture distance"]  # fmt: skip
    text = (
        f"A clip of {options['seconds']:g} s at {options['rate']} Hz on {found['device']}, one channel unless said "
        f"otherwise; the default multiplies in {found['precision']} there. *Long* is {options['long']:g} s. Seconds "
        "within one process, without import and files; the second run of the same is the warm one, and eight "
        "variations come after one is compiled. *ms a step*: of the stage that is optimized, in the last run. Of "
        "several results the median distance, and the least and the most."
    )
    missing = [f"{name}: {part['not measured']}" for name, part in parts.items() if "not measured" in part]
    content: list[str | Table] = ["## On a GPU", Table(head, lines, "warm, s"), text, *_limits(parts)]
    if missing:
        content.append(f"Not measured: {'; '.join(missing)}.")
    return Section(content, found["code"], found["machine"])


def _line(name: str, part: Figures) -> list[str]:
    distances = part["distances"]
    spread = f" ({min(distances):.2f}–{max(distances):.2f})" if len(distances) > 1 else ""
    several = part["results"] > 1
    a_step = "" if several else f"{1000 * part['stages']['refine'] / max(1, part['steps']):.1f}"
    warm = f"{part['warm']:.1f}" if "warm" in part else "–"
    peak = f"{part['peak bytes'] / 1e6:.0f}" if part["peak bytes"] else ""
    made = f"{name}, {part['seconds']:.0f} s made" if "long" in name else name
    return [made, f"{part['first']:.1f}", f"{part['compiling']:.1f}", warm, str(part["steps"]),
            "" if several else str(part["evaluations"]), "" if "long" in name else a_step, peak,
            f"{statistics.median(distances):.2f}{spread}"]  # fmt: skip


def _limits(parts: Figures) -> list[str | Table]:
    """What the device can do, and how much of that a step takes."""
    limits, default = parts.get("rates", {}), parts.get("default", {})
    if "products" not in limits:
        return []
    size = limits["size"]
    rows = [[f"product of {size} x {size} matrices, {name}", f"{rate / 1e12:.2f} TFLOP/s"]
            for name, rate in limits["products"].items()]  # fmt: skip
    said: list[str | Table] = [Table(["", "rate"], [*rows, ["copy", f"{limits['copy'] / 1e9:.0f} GB/s"]], "rate")]
    counts = parts.get("operations", {})
    if counts.get("operations") and "steps" in default:
        seconds = default["stages"]["refine"] / max(1, default["evaluations"])
        operations, moved = counts["operations"] / seconds, (counts["bytes"] or 0) / seconds
        best = max(limits["products"].values())
        said.append(
            f"XLA counts {counts['operations'] / 1e9:.1f} GFLOP and {(counts['bytes'] or 0) / 1e9:.2f} GB in a step "
            f"with one evaluation. That is {operations / 1e12:.2f} TFLOP/s, {100 * operations / best:.1f} % of the "
            f"fastest product, and {moved / 1e9:.0f} GB/s, {100 * moved / limits['copy']:.0f} % of the copy. "
            f"The program of the steps takes {(counts['memory'] or 0) / 1e6:.0f} MB."
        )
    if trace := parts.get("trace", {}).get("found"):
        kernels = [f"{100 * share:.0f} % {name}" for name, share in list(trace["kernels"].items())[:KERNELS]]
        said.append(
            f"From the first step to the last of {TRACED_STEPS} the device computes {100 * trace['busy']:.0f} % of the "
            f"time; the rest it waits for the host. {trace['launched'] / TRACED_STEPS:.0f} kernels are launched a "
            f"step, of {1e6 * trace['mean']:.0f} µs in the mean. Longest: {', '.join(kernels)}."
        )
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "gpu.json", help="file for the figures")
    parser.add_argument("--write", type=Path, metavar="JSON", help="write the section of the page, and measure nothing")
    parser.add_argument("--minutes", type=float, default=6.0, help="after which no part is begun, and none goes on")
    parser.add_argument("--device", choices=("auto", "cpu", "gpu"), default="auto")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="in every preset")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the clip")
    parser.add_argument("--rate", type=int, default=44_100, help="its sample rate")
    parser.add_argument("--long", type=float, default=600.0, help="seconds of the long result")
    parser.add_argument("--size", type=int, default=8192, help="of the matrices that tell the device's rate")
    parser.add_argument("--code", default="", help="what the code is called, where there is no git to ask")
    parser.add_argument("--out", type=Path, default=PAGE, help="page for --write")
    options = parser.parse_args()
    if options.write is None:
        measure(options)
    else:
        found = json.loads(options.write.read_text(encoding="utf-8"))
        write_section(options.out, "gpu", section(found), "Speed")


if __name__ == "__main__":
    main()
