"""Results that are the same bytes each time, and what does not go with that."""

from __future__ import annotations

from texturize.config import NumericsConfig
from texturize.errors import ConfigError
from texturize.runtime.environment import SETTINGS, chosen
from texturize.runtime.processors import cpu_threads


def check_deterministic(numerics: NumericsConfig, threads: int | None) -> None:
    """Refuse what makes results differ from one run to the next, where ``numerics.deterministic`` is set.

    Several threads, and a GPU, add in no fixed order; bfloat16 is there on some CPUs only; a budget is spent sooner or
    later by how busy the machine is.

    Parameters
    ----------
    numerics : NumericsConfig
    threads : int or None
        CPU threads that were asked for; None if that was left open.

    Raises
    ------
    ConfigError
        Names what does not go together.
    """
    if not numerics.deterministic:
        return
    others = {
        f"{threads} CPU threads": threads is not None and threads != 1,
        "numerics.device gpu": numerics.device == "gpu",
        "numerics.precision bfloat16": numerics.precision == "bfloat16",
        f"numerics.budget {numerics.budget or 0:g}": numerics.budget is not None,
    }
    if found := [name for name, asked in others.items() if asked]:
        raise ConfigError(
            f"numerics.deterministic does not go with {', '.join(found)}",
            "it means one CPU thread in float32, for as long as it takes: leave out one or the other",
        )


def check_process(numerics: NumericsConfig) -> None:
    """Refuse a deterministic run in a process that computes with several threads, or that was told to compute in
    another way than usual; else as `check_deterministic`.
    """
    check_deterministic(numerics, None)
    if numerics.deterministic and cpu_threads() != 1:
        raise ConfigError(
            f"numerics.deterministic needs one CPU thread, and this process has {cpu_threads()}",
            "set NPROC=1 before Python starts, or use the command with --deterministic",
        )
    if numerics.deterministic and (others := _unusual()):
        raise ConfigError(
            f"numerics.deterministic needs the usual settings, and this process has {', '.join(others)}",
            "leave them as they are, or use the command with --deterministic, which does",
        )


def _unusual() -> list[str]:
    """Settings of JAX that were changed, in whatever way, and variables of what has no settings to ask for."""
    import jax  # noqa: PLC0415  commands check their usage before it

    now = {name: getattr(jax.config, name, usual) for name, usual in SETTINGS.items()}
    settings = [f"{name}={value}" for name, value in now.items() if value != SETTINGS[name]]
    return settings + [f"{name}={value}" for name, value in chosen().items() if not name.startswith("JAX_")]
