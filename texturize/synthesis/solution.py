"""What an optimization found, how it ended, and what is shown on the way."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection
from typing import NamedTuple

import jax
import numpy as np


class Status(enum.Enum):
    """How an optimization ended: a sentence, and what to do about it."""

    CONVERGED = (
        "the loss has flattened or reached its goal",
        "nothing to do; it goes on with a lower `tolerance` or `goal`",
    )
    OUT_OF_STEPS = ("all steps were used", "raise `max_steps` if the result is not close enough")
    STOPPED = ("stopped early; this is the best so far", "run it again to the end for a closer result")
    OUT_OF_TIME = ("time was up; this is the best so far", "give a larger `--budget` for a closer result")
    NOT_FINITE = (
        "the loss or its gradient was not a finite number",
        "use `method: lbfgs`, a smaller `learning_rate`, or smaller weights",
    )

    @property
    def sentence(self) -> str:
        """What happened."""
        return self.value[0]

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return self.value[1]


class Solution(NamedTuple):
    """What an optimization found."""

    params: jax.Array
    """The best parameters met."""
    value: float
    """Their loss."""
    history: np.ndarray
    """Loss before the first step and after each, (steps + 1,); steps to where it was not finite are left out."""
    evaluations: int
    """Evaluations of loss and gradient."""
    status: Status
    restarts: int = 0
    """Times that loss or gradient were not finite, and it went back to the best so far with a smaller step."""


class Watch(NamedTuple):
    """Which iterates to show, and to whom."""

    steps: Collection[int]
    """Numbers of the steps after which there is something to show; 0 is the start."""
    show: Callable[[int, float, np.ndarray, jax.Array], None]
    """Called with the step, its loss, the history so far (step + 1,) and the parameters: those of each of ``steps``,
    and in the end the best, which are the solution."""
