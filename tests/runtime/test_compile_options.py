"""Options of the compiler, which differ between its versions."""

import pytest

from texturize.runtime.compile_options import SOON_COMPILED, soon_compiled


def test_an_option_that_this_compiler_does_not_have_is_left_out():
    wanted = (("xla_cpu_there_is_no_such_option", True), ("xla_backend_optimization_level", 0))
    assert soon_compiled(wanted) == {"xla_backend_optimization_level": 0}


@pytest.mark.parametrize("name", SOON_COMPILED)
def test_the_compiler_of_the_lock_has_those_that_are_wanted(name):
    assert name in soon_compiled()
