"""Compiled programs, kept between runs: a second run of the same shapes neither traces nor compiles.

JAX's own cache keeps what XLA makes of a program, and finds it by the program's text; to have that, Python traces the
function first, which takes longer than loading what is found. Here a program is found by what its text follows from:
this package's code, the static arguments, the shapes, and the settings of JAX, XLA and the machine.

`jax.export` with JAX's own cache starts again as soon (1.3 s for 1.2 s, where tracing anew takes 5.7 s). But a first
run takes longer, it needs another library, and what an exported program was made from would have to be told all the
same: `benchmarks/programs.py`.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import os
import pickle
import platform
import sys
import threading
import zlib
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import jax
from jax.experimental import serialize_executable
from jaxlib import version as jaxlib_version

from texturize.files.atomic import write_beside
from texturize.runtime.cache import PROGRAMS, folder_in_use
from texturize.runtime.compile_options import not_kept, soon_compiled
from texturize.runtime.environment import SETTINGS, chosen
from texturize.runtime.processors import abilities, cpu_threads, one_for_each_thread
from texturize.runtime.trust import is_own

P = ParamSpec("P")
R = TypeVar("R")
Key = tuple[Hashable, ...]
_config: Any = jax.config  # its attributes are made as it is imported
KEPT = 200
"""Files in the folder; beyond that, those not used for longest go."""


class Program(Generic[P, R]):
    """A function under ``jit`` that finds its compiled form again in the next run.

    Parameters
    ----------
    function : callable
        Of arrays in pytrees, all of them without defaults.
    static : sequence of str
        Names of the arguments that are no arrays: hashable, and whole in their ``repr``.
    donated : sequence of str
        Names of the arguments whose buffers are given away.
    one_thread : bool
        Whether it takes one thread only, on a processor: it is slower then, but for those that run side by side.
    once : bool
        Whether it is run so seldom that compiling it would take longer than it gains by that: XLA takes less care then.
    """

    def __init__(
        self,
        function: Callable[P, R],
        static: Sequence[str] = (),
        donated: Sequence[str] = (),
        one_thread: bool = False,
        once: bool = False,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.static, self.donated, self.one_thread, self.once = tuple(static), tuple(donated), one_thread, once
        self.name = f"program_{function.__name__.strip('_')}{'_alone' if one_thread else ''}"
        self.signature = inspect.signature(function)

        @functools.wraps(function)
        def named(*args: P.args, **kwargs: P.kwargs) -> R:
            return function(*args, **kwargs)

        named.__name__ = self.name  # so that JAX's cache, which has the other under its name, does not know it
        jit = functools.partial(jax.jit, static_argnames=self.static, donate_argnames=self.donated)
        self.jitted, self.kept = jit(function), jit(named)
        self.ready: dict[Key, Callable[..., R]] = {}
        _all.append(self)

    @functools.cached_property
    def alone(self) -> Program[P, R]:
        """The same for one thread."""
        return Program(self.function, self.static, self.donated, one_thread=True, once=self.once)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Result of the function, as ``jit`` gives it."""
        return self.bind(*args, **kwargs)()

    def bind(self, *args: P.args, **kwargs: P.kwargs) -> Callable[[], R]:
        """The call with these arguments, its program compiled where it `keeps` it: any thread may make that call."""
        bound = self.signature.bind(*args, **kwargs).arguments
        static = tuple(bound.pop(name) for name in self.static)
        leaves, tree = jax.tree.flatten(tuple(bound.values()))
        if not keeps(leaves):
            return functools.partial(self.jitted, *args, **kwargs)
        folder = folder_in_use()
        key = (folder is None, static, tree, *map(_shape, leaves), *_settings())
        program = self.ready.get(key)
        if program is None:
            with _lock:  # one at a time: compiling changes settings for all
                program = self.ready.get(key) or self._made(folder, key, args, kwargs)
                self.ready[key] = program
        return functools.partial(program, *bound.values())

    def _made(self, folder: Path | None, key: Key, args: Any, kwargs: Any) -> Callable[..., R]:
        """Program from the cache's folder, or a new one that will be found there."""
        if folder is None:
            return self._compiled(self.jitted.lower(*args, **kwargs))
        file = folder / PROGRAMS / f"{self.name}-{_digest(self.name, key)}"
        program = _load(file)
        if program is None:
            found = _found.count
            with not_kept():
                program = self._compiled(self.kept.lower(*args, **kwargs))
            # What comes from JAX's cache cannot be written out again: it would lack some functions.
            if _found.count == found:
                _save(file, program)
        return program

    def _compiled(self, lowered: Any) -> Callable[..., R]:
        around = one_for_each_thread() if self.one_thread else contextlib.nullcontext()
        options = {**soon_compiled()}
        if self.one_thread:
            options["xla_cpu_multi_thread_eigen"] = False
        if self.once:
            options["xla_backend_optimization_level"] = 0
        with around:
            compiled: Callable[..., R] = lowered.compile(compiler_options=options)
        return compiled


_all: list[Program[Any, Any]] = []
_lock = threading.RLock()


def forget_programs() -> None:
    """Free what is loaded; it is still on disk."""
    for program in _all:
        program.ready.clear()
    jax.clear_caches()


def keeps(leaves: Sequence[Any]) -> bool:
    """Whether a program of these arguments is kept: it runs on the first processor device, and not within another."""
    device = _config.jax_default_device or jax.devices()[0]
    first = getattr(device, "platform", device) == "cpu" and getattr(device, "id", 0) == 0
    return first and not any(isinstance(leaf, jax.core.Tracer) for leaf in leaves)


def _shape(leaf: Any) -> Hashable:
    """What a program depends on of an argument."""
    if isinstance(leaf, jax.Array):
        return leaf.shape, str(leaf.dtype), getattr(leaf, "weak_type", False)
    aval = jax.typeof(leaf)
    return aval.shape, str(aval.dtype), aval.weak_type


def _settings() -> Key:
    """Settings of JAX that change what is traced."""
    return tuple(getattr(_config, name, None) for name in SETTINGS)


def _digest(name: str, key: Key) -> str:
    return hashlib.sha256(repr((name, [str(part) for part in key], _surroundings())).encode()).hexdigest()[:32]


@functools.cache
def _surroundings() -> tuple[str, ...]:
    """The code, its compiler, and the machine."""
    package = Path(__file__).parents[1]
    code = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        code.update(str(path.relative_to(package)).encode() + path.read_bytes())
    variables = [f"{name}={value}" for name, value in chosen().items()]
    versions = [sys.version, jax.__version__, jaxlib_version.__version__]
    return (code.hexdigest(), *versions, platform.machine(), abilities(), str(cpu_threads()), *variables)


class _Found(threading.local):
    """How many programs this thread has found in JAX's cache."""

    count = 0


_found = _Found()


def _count(event: str, **_: object) -> None:
    if event == "/jax/compilation_cache/cache_hits":
        _found.count += 1


jax.monitoring.register_event_listener(_count)


def _load(file: Path) -> Callable[..., Any] | None:
    """Program of a file; None if there is none, if it is damaged, or if others may write to it: it would be run."""
    try:
        with file.open("rb") as opened:
            if not is_own(os.fstat(opened.fileno())):
                return None
            content = opened.read()
        program = pickle.loads(zlib.decompress(content))
        os.utime(file)
        loaded: Callable[..., Any] = serialize_executable.deserialize_and_load(*program)
    except Exception:  # a cache that does not serve is as good as none
        return None
    return loaded


def _save(file: Path, program: Any) -> None:
    """Write a program, and remove the oldest of too many; without effect where that cannot be."""
    try:
        content = zlib.compress(pickle.dumps(serialize_executable.serialize(program)), 1)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.unlink(missing_ok=True)  # it is not trusted, and would hand on its permissions
        with write_beside(file, lasting=False) as beside:  # what a power cut damages is compiled anew
            beside.write_bytes(content)
            beside.chmod(0o600)  # whatever the user's files are like
        files = sorted(file.parent.iterdir(), key=lambda path: path.stat().st_mtime)
        for old in files[:-KEPT]:
            old.unlink(missing_ok=True)
    except Exception:
        return
