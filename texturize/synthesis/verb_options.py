"""What the functions of the Python API take beside what they make something from."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypedDict, TypeVar, get_type_hints

from texturize.config import Config
from texturize.synthesis.stages import Progress

P = ParamSpec("P")
R = TypeVar("R")


class RunOptions(TypedDict, total=False):
    """What all of them take; None is as good as nothing."""

    config: Config | None
    seed: int | None
    progress: Callable[[Progress], None] | None
    stop: Callable[[], bool] | None


def takes(options: type) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a function's signature, which people and errors are shown, name each of its ``options``, a `TypedDict`."""

    def named(function: Callable[P, R]) -> Callable[P, R]:
        own = inspect.signature(function)
        taken: list[Any] = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
            for name, kind in get_type_hints(options).items()
        ]
        given = [each for each in own.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        whole = own.replace(parameters=[*given, *taken])

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                whole.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{function.__name__}() {error}") from None
            return function(*args, **kwargs)

        checked.__signature__ = whole  # type: ignore[attr-defined]
        return checked

    return named
