"""Weights of clips in a mix, their shares of it, which may change over the result, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Sequence

from texturize.errors import ConfigError

MixWeights = tuple[float, ...]
"""Of the clips in a mix; they add up to 1."""

Mix = float | str | Sequence[float]
"""A number is the share of the second of two clips; several are shares of as many; a string as on the command line:
numbers with commas, and points over the result's length with colons."""


def mix_path(mix: Mix, count: int) -> tuple[MixWeights, ...]:
    """Shares of ``count`` clips, that add up to 1, at each point of a mix.

    Raises
    ------
    ConfigError
        The mix is none, or not of as many clips.
    """
    numbers = [mix] if isinstance(mix, float | int | str) else mix
    text = mix if isinstance(mix, str) else ",".join(map(str, numbers))
    return tuple(_weights(point, count, text) for point in text.split(":"))


def _weights(point: str, count: int, whole: str) -> MixWeights:
    try:
        numbers = [float(number) for number in point.split(",")]
    except ValueError:
        raise ConfigError(
            f"mix '{whole}' is not a mix", "write 0.3, or 0.5,0.3,0.2, or 0:1 for a change on the way"
        ) from None
    if len(numbers) == 1 and count == 2:
        if not 0 <= numbers[0] <= 1:
            raise ConfigError(f"mix '{whole}': the share {numbers[0]:g} is not between 0 and 1", "0.5 is half and half")
        return 1 - numbers[0], numbers[0]
    if len(numbers) != count:
        raise ConfigError(
            f"mix '{whole}' has {len(numbers)} share{'s' * (len(numbers) > 1)} for {count} clips",
            f"write {count} numbers with commas between them",
        )
    if not all(0 <= number < math.inf for number in numbers) or sum(numbers) == 0:
        raise ConfigError(f"mix '{whole}' is not a mix", "shares are at least 0, and not all of them 0")
    return tuple(number / sum(numbers) for number in numbers)
