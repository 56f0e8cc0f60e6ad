"""Fixtures that several test modules share."""

import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

import jax
import pytest
from fake_synthesis import fake_module
from haste import compile_in_haste

import texturize.synthesis

KEPT = pytest.StashKey[dict[str, str]]()

CACHE = "TEXTURIZE_CACHE"


def pytest_configure(config):
    """A cache of compiled programs for this run alone: its processes find what another has compiled, and nobody's own
    folder is used. Processes that run tests side by side have it from the one that started them.

    Programs of the tests' own processes are compiled in haste; those of commands that are started are as users have
    them, where the test does not say otherwise.
    """
    compile_in_haste()
    if not hasattr(config, "workerinput"):
        config.stash[KEPT] = dict(os.environ)
        os.environ[CACHE] = tempfile.mkdtemp(prefix="texturize-tests-")
        # Side by side, NumPy's threads would wait for one another, and busily: that takes as long as their work.
        os.environ["OPENBLAS_NUM_THREADS"] = "1"


LONGEST = (
    "synthesis/test_synthesis.py",
    "golden/test_golden.py",
    "batch/test_batch_kill.py",
    "synthesis/test_synth_end_to_end.py",
    "runtime/test_determinism.py",
    "report/test_report.py",
    "report/test_report_browser.py",
    "losses/test_total.py",
    "losses/test_event_map.py",
    "inspection/test_inspection.py",
    "signal/phase/test_frame_blocks.py",
    "signal/inversion/test_invert.py",
    "synthesis/test_mixing.py",
    "show/test_notebook.py",
    "runtime/test_machines.py",
    "synthesis/test_optimize.py",
    "synthesis/trace/test_trace_folder.py",
    "files/test_fuzz.py",
    "losses/test_patches.py",
    "synthesis/test_transferring.py",
    "losses/test_narrow_patches.py",
    "cli/test_repeat.py",
    "compare/test_events.py",
)


def pytest_collection_modifyitems(items):
    """The files that take longest first, as in the list, so that in the end no process is alone with one of them."""
    order = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


def pytest_collection_finish():
    """Look for garbage seldom, and not among what was imported: tracing makes objects by the million, and hardly any."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def pytest_unconfigure(config):
    if KEPT in config.stash:
        shutil.rmtree(os.environ[CACHE], ignore_errors=True)
        os.environ.clear()
        os.environ.update(config.stash[KEPT])


@pytest.fixture(autouse=True)
def environment():
    """The variables as they were, after a test too whose command set some aside."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def x64():
    """Double precision, for round trips, gradients and invariants."""
    with jax.enable_x64(True):
        yield


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """The module that stands in for `texturize.synthesis.recipe`, in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    module = fake_module()
    monkeypatch.setitem(sys.modules, "texturize.synthesis.recipe", module)
    monkeypatch.setattr(texturize.synthesis, "recipe", module, raising=False)
    return module
