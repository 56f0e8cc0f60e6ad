"""What goes wrong around a synthesis: disks, folders, caches, clips and files of others that change meanwhile."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

import texturize
from texturize.cli.group import texturize as command
from texturize.errors import ConfigError
from texturize.runtime.explain import explain
from texturize.synthesis.solution import Status
from texturize.synthesis.stages import Record, timed

FAKE = Path(__file__).parents[1] / "fake_synthesis.py"


@pytest.fixture
def meanwhile(fake, monkeypatch):
    """A folder with a clip, and a list of what happens while the synthesis is at work."""
    soundfile.write("rain.wav", 0.1 * np.random.default_rng(0).standard_normal(8000), 8000)
    plain, events = fake.synthesize, []

    def synthesize(*args, **options):
        while events:
            events.pop(0)()
        return plain(*args, **options)

    monkeypatch.setattr(fake, "synthesize", synthesize)
    return events


def synth(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["synth", "rain.wav", *arguments], catch_exceptions=False)


def test_the_output_folder_is_removed(meanwhile):
    Path("out").mkdir()
    meanwhile.append(lambda: shutil.rmtree("out"))
    outcome = synth("-o", "out/a.wav")
    message = "Error: out/a.wav cannot be written: No such file or directory; choose another place with -o\n"
    assert (outcome.exit_code, outcome.stderr) == (1, message)


def test_the_manifest_tells_of_the_clip_as_it_was_read(meanwhile):
    before = hashlib.sha256(Path("rain.wav").read_bytes()).hexdigest()
    meanwhile.append(lambda: soundfile.write("rain.wav", np.sin(np.arange(8000)), 8000))
    assert synth("--manifest").exit_code == 0
    manifest = json.loads(Path("rain.texture.wav.json").read_text())
    assert manifest["input"]["sha256"] == before
    assert manifest["result_sha256"] == hashlib.sha256(Path("rain.texture.wav").read_bytes()).hexdigest()


def test_another_program_writes_the_same_file(meanwhile):
    meanwhile.append(lambda: Path("rain.texture.wav").write_text("theirs"))
    outcome = synth()
    message = (
        "rain.texture.wav was written by another program in the meantime; run it again with another -o, or --force"
    )
    assert (outcome.exit_code, outcome.stderr) == (1, f"Error: {message}\n")
    assert Path("rain.texture.wav").read_text() == "theirs"
    assert sorted(path.name for path in Path().iterdir()) == ["rain.texture.wav", "rain.wav"]
    assert synth("--force").exit_code == 0
    assert soundfile.info("rain.texture.wav").frames == 8000


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_a_file_that_cannot_grow_is_removed(meanwhile):
    names = ["a.wav", "a.flac", "a.ogg"]
    code = (
        "import resource, signal, sys\n"
        f"sys.path.insert(0, {str(FAKE.parent)!r})\n"
        "import fake_synthesis\n"
        "fake_synthesis.install()\n"
        "from texturize.cli.group import texturize\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        f"for name in {names}:\n"
        "    try:\n"
        "        texturize.main(['synth', 'rain.wav', '-o', name])\n"
        "    except SystemExit as end:\n"
        "        print(end.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n" * len(names)
    said = [f"Error: {name} cannot be written: File too large; choose another with -o\n" for name in names]
    assert done.stderr == "".join(said)
    assert [path.name for path in Path().iterdir()] == ["rain.wav"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_disk_behind_a_device_or_standard_output_is_no_defect(fake):
    soundfile.write("rain.wav", 0.1 * np.random.default_rng(0).standard_normal(8000), 8000)
    Path("full.wav").symlink_to("/dev/full")
    outcome = synth("-o", "full.wav", "--force")
    message = "Error: full.wav cannot be written: No space left on device; choose another with -o\n"
    assert (outcome.exit_code, outcome.stderr) == (1, message)
    assert Path("full.wav").is_symlink()
    arguments = [sys.executable, FAKE, "1", "0", "synth", "rain.wav", "-o", "-"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    message = "Error: standard output cannot be written to: No space left on device; name a file with -o\n"
    assert done.stderr == message


MEMORY = "there is not enough memory; use a shorter clip, fewer filters or a lower audio.sample_rate"
LACKS = [
    MemoryError("Unable to allocate 9 TiB for an array"),
    RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9895604649984 bytes."),
    RuntimeError("INTERNAL: CUDA_ERROR_OUT_OF_MEMORY: out of memory"),
    RuntimeError("std::bad_alloc"),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
]


@pytest.mark.parametrize("lack", LACKS, ids=str)
def test_a_lack_of_memory_is_said_alike_by_synth_and_batch(meanwhile, fake, monkeypatch, lack):
    def fails(*_args, **_options):
        raise lack

    meanwhile.append(fails)
    outcome = synth()
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (1, "", f"Error: {MEMORY}\n")
    monkeypatch.setattr(fake, "synthesize", fails)
    outcome = CliRunner().invoke(command, ["batch", "rain.wav", "-o", "out", "-q"], catch_exceptions=False)
    assert outcome.exit_code == 1
    assert outcome.stderr == f"Failed: rain.texture.wav: {MEMORY}\n1 failed; --retry-failed tries them again\n"


def test_xla_that_has_no_memory_is_understood():
    with pytest.raises(RuntimeError) as caught:
        jnp.zeros(2**50).block_until_ready()
    assert explain(caught.value, "") == MEMORY


def test_other_errors_are_called_defects():
    assert explain(ValueError("a\nb"), "say so") == "ValueError: a; this is a defect: say so"
    assert explain(ConfigError("seed is -1", "use 0"), "") == "seed is -1; use 0"


def test_losses_that_were_not_finite_are_told_of(fake, monkeypatch):
    monkeypatch.undo()
    import texturize.synthesis.result as real

    record = Record({}, Status.CONVERGED, None, {}, 1)
    assert real.restarts([record, record._replace(restarts=0)]) == (
        "the loss was once not a finite number: it went on from the best so far, with a smaller step",
    )
    assert real.restarts([record, record])[0].startswith("the loss was 2 times not a finite number: ")
    assert real.restarts([record._replace(restarts=0)]) == ()


def test_a_manifest_is_strict_json_though_losses_are_not_finite(meanwhile, fake, monkeypatch):
    plain = fake.synthesize

    def synthesize(*args, **options):
        made = plain(*args, **options)
        made.losses = {"refine": np.array([np.inf, 1.5, np.nan])}
        return made

    monkeypatch.setattr(fake, "synthesize", synthesize)
    assert synth("--manifest").exit_code == 0
    text = Path("rain.texture.wav.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail)["losses"] == {"refine": [None, 1.5, None]}


def test_a_clock_that_jumps_changes_no_duration(meanwhile, monkeypatch):
    clock = iter(range(10**9, 0, -(10**6)))  # backwards by eleven days at each look
    monkeypatch.setattr(time, "time", lambda: float(next(clock)))
    assert synth("--manifest").exit_code == 0
    outcome = CliRunner().invoke(command, ["batch", "rain.wav", "-o", "out"], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    times: dict[str, float] = {}
    with timed(times, "refine"):
        time.sleep(0.01)
    assert 0.01 <= times["refine"] < 5
    for path in Path(texturize.__file__).parent.rglob("*.py"):
        assert "time.time(" not in path.read_text(encoding="utf-8"), path


COMPILE = """
import sys
from texturize.runtime.cache import use_compilation_cache
use_compilation_cache()
import jax
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
def halves(x):
    return x / 2
print(jax.jit(halves)(6.0))
"""


def compiled(**environment: str | None) -> subprocess.CompletedProcess[str]:
    variables = {key: value for key, value in (os.environ | environment).items() if value is not None}
    return subprocess.run([sys.executable, "-c", COMPILE], env=variables, capture_output=True, text=True, check=False)


def test_a_damaged_compilation_cache_is_mended(tmp_path):
    cache = str(tmp_path / "cache")
    assert compiled(TEXTURIZE_CACHE=cache).stdout == "3.0\n"
    entries = list(Path(cache).glob("jit_halves-*-cache"))
    assert len(entries) == 1
    whole = entries[0].read_bytes()
    entries[0].write_bytes(whole[: len(whole) // 2])
    for _ in range(2):
        done = compiled(TEXTURIZE_CACHE=cache)
        assert (done.returncode, done.stdout, done.stderr) == (0, "3.0\n", "")
    assert len(entries[0].read_bytes()) == len(whole)


@pytest.mark.parametrize(
    "environment",
    [
        {"TEXTURIZE_CACHE": "/dev/null/cache"},
        {"TEXTURIZE_CACHE": None, "HOME": "/dev/null", "XDG_CACHE_HOME": None},
        {"TEXTURIZE_CACHE": None, "HOME": None, "XDG_CACHE_HOME": "/dev/null"},
    ],
    ids=["no folder", "no home", "no cache folder"],
)
def test_without_a_cache_it_works_too(environment):
    done = compiled(**environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3.0\n", "")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may write anywhere")
def test_a_cache_closed_to_writing(tmp_path):
    (tmp_path / "cache").mkdir(mode=0o500)
    done = compiled(TEXTURIZE_CACHE=str(tmp_path / "cache"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "3.0\n", "")
