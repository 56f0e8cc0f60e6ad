"""Fixtures that several test modules share."""

import os
import sys

import jax
import pytest
from fake_synthesis import fake_module

import texturize.synthesis


@pytest.fixture(autouse=True)
def environment():
    """The variables as they were, after a test too whose command set some aside."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def x64():
    """Double precision, for round trips, gradients and invariants."""
    with jax.enable_x64(True):
        yield


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """The module that stands in for `texturize.synthesis.api`, in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    module = fake_module()
    monkeypatch.setitem(sys.modules, "texturize.synthesis.api", module)
    monkeypatch.setattr(texturize.synthesis, "api", module, raising=False)
    return module
