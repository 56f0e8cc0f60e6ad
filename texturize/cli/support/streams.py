"""Standard streams that whoever started the program has closed, or that cannot be written to."""

from __future__ import annotations

import io
import os
import sys

from texturize.errors import OutputError


def fill_closed() -> None:
    """Put the null device in the place of each standard stream that is closed.

    Otherwise the next file that is opened gets its number, and what a library says on standard error ends up in it.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            stream = open(number, mode, closefd=False, encoding="utf-8")  # noqa: SIM115  it stays open
            setattr(sys, name, stream)


def check_standard_output() -> None:
    """Refuse standard output that cannot be written to, before any work is done for it.

    Raises
    ------
    OutputError
        If it was closed when the program was started, or is open to reading only.
    """
    remedy = "name a file with -o"
    if sys.__stdout__ is None:
        raise OutputError("standard output is closed", remedy)
    try:
        os.write(sys.stdout.fileno(), b"")
    except io.UnsupportedOperation:  # it stands for a file, and is none
        return
    except OSError as error:
        raise OutputError(f"standard output cannot be written to: {error.strerror}", remedy) from error
