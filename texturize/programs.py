"""Compiled programs, kept between runs: a second run of the same shapes neither traces nor compiles.

JAX's own cache keeps what XLA makes of a program, and finds it by the program's text; to have that, Python traces the
function first, which takes longer than loading what is found. Here a program is found by what its text follows from:
this package's code, the static arguments, the shapes, and the settings of JAX, XLA and the machine.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import math
import os
import pickle
import platform
import re
import sys
import threading
import zlib
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import jax
from jax.experimental import serialize_executable
from jaxlib import version as jaxlib_version

from texturize.atomic import write_beside
from texturize.cache import folder_in_use
from texturize.determinism import cpu_threads

P = ParamSpec("P")
R = TypeVar("R")
Key = tuple[Hashable, ...]
FOLDER = "programs"
_config: Any = jax.config  # its attributes are made as it is imported
KEPT = 200
"""Files in the folder; beyond that, those not used for longest go."""


SETTINGS = ("jax_enable_x64", "jax_default_matmul_precision", "jax_debug_nans", "jax_numpy_rank_promotion")


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
    """

    def __init__(self, function: Callable[P, R], static: Sequence[str] = (), donated: Sequence[str] = ()) -> None:
        functools.update_wrapper(self, function)
        self.name, self.static = f"program_{function.__name__.strip('_')}", tuple(static)
        self.signature = inspect.signature(function)

        @functools.wraps(function)
        def named(*args: P.args, **kwargs: P.kwargs) -> R:
            return function(*args, **kwargs)

        named.__name__ = self.name  # so that JAX's cache, which has the other under its name, does not know it
        jit = functools.partial(jax.jit, static_argnames=self.static, donate_argnames=tuple(donated))
        self.jitted, self.kept = jit(function), jit(named)
        self.ready: dict[Key, Callable[..., R]] = {}
        _all.append(self)

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
            with _lock:  # one at a time: `_compile` changes a setting for all
                program = self.ready.get(key) or self._made(folder, key, args, kwargs)
                self.ready[key] = program
        return functools.partial(program, *bound.values())

    def _made(self, folder: Path | None, key: Key, args: Any, kwargs: Any) -> Callable[..., R]:
        """Program from the cache's folder, or a new one that will be found there."""
        if folder is None:
            compiled: Callable[..., R] = self.jitted.lower(*args, **kwargs).compile()
            return compiled
        file = folder / FOLDER / f"{self.name}-{_digest(self.name, key)}"
        program = _load(file)
        if program is None:
            program, fresh = _compile(self.kept.lower(*args, **kwargs))
            if fresh:
                _save(file, program)
        return program


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
    return tuple(getattr(_config, name) for name in SETTINGS)


def _digest(name: str, key: Key) -> str:
    return hashlib.sha256(repr((name, [str(part) for part in key], _surroundings())).encode()).hexdigest()[:32]


@functools.cache
def _surroundings() -> tuple[str, ...]:
    """The code, its compiler, and the machine."""
    package = Path(__file__).parent
    code = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        code.update(str(path.relative_to(package)).encode() + path.read_bytes())
    chosen = [f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith(("XLA_", "JAX_")) or k == "NPROC"]
    versions = [sys.version, jax.__version__, jaxlib_version.__version__]
    return (code.hexdigest(), *versions, platform.machine(), _processor(), str(cpu_threads()), *chosen)


def _processor() -> str:
    """What the processor can do, or else which machine it is: programs are made for one kind."""
    with contextlib.suppress(OSError):
        found = re.search(
            r"^(?:flags|Features)\s*:.*$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE
        )
        if found:
            return found[0]
    return platform.node()


def _compile(lowered: Any) -> tuple[Any, bool]:
    """Compile, and do not keep it in JAX's cache; and whether it was not there either.

    A program that comes from there cannot be written out again: what is written would lack some functions.
    """
    name = "jax_persistent_cache_min_compile_time_secs"
    least, before = getattr(_config, name), _found.count
    jax.config.update(name, math.inf)
    try:
        return lowered.compile(), _found.count == before
    finally:
        jax.config.update(name, least)


class _Found(threading.local):
    """How many programs this thread has found in JAX's cache."""

    count = 0


_found = _Found()


def _count(event: str, **_: object) -> None:
    if event == "/jax/compilation_cache/cache_hits":
        _found.count += 1


jax.monitoring.register_event_listener(_count)


def _load(file: Path) -> Callable[..., Any] | None:
    """Program of a file; None if there is none, or if it is damaged."""
    try:
        program = pickle.loads(zlib.decompress(file.read_bytes()))
        os.utime(file)
        loaded: Callable[..., Any] = serialize_executable.deserialize_and_load(*program)
    except Exception:  # a cache that does not serve is as good as none
        return None
    return loaded


def _save(file: Path, program: Any) -> None:
    """Write a program, and remove the oldest of too many; without effect where that cannot be."""
    try:
        content = zlib.compress(pickle.dumps(serialize_executable.serialize(program)), 1)
        file.parent.mkdir(exist_ok=True)
        with write_beside(file) as beside:
            beside.write_bytes(content)
        files = sorted(file.parent.iterdir(), key=lambda path: path.stat().st_mtime)
        for old in files[:-KEPT]:
            old.unlink(missing_ok=True)
    except Exception:
        return
