"""One line on whatever went wrong, with what the environment has to do with it."""

from __future__ import annotations

import errno
import re

from texturize.errors import FULL, TexturizeError, printable
from texturize.runtime.environment import named

_OUT_OF_MEMORY = re.compile(r"RESOURCE_EXHAUSTED|out.of.memory|bad_alloc", re.IGNORECASE)


def explain(error: Exception, see: str) -> str:
    """One line on whatever went wrong: what, the value, the remedy.

    Parameters
    ----------
    error : Exception
        Any: what is neither of this program nor a lack of memory is called a defect, unless the environment has
        variables that change how JAX works: it may not work so.
    see : str
        What to do about a defect.
    """
    if isinstance(error, TexturizeError):
        return str(error)
    no_memory = isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
    # XLA, CUDA and C++ say it in words, in a RuntimeError.
    if no_memory or (isinstance(error, RuntimeError) and _OUT_OF_MEMORY.search(str(error))):
        return "there is not enough memory; use a shorter clip, fewer filters or a lower audio.sample_rate"
    if isinstance(error, OSError) and error.errno in FULL:  # such as of standard output
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
        return printable(f"{what}; make room there, or write to another place")
    first = (str(error).strip().splitlines() or [""])[0]
    what = f"{type(error).__name__}: {first}" if first else type(error).__name__
    if variables := named():
        return printable(f"{what}; the environment has {variables}: run it again without")
    return printable(f"{what}; this is a defect: {see}")
