"""What every section of the config is made of: a frozen, validated model, and the kinds of its values."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Weight = Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(strict=True, gt=0.0, allow_inf_nan=False)]
Time = Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)]
Rate = Annotated[int, Field(strict=True, ge=8000, le=192_000)]
Steps = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class Model(BaseModel):
    """Base of every section: unknown keys are errors, values cannot be changed, strings are not numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
