"""The processors: what the system says of them, and threads that are kept to one for a while."""

import os
import platform
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from texturize.runtime import processors
from texturize.runtime.processors import abilities, cpu_threads, has_amx, one_for_each_thread

listed = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are not listed here")


@pytest.mark.parametrize(
    ("told", "expected"),
    [("model : x\nflags\t: fpu avx512f amx_bf16 amx_tile\nx", True), ("flags : fpu amx_bf16_not", False), ("", False)],
)
def test_amx_is_among_the_flags(tmp_path, monkeypatch, told, expected):
    monkeypatch.setattr(processors, "CPUINFO", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text(told)
    assert has_amx() == expected


def test_where_the_system_does_not_tell_it_is_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(processors, "CPUINFO", tmp_path / "none")
    assert abilities() == platform.node()
    assert not has_amx()


def test_as_many_threads_as_nproc_says(monkeypatch):
    monkeypatch.setenv("NPROC", "7")
    assert cpu_threads() == 7


@listed
def test_else_one_a_processor_that_may_be_used():
    counted = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    counted += "from texturize.runtime.processors import cpu_threads; print(cpu_threads())"
    environment = {name: value for name, value in os.environ.items() if name != "NPROC"}
    assert subprocess.run([sys.executable, "-c", counted], env=environment, stdout=-1, check=True).stdout == b"1\n"


@listed
def test_each_thread_on_one_processor_for_a_while():
    def usable():
        return {frozenset(os.sched_getaffinity(int(entry.name))) for entry in Path("/proc/self/task").iterdir()}

    before, over = os.sched_getaffinity(0), threading.Event()
    running, started = (threading.Thread(target=over.wait) for _ in range(2))
    running.start()
    try:
        with pytest.raises(ZeroDivisionError), one_for_each_thread():
            started.start()
            assert {len(own) for own in usable()} == {1}
            assert cpu_threads() >= len(before) or "NPROC" in os.environ  # what it was at the start
            raise ZeroDivisionError
        for thread in (running.native_id, started.native_id, 0):
            assert os.sched_getaffinity(thread) == before
    finally:
        over.set()


def test_where_the_system_lists_no_threads_nothing_happens(tmp_path, monkeypatch):
    monkeypatch.setattr(processors, "_THREADS", tmp_path / "none")
    usable = getattr(os, "sched_getaffinity", lambda _: None)
    before = usable(0)
    with one_for_each_thread():
        assert usable(0) == before
    assert usable(0) == before
