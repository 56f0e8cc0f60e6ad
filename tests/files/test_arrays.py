"""Arrays as NumPy writes them, and files that are none."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from texturize.errors import SpectrogramError
from texturize.files.arrays import read_array

S = np.arange(12.0).reshape(3, 4)


def npy(array: np.ndarray, **how) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **how)
    return file.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def read(folder: Path, data: bytes, name: str | None = None) -> np.ndarray:
    path = folder / "s.npz"  # the ending says nothing
    path.write_bytes(data)
    return read_array(path, name)


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i2", "float16"])
def test_one_array(tmp_path, dtype):
    np.testing.assert_array_equal(read(tmp_path, npy(np.asfortranarray(S.astype(dtype)))), S)


def test_the_only_spectrogram_of_an_archive_or_the_one_that_is_named(tmp_path):
    np.testing.assert_array_equal(read(tmp_path, npz(sr=np.array(22050), mel=S, times=np.arange(4))), S)
    np.testing.assert_array_equal(read(tmp_path, npz(a=S, b=2 * S), "b"), 2 * S)


HUGE = npy(S).replace(b"(3, 4), }       ", b"(3, 4000000000)}")


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (
            npz(a=S, b=S.T),
            None,
            "has 2 arrays with two axes or more: a (3, 4), b (4, 3); name one of them with --array",
        ),
        (npz(a=np.array(1)), None, "has no arrays with two axes or more; give a spectrogram"),
        (npz(a=S), "b", "has no array 'b'; it has a"),
        (npy(S), "a", "is one array, so there is none named 'a'; leave out the name"),
        (npy(np.array([{}], object), allow_pickle=True), None, "Object arrays cannot be loaded"),
        (npy(S)[:-8], None, "cannot be read as an array"),
        (npy(S)[:50], None, "cannot be read as an array"),
        (HUGE, None, "cannot be read as an array"),
        (npz(a=S)[:-30], None, "cannot be read as an array"),
        (npz(a=S)[:40] + b"\xff" * 40 + npz(a=S)[80:], None, "cannot be read as an array"),
        (b"hello", None, "cannot be read as an array"),
        (b"", None, "cannot be read as an array"),
    ],
)
def test_others_are_refused_in_a_line(tmp_path, data, name, message):
    with pytest.raises(SpectrogramError) as caught:
        read(tmp_path, data, name)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_an_archive_without_arrays(tmp_path):
    with zipfile.ZipFile(tmp_path / "s.npz", "w") as file:
        file.writestr("readme.txt", "hello")
    with pytest.raises(SpectrogramError):
        read_array(tmp_path / "s.npz")


def test_what_is_no_file(tmp_path):
    with pytest.raises(SpectrogramError, match="does not exist"):
        read_array(tmp_path / "s.npy")
    with pytest.raises(SpectrogramError, match="is a folder"):
        read_array(tmp_path)
