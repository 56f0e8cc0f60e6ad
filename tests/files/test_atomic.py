"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from texturize.errors import OutputError
from texturize.files.atomic import check_target, write_beside, write_folder, write_text


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


def test_links_are_followed_there_or_not_and_stay(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    target = folder / "sound"
    link, outer = tmp_path / "link", tmp_path / "outer"
    link.symlink_to(target)
    outer.symlink_to("link")
    check_target(outer)
    with write_beside(outer, replace=False) as beside:
        assert beside.parent == folder
        beside.write_text("first")
    assert target.read_text() == "first"
    with pytest.raises(OutputError, match=r"outer exists; replace it with --force"):
        check_target(outer)
    check_target(outer, force=True)
    write_text(link, "second")
    assert link.is_symlink() and outer.is_symlink() and not target.is_symlink()
    assert target.read_text() == outer.read_text() == "second"
    assert list(folder.iterdir()) == [target]


def test_links_that_lead_nowhere_are_refused_before_the_work(tmp_path):
    (tmp_path / "lost").symlink_to("no/such/folder")
    with pytest.raises(OutputError, match=r"lost: there is no folder .*such; make it first"):
        check_target(tmp_path / "lost")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OutputError, match=r"a is a link that leads round in a circle; choose another with -o"):
        check_target(tmp_path / "a", force=True)


@pytest.mark.skipif(os.name != "posix", reason="other permissions")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_what_replaces_a_file_or_a_folder_has_its_permissions_and_is_never_open_to_more(tmp_path, mode):
    path, folder = tmp_path / "a", tmp_path / "f"
    path.write_text("old")
    path.chmod(mode)
    with write_beside(path) as beside:
        assert stat.S_IMODE(beside.stat().st_mode) & ~(mode | 0o200) == 0
        beside.write_text("new")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    folder.mkdir()
    folder.chmod(mode | 0o100)
    with write_folder(folder) as beside:
        (beside / "x").write_text("new")
    assert stat.S_IMODE(folder.stat().st_mode) == mode | 0o100


@pytest.mark.skipif(os.name != "posix", reason="other permissions")
def test_new_files_have_the_usual_permissions_without_a_moment_of_another_mask(tmp_path, monkeypatch):
    before = os.umask(0o027)
    try:
        monkeypatch.setattr(os, "umask", lambda _: pytest.fail("the mask belongs to all threads"))
        write_text(tmp_path / "a", "new")
        with write_folder(tmp_path / "f"):
            pass
    finally:
        monkeypatch.undo()
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o750


def test_the_disk_has_the_content_before_the_name_and_then_the_name(tmp_path, monkeypatch):
    path, order = tmp_path / "a", []
    sync, rename = os.fsync, Path.replace

    def seen_sync(handle):
        order.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else f"file of {os.fstat(handle).st_size}")
        sync(handle)

    def seen_replace(self, target):
        order.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", seen_sync)
    monkeypatch.setattr(Path, "replace", seen_replace)
    write_text(path, "four")
    assert order == ["file of 4", "rename", "folder"][: 3 if os.name == "posix" else 2]
    order.clear()
    with write_folder(tmp_path / "f") as beside:
        (beside / "x").write_text("five!")
    assert order[0] == "file of 5"
    assert "folder" in order[: order.index("rename")] and order[-1] == "folder"


@pytest.mark.parametrize(("code", "kept"), [(errno.EINVAL, True), (errno.ENOSPC, False), (errno.EIO, False)])
def test_what_the_disk_says_last(tmp_path, monkeypatch, code, kept):
    def refuse(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    if kept:
        write_text(tmp_path / "a", "new")
        assert (tmp_path / "a").read_text() == "new"
        return
    with pytest.raises(OutputError, match=f"a cannot be written: {os.strerror(code)}"):
        write_text(tmp_path / "a", "new")
    assert not list(tmp_path.iterdir())
