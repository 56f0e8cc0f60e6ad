"""Files appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from texturize.atomic import check_target, write_beside, write_text
from texturize.errors import OutputError


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("existing", [True, False])
def test_a_failure_leaves_everything_as_it_was(tmp_path, error, existing):
    path = tmp_path / "a.txt"
    if existing:
        path.write_text("old")
    with pytest.raises(error), write_beside(path) as beside:
        assert beside.parent == tmp_path
        beside.write_text("half of the n")
        raise error
    assert [other.name for other in tmp_path.iterdir()] == (["a.txt"] if existing else [])
    assert not existing or path.read_text() == "old"


def test_success_replaces_with_the_usual_permissions(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    write_text(path, "new")
    plain = tmp_path / "plain"
    plain.touch()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_full_disk_is_an_error_with_a_remedy(tmp_path):
    with pytest.raises(OutputError, match="cannot be written: No space left on device"), write_beside(tmp_path / "a"):
        raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_a_device_is_written_to_and_not_replaced():
    check_target(Path(os.devnull))
    write_text(Path(os.devnull), "gone")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_check_target(tmp_path):
    taken = tmp_path / "taken"
    taken.touch()
    check_target(tmp_path / "free")
    check_target(taken, force=True)
    with pytest.raises(OutputError, match="taken exists; replace it with --force"):
        check_target(taken)
    with pytest.raises(OutputError, match="there is no folder"):
        check_target(tmp_path / "no" / "a")
