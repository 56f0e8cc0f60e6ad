"""The benchmark of a GPU: what it reads off a trace, and the section that it writes of its figures."""

import importlib
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def modules(monkeypatch):
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield importlib.import_module("gpu_trace"), importlib.import_module("gpu")
    for name in set(sys.modules) - before:
        if str(BENCHMARKS) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def kernel(start, length, op="fusion.1", module="jit_run_chunk", pid=1):
    return {"ph": "X", "pid": pid, "ts": start, "dur": length, "args": {"hlo_op": op, "hlo_module": module}}


def test_time_without_a_kernel_is_not_busy(modules):
    trace, _ = modules
    names = [
        {"name": "process_name", "pid": pid, "args": {"name": name}}
        for pid, name in ((1, "/device:GPU:0"), (2, "/host:CPU"))
    ]
    other = kernel(40, 20, module="jit_other")
    found = trace.busy(
        [*names, kernel(0, 10), kernel(5, 15, "fft.2"), other, kernel(90, 10), kernel(20, 60, pid=2)], "run_chunk"
    )
    assert found["busy"] == pytest.approx(0.5)  # 0 to 20, 40 to 60, 90 to 100
    assert found["launched"] == 3
    assert found["kernels"] == {"fusion": pytest.approx(20 / 35), "fft": pytest.approx(15 / 35)}
    assert trace.busy([*names, other], "run_chunk") is None


def test_products_in_tf32_are_exact_again_afterwards(modules):
    import jax
    import jax.numpy as jnp

    _, gpu = modules
    exact = jnp.matmul
    with gpu.products_in_tf32():
        asked = str(jax.make_jaxpr(lambda a: jnp.matmul(a, a, precision="highest"))(jnp.ones((2, 2))))
    assert "HIGHEST" not in asked and "HIGH" in asked
    assert jnp.matmul is exact


def test_the_section_says_what_was_not_measured(modules):
    _, gpu = modules
    case = {"first": 9.0, "compiling": 7.0, "warm": 2.0, "results": 1, "seconds": 10.0, "stages": {"refine": 1.5}, "steps": 100,
            "evaluations": 120, "peak bytes": 1e9, "distances": [0.8]}  # fmt: skip
    rates = {"size": 8, "products": {"float32": 2e12, "bfloat16": 4e12}, "copy": 1e12}
    counts = {"operations": 5e9, "bytes": 5e9, "memory": 1e8}
    parts = {"rates": rates, "default": case, "operations": counts, "best": {"not measured": "there was no time left"}}
    options = {"seconds": 10.0, "rate": 44100, "long": 600.0}
    text = gpu.section(
        {"code": "c", "machine": "m", "device": "d", "precision": "bfloat16", "options": options, "parts": parts}
    ).markdown()
    assert "| default | 9.0 | 7.0 | **2.0** | 100 | 120 | 15.0 | 1000 | 0.80 |" in text
    assert "0.40 TFLOP/s, 10.0 % of the fastest product, and 400 GB/s, 40 % of the copy" in text
    assert "Not measured: best: there was no time left." in text
