"""The folder of compiled programs: where it is, who may write to it, how large it grows."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jax
import pytest

from texturize.runtime import cache, programs, trust
from texturize.runtime.cache import SWITCH, cache_folder, distrust
from texturize.runtime.programs import Program, forget_programs

owners = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owners here")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that is named for the cache, with one of programs in it, both closed to others."""
    place = tmp_path / "around" / "cache"
    monkeypatch.setenv(SWITCH, str(place))
    cache._make(place)
    (place / "programs").mkdir(mode=0o700)
    monkeypatch.setattr(cache, "_in_use", [])
    monkeypatch.setattr(cache, "_mend", lambda _: None)
    settings = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")
    before = {name: getattr(jax.config, name) for name in settings}
    yield place
    for name, value in before.items():
        jax.config.update(name, value)


def entry(folder: Path, name: str, size: int = 100, used: float = 1e9, mode: int = 0o600) -> Path:
    """A file as JAX writes it."""
    path = folder / f"{name}-{'0123456789abcdef' * 4}-cache"
    path.write_bytes(b"0" * size)
    path.chmod(mode)
    os.utime(path, (used, used))
    return path


@pytest.mark.parametrize(
    ("variable", "expected"), [("XDG_CACHE_HOME", "texturize/jax"), ("HOME", ".cache/texturize/jax")]
)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_in_the_users_cache_folder(tmp_path, monkeypatch, variable, expected):
    for name in (SWITCH, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    assert cache_folder() == tmp_path / expected


def test_another_folder_or_none(monkeypatch):
    monkeypatch.setenv(SWITCH, "here")
    assert cache_folder() == Path("here")
    monkeypatch.setenv(SWITCH, "off")
    assert (cache_folder(), distrust()) == (None, "")


@owners
def test_it_is_made_closed_to_others_whatever_the_mask(tmp_path, monkeypatch):
    monkeypatch.setenv(SWITCH, str(tmp_path / "a" / "b"))
    before = os.umask(0)
    try:
        cache._make(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "a", tmp_path / "a" / "b")] == [0o700, 0o700]
    assert distrust() == ""


@owners
@pytest.mark.parametrize(
    ("where", "mode", "trusted"),
    [
        (".", 0o777, False), (".", 0o770, False), (".", 0o1777, False), (".", 0o755, True),
        ("programs", 0o722, False), ("programs", 0o755, True),
        ("..", 0o777, False), ("..", 0o1777, True), ("..", 0o755, True),
    ],
)  # fmt: skip
def test_a_folder_that_others_may_write_to_is_not_used(folder, where, mode, trusted):
    """A folder around it may be open to others where they are held to their own files, as /tmp is."""
    place = (folder / where).resolve()
    place.chmod(mode)
    said = distrust()
    assert (said == "") == trusted
    cache.use_compilation_cache()
    assert (cache.folder_in_use() is not None) == trusted
    if not trusted:
        assert said.startswith(f"compiled programs are not kept: {place} is another user's, or others may write to it")
        assert said.endswith("close it to others (chmod go-w), or name another folder with TEXTURIZE_CACHE")


@owners
def test_a_link_is_judged_by_where_it_leads(folder, tmp_path, monkeypatch):
    link = tmp_path / "link"
    link.symlink_to(folder)
    monkeypatch.setenv(SWITCH, str(link))
    assert distrust() == ""
    folder.chmod(0o777)
    assert str(folder) in distrust()


@owners
def test_a_folder_of_another_user(folder, monkeypatch):
    """That of the administrator is trusted: who is one may do anything."""
    owner = folder.stat().st_uid
    monkeypatch.setattr(trust.os, "geteuid", lambda: owner + 1)
    assert (distrust() == "") == (owner == 0)
    monkeypatch.setattr(trust, "is_own", lambda found: False)
    assert str(folder) in distrust()


def test_where_files_have_no_owners_every_folder_is_the_users(folder, monkeypatch):
    folder.chmod(0o777)
    for name in ("geteuid", "getegid"):
        monkeypatch.delattr(trust.os, name, raising=False)
    assert distrust() == ""


@owners
def test_a_program_that_others_may_write_is_not_run(folder, monkeypatch):
    """It is compiled and written anew, and closed, whatever the mask says."""
    monkeypatch.setattr(cache, "_in_use", [folder])
    double, loaded = Program(lambda x: 2 * x), []
    load = programs.pickle.loads
    monkeypatch.setattr(programs.pickle, "loads", lambda content: loaded.append(1) or load(content))
    before = os.umask(0)
    try:
        for mode, loads in ((None, 0), (0o666, 0), (0o620, 0), (None, 1)):
            found = list((folder / "programs").iterdir())
            for path in found:
                if mode is not None:
                    path.chmod(mode)
            assert float(double(3.0)) == 6.0
            (path,) = (folder / "programs").iterdir()
            assert (path.stat().st_mode & 0o777, len(loaded)) == (0o600, loads)
            forget_programs()
    finally:
        os.umask(before)


def test_jaxs_files_are_bounded_and_those_not_used_for_longest_go(folder, monkeypatch):
    monkeypatch.setattr(cache, "MOST_BYTES", 250)
    used = {f"jit_{number}": entry(folder, f"jit_{number}", used=1e9 + number) for number in (3, 1, 4, 2)}
    others = [folder / "notes-cache", folder / "programs" / "program", folder / "letter.txt"]
    for other in others:
        other.write_bytes(b"0" * 1000)
    cache.use_compilation_cache()
    assert {name for name, path in used.items() if path.exists()} == {"jit_3", "jit_4"}
    assert all(other.exists() for other in others)


@owners
def test_jaxs_files_that_others_may_write_to_are_removed(folder):
    kept, removed = entry(folder, "jit_f"), entry(folder, "jit_g", mode=0o666)
    linked = folder / removed.name.replace("jit_g", "jit_h")
    linked.symlink_to(kept)
    cache.use_compilation_cache()
    assert sorted(path.name for path in folder.iterdir()) == sorted([kept.name, "programs"])
