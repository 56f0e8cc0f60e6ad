"""Sections of the config for the stages: optimizers, phase recovery, and what they are computed on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from texturize.config.model import Model, Seconds, Steps, Weight


class OptimizeConfig(Model):
    """An optimizer and when it stops."""

    method: Literal["lbfgs", "adam"] = "lbfgs"
    """Optimizer: limited-memory BFGS with a line search, or Adam."""
    max_steps: Steps | None = None
    """Most steps; 0 leaves the stage out. Null: 300 where there is no waveform stage, else 0, for they bring nothing
    that the waveform stage does not."""
    memory: Annotated[int, Field(strict=True, ge=1, le=200)] = 20
    """Pairs of steps and gradient changes L-BFGS remembers."""
    learning_rate: Annotated[float, Field(strict=True, gt=0.0, le=100.0)] = 0.02
    """Step size of Adam."""
    tolerance: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = 1e-3
    """Stop when a chunk of steps lowers the loss by less than this share of it; 0 never does."""
    goal: Weight = 0.0
    """Stop when the loss has fallen to this; 0 never does."""
    chunk: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 10
    """Steps run in compiled code between two reports."""


class RefineConfig(OptimizeConfig):
    """The waveform stage."""

    max_steps: Steps = 200
    """Most steps; 0 leaves the stage out."""
    goal: Weight = 0.015
    """Stop when the loss has fallen to this; 0 never does. At 1, the statistics are about as far off as those of the
    clip's halves are from one another."""
    smoothing_ms: Annotated[float, Field(strict=True, gt=1.0, le=5000.0)] = 256.0
    """Window in milliseconds whose mean spectrum of the clip shapes the noise the stage starts from, and preconditions
    it: a longer one has steadier tones from the start, and copies a little more."""


class PhaseConfig(Model):
    """Phase recovery: from the optimized magnitudes to a waveform."""

    method: Literal[
        "griffin_lim", "fast_griffin_lim", "accelerated", "admm", "raar", "difference_map", "raar_accelerated"
    ] = "raar_accelerated"
    """Alternating projections; the default is RAAR, and accelerated Griffin-Lim for the last iterations."""
    iterations: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 100
    """Projections between the magnitudes and the signals that exist."""
    momentum: Annotated[float, Field(strict=True, ge=0.0, lt=2.0)] = 0.99
    """Momentum of fast_griffin_lim (0 is plain Griffin-Lim), of accelerated and of the last part of raar_accelerated;
    above 1 they may not converge. The other methods do not use it."""
    init: Literal["random", "zero", "pghi"] = "pghi"
    """Initial phase: random, zero, or phase-gradient heap integration."""


class NumericsConfig(Model):
    """Where and how exactly it is computed, and what it may take."""

    deterministic: StrictBool = False
    """Give the same bytes every time on the same machine with the same versions: one CPU thread, float32, and segments
    that do not depend on how much memory is free. Not with a GPU, bfloat16, a budget or more threads."""
    device: Literal["auto", "cpu", "gpu"] = "auto"
    """Device: auto takes a GPU where JAX finds one."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Operands of the products with the filters; sums are float32. auto takes bfloat16 where the device multiplies it
    faster: GPUs, and CPUs with AMX."""
    max_memory: Annotated[float, Field(strict=True, gt=0.0, allow_inf_nan=False)] | None = None
    """Most memory in GB; null is 80 % of what is free. Long results are made in shorter segments to fit."""
    budget: Seconds | None = None
    """Seconds that all of it may take; filters and steps are left out to fit. Null is as long as it takes."""
