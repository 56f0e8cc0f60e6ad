"""Machines that are not POSIX: what they lack is hidden here, and the commands run; and processes that were forked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from haste import in_haste
from quick import only

from texturize.config import NumericsConfig
from texturize.runtime import forks
from texturize.runtime.device import device_of
from texturize.runtime.forks import ForkError

HIDE = """
import builtins, os, signal, sys, types

OWN = os.path.join(os.path.dirname(os.path.abspath(sys.argv[1])), "")
MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog"}
NAMES = set('''
    fork forkpty register_at_fork sched_getaffinity sched_setaffinity geteuid getuid getegid getgid getgroups chown
    fchown lchown fchmod mkfifo mknod pread pwrite preadv pwritev sysconf confstr nice getpriority setpriority
    getloadavg uname statvfs fstatvfs killpg getpgid setsid wait wait3 wait4 pipe2 sync posix_fallocate memfd_create
    O_NOFOLLOW O_CLOEXEC O_DIRECTORY O_TMPFILE O_NONBLOCK
    SIGKILL SIGHUP SIGPIPE SIGALRM SIGUSR1 SIGCHLD alarm setitimer pthread_sigmask
    '''.split())

def own(frame):
    return frame is not None and frame.f_code.co_filename.startswith(OWN)

class Lacking(types.ModuleType):
    def __getattribute__(self, name):
        if name in NAMES and own(sys._getframe(1)):
            raise AttributeError(name)
        return super().__getattribute__(name)

os.__class__ = signal.__class__ = Lacking
with_all = builtins.__import__

def importing(name, *arguments, **options):
    if name in MODULES and own(sys._getframe(1)):
        raise ImportError(name)
    return with_all(name, *arguments, **options)

builtins.__import__ = importing

def opening(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith(("/proc", "/sys")):
        frame = sys._getframe(1)
        while frame is not None and "pathlib" in frame.f_code.co_filename:
            frame = frame.f_back
        if own(frame):
            raise FileNotFoundError(2, "hidden", arguments[0])

sys.addaudithook(opening)

from texturize.cli.group import texturize
from texturize.runtime.processors import abilities, cpu_threads

assert cpu_threads() >= 1 and "avx" not in abilities()
for line in sys.stdin.read().splitlines():
    try:
        texturize.main(line.split(), prog_name="texturize")
    except SystemExit as end:
        print("\\nended:", line.split()[0], end.code, flush=True)
"""
"""A POSIX system that hides from this package, and from it alone, what Windows lacks: the libraries have theirs."""
QUICK = "-q " + " ".join(
    f"--set {key}"
    for key in ("resolutions=[]", "filters.widths=[2]", "filters.count=8", "refine.max_steps=2", *only("gram"))
)
COMMANDS = f"""
synth clip.wav {QUICK} --picture p.png --manifest --trace grown
batch clip.wav -o out {QUICK}
inspect clip.wav
compare clip.wav clip.texture.wav
repeat clip.texture.wav.json -o again.wav -q
report clip.wav clip.texture.wav -o page.html
presets
"""


def test_no_command_needs_posix(tmp_path):
    import texturize

    y = 0.05 * np.random.default_rng(0).standard_normal(9000)
    soundfile.write(tmp_path / "clip.wav", y * (1 + np.sin(np.arange(9000) * 0.01)), 8000)
    (tmp_path / "hide.py").write_text(HIDE)
    done = subprocess.run(
        [sys.executable, tmp_path / "hide.py", str(texturize.__file__)],
        input=COMMANDS.strip(),
        cwd=tmp_path,
        env=os.environ | in_haste() | {"TEXTURIZE_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    ended = [line for line in done.stdout.splitlines() if line.startswith("ended: ")]
    assert ended == [f"ended: {line.split()[0]} 0" for line in COMMANDS.strip().splitlines()], done.stderr
    assert "defect" not in done.stderr
    assert {"clip.texture.wav", "p.png", "again.wav", "page.html", "grown"} <= {
        path.name for path in tmp_path.iterdir()
    }
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "clip.texture.wav", "clip.texture.wav.json", "summary.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1252", "cp932"])
def test_names_that_the_terminal_has_no_letters_for(tmp_path, encoding):
    """As where standard output goes to a file on Windows: the result is there, and its line too."""
    soundfile.write(tmp_path / "雨.wav", 0.1 * np.random.default_rng(0).standard_normal(8000), 8000)
    fake = Path(__file__).parents[1] / "fake_synthesis.py"
    done = subprocess.run(
        [sys.executable, fake, "1", "0", "synth", "雨.wav"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith("雨.texture.wav: 1.00 s".encode(encoding, errors="backslashreplace"))
    assert (tmp_path / "雨.texture.wav").exists()


def test_a_process_that_was_forked_after_a_run_is_told(monkeypatch):
    """Its number is another than that of the process that JAX began in."""
    device_of(NumericsConfig())
    device_of(NumericsConfig())
    monkeypatch.setattr(forks.os, "getpid", lambda: 0)
    with pytest.raises(ForkError, match=r"JAX would wait in it for ever; start processes by .*spawn"):
        device_of(NumericsConfig())
    monkeypatch.setattr(forks, "_process", [])
    device_of(NumericsConfig())  # where nothing has run before, a fork may
