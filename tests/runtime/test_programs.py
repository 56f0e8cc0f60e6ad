"""Compiled programs kept between runs: found again, never mistaken, never in the way."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental.compilation_cache import compilation_cache

from texturize.config import Config
from texturize.files import atomic
from texturize.runtime import cache, programs
from texturize.runtime.cache import PROGRAMS
from texturize.runtime.processors import cpu_threads
from texturize.runtime.programs import Program, forget_programs

LEAST = "jax_persistent_cache_min_compile_time_secs"


class Pair(NamedTuple):
    a: jax.Array
    b: jax.Array | None


class Traced:
    """A program, and how often Python has traced it."""

    def __init__(self, **options):
        self.times = 0

        def scaled(x, scale):
            self.times += 1
            return Pair(scale * x.a, None)

        self.program = Program(scaled, static=("scale",), **options)

    def __call__(self, x, scale=2.0):
        return self.program(Pair(x, None), scale=scale)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Folder of the programs, beside one of JAX's own cache: what other runs left in the user's is not found."""
    monkeypatch.setattr(cache, "_in_use", [tmp_path])
    before = {name: getattr(jax.config, name) for name in ("jax_compilation_cache_dir", LEAST)}
    compilation_cache.reset_cache()
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "jax"))
    yield tmp_path / PROGRAMS
    for name, value in before.items():
        jax.config.update(name, value)
    compilation_cache.reset_cache()


def files(folder):
    return sorted(folder.iterdir())


def test_the_next_run_neither_traces_nor_compiles(folder):
    f, x = Traced(), np.arange(6, dtype=np.float32)
    np.testing.assert_array_equal(f(x).a, 2 * x)
    (file,) = files(folder)
    forget_programs()  # as after a start
    found = f(x)
    assert (f.times, files(folder)) == (1, [file])
    assert isinstance(found, Pair) and found.b is None
    np.testing.assert_array_equal(found.a, 2 * x)


def test_another_shape_type_static_argument_or_setting_is_another_program(folder):
    f, x = Traced(), np.arange(6, dtype=np.float32)
    for call, expected in [
        (lambda: f(x), 2 * x),
        (lambda: f(x[:4]), 2 * x[:4]),
        (lambda: f(x.astype(np.int32)), 2 * x),
        (lambda: f(x, scale=3.0), 3 * x),
        (lambda: f(3.0), 6.0),  # a number takes the type of what it meets, an array does not
        (lambda: f(jnp.float32(3.0)), 6.0),
    ]:
        before = f.times
        np.testing.assert_array_equal(call().a, expected)
        np.testing.assert_array_equal(call().a, expected)
        assert f.times == before + 1
    with jax.default_matmul_precision("highest"):
        f(x)
    assert f.times == 7 and len(files(folder)) == 7


def test_other_code_or_another_machine_is_another_program(folder, monkeypatch):
    f, x = Traced(), np.ones(3, np.float32)
    f(x)
    for part in ("abilities", "cpu_threads"):
        programs._surroundings.cache_clear()
        monkeypatch.setattr(programs, part, lambda: "another")
        forget_programs()
        f(x)
    programs._surroundings.cache_clear()
    assert f.times == 3
    monkeypatch.setattr(programs, "_surroundings", lambda: ("other code",))
    forget_programs()
    f(x)
    assert f.times == 4 and len(files(folder)) == 4


def test_configs_that_differ_are_told_apart():
    """The text of a static argument stands for it, in this run and in the next."""
    a, b = Config(), Config.model_validate({"loss": {"gram": {"weight": 1.0000001}}})
    assert repr(a.loss) != repr(b.loss) and " object at 0x" not in repr(a)


@pytest.mark.parametrize("damage", [lambda whole: whole[: len(whole) // 2], lambda _: b"", lambda _: b"no program"])
def test_a_damaged_file_is_made_anew(folder, damage):
    f, x = Traced(), np.ones(3, np.float32)
    f(x)
    (file,) = files(folder)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    forget_programs()
    np.testing.assert_array_equal(f(x).a, [2.0, 2.0, 2.0])
    forget_programs()
    f(x)
    assert f.times == 2 and files(folder) == [file]


@pytest.mark.parametrize("obstacle", ["file", "full"])
def test_a_folder_that_takes_nothing_is_not_in_the_way(folder, monkeypatch, obstacle):
    if obstacle == "file":
        folder.write_text("no folder")
    else:

        def fail(*_, **__):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(atomic, "_beside", fail)
    np.testing.assert_array_equal(Traced()(np.ones(2, np.float32)).a, [2.0, 2.0])


def test_what_jax_had_in_its_own_cache_works_and_is_not_written_out(folder):
    """XLA writes such a program without some of its functions."""
    f, x = Traced(), np.ones(3, np.float32)
    jax.config.update(LEAST, 0.0)
    f.program._compiled(f.program.kept.lower(Pair(x, None), scale=2.0))
    jax.config.update(LEAST, 1.0)
    for _ in range(2):
        forget_programs()
        np.testing.assert_array_equal(f(x).a, [2.0, 2.0, 2.0])
        assert getattr(jax.config, LEAST) == 1.0
    assert f.times == 3 and not folder.exists()
    f(x, scale=3.0)
    assert len(files(folder)) == 1
    assert len([*(folder.parent / "jax").glob("jit_program_scaled-*-cache")]) == 1


def test_what_was_not_used_for_longest_goes(folder, monkeypatch):
    monkeypatch.setattr(programs, "KEPT", 2)
    f = Traced()
    f(np.ones(1, np.float32))
    (first,) = files(folder)
    f(np.ones(2, np.float32))
    (second,) = {*files(folder)} - {first}
    for age, file in ((60, second), (90, first)):
        os.utime(file, (time.time() - age,) * 2)
    forget_programs()
    f(np.ones(1, np.float32))  # used again
    f(np.ones(3, np.float32))
    assert first.exists() and not second.exists() and len(files(folder)) == 2


def test_without_a_cache_it_is_plain_jit(folder, monkeypatch):
    monkeypatch.setattr(cache, "_in_use", [])
    f, x = Traced(), np.ones(3, np.float32)
    for _ in range(2):
        np.testing.assert_array_equal(f(x).a, 2 * x)
    assert f.times == 1 and not folder.exists()


def test_within_another_program_and_its_derivative(folder):
    f, x = Traced(), np.arange(3, dtype=np.float32)
    np.testing.assert_array_equal(jax.jit(lambda x: f(x).a)(x), 2 * x)
    np.testing.assert_array_equal(jax.grad(lambda x: jnp.sum(f(x).a ** 2))(jnp.asarray(x)), 8 * x)
    assert not folder.exists()


def test_buffers_are_given_away(folder):
    @partial(Program, donated=("x",))
    def add(x, y):
        return x + y

    for _ in range(2):
        x, y = jnp.ones(1000) + 0, jnp.ones(1000)
        np.testing.assert_array_equal(add(x, y), np.full(1000, 2.0))
        assert x.is_deleted() and not y.is_deleted()
        forget_programs()


def test_threads_share_one_program(folder):
    f, x = Traced(), np.ones(3, np.float32)
    threads = [threading.Thread(target=f, args=(x,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert f.times == 1 and len(files(folder)) == 1


@pytest.mark.skipif(cpu_threads() == 1, reason="one processor")
@pytest.mark.parametrize("kept", [True, False])
def test_a_program_for_one_thread(folder, kept, monkeypatch):
    """XLA says in a program's text among how many threads it divides an operation."""
    if not kept:
        monkeypatch.setattr(cache, "_in_use", [])
    shared, x = Program(lambda y: jnp.sqrt(y) + 1), jnp.ones((1000, 1000))
    for _ in range(2):
        for program in (shared, shared.alone):
            np.testing.assert_array_equal(program(x)[0], np.full(1000, 2.0))
        texts = [next(iter(program.ready.values())).as_text() for program in (shared, shared.alone)]
        assert ["outer_dimension_partitions" in text for text in texts] == [True, False]
        forget_programs()
    assert not kept or len(files(folder)) == 2


@pytest.mark.parametrize("kept", [True, False])
def test_a_program_within_another(folder, kept, monkeypatch):
    if not kept:
        monkeypatch.setattr(programs, "folder_in_use", lambda: None)
    x = jnp.ones(3)
    doubled = Program(lambda y: 2 * y)
    assert np.array_equal(Program(lambda y: y + doubled(x))(x), [3, 3, 3])


def test_a_bound_call_holds_in_another_thread(folder):
    with jax.enable_x64(True):
        call = Program(lambda y: y / 3).bind(jnp.ones(1, jnp.float64))
    with ThreadPoolExecutor(1) as thread:
        found = np.asarray(thread.submit(call).result())
    assert found.dtype == np.float64 and found[0] == 1 / 3
