"""Fixtures that several test modules share."""

import jax
import pytest


@pytest.fixture
def x64():
    """Double precision, for round trips, gradients and invariants."""
    with jax.enable_x64(True):
        yield
