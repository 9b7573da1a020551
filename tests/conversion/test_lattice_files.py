"""Files of every format that `as_lattices` reads."""

import sys

import h5py
import numpy as np
import pytest
import zarr
from PIL import Image
from scipy.io import savemat

from skising import as_lattices

SPINS = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (30, 8, 8))


def write_mat73(path, X):
    """Write as MATLAB 7.3 does: HDF5 after 512 bytes of header, axes reversed."""
    with h5py.File(path, "w", userblock_size=512) as file:
        file["X"] = X.T
    with path.open("r+b") as file:
        header = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
        file.write(header.ljust(512, b"\0"))


def write_frames(path, X):
    first, *rest = (Image.fromarray(np.where(x > 0, 255, 0).astype(np.uint8)) for x in X)
    first.save(path, save_all=True, append_images=rest)


def write_picture(path, X):
    Image.fromarray(np.where(X[0] > 0, 255, 0).astype(np.uint8)).save(path)


def write_colours(path, X):
    grey = np.where(X[0] > 0, 255, 0).astype(np.uint8)
    Image.fromarray(np.dstack([grey, grey, grey, np.full_like(grey, 99)])).save(path)


def write_hdf5(path, X):
    with h5py.File(path, "w") as file:
        file["run/spins"] = X


WRITERS = {
    "X.npy": np.save,
    "X.npz": lambda path, X: np.savez(path, X=X),
    "X.csv": lambda path, X: np.savetxt(path, X.reshape(30, 64), fmt="%d", delimiter=","),
    "X.txt": lambda path, X: np.savetxt(path, X.reshape(30, 64), header="spins"),
    "X.dat": lambda path, X: np.savetxt(path, X.reshape(30, 64), fmt="%d", delimiter="; "),
    "X.tsv": lambda path, X: np.savetxt(path, X.reshape(30, 64), fmt="%d", delimiter="\t"),
    "X.mat": lambda path, X: savemat(path, {"X": X}),
    "X7.mat": write_mat73,
    "X.h5": write_hdf5,
    "X.hdf5": write_hdf5,
    "X.zarr": lambda path, X: zarr.save_array(path, X),
    "group.zarr": lambda path, X: zarr.create_group(path).create_array("X", data=X),
    "X.tif": write_frames,
}
PICTURES = {"X.png": write_picture, "C.png": write_colours, "X.bmp": write_picture}


@pytest.mark.parametrize("name", WRITERS)
def test_lattices_in_a_file(name, tmp_path):
    path = tmp_path / name
    WRITERS[name](path, SPINS)
    for source in (path, str(path)):
        np.testing.assert_array_equal(as_lattices(source), SPINS)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_one_lattice(name, tmp_path):
    PICTURES[name](tmp_path / name, SPINS)
    np.testing.assert_array_equal(as_lattices(tmp_path / name), SPINS[:1])


@pytest.mark.parametrize("suffix", [".jpg", ".gif", ".pgm", ".jpeg", ".tiff"])
def test_other_pictures_by_a_level(suffix, tmp_path):
    large = np.repeat(np.repeat(SPINS, 8, axis=1), 8, axis=2)
    write_picture(tmp_path / f"X{suffix}", large)
    np.testing.assert_array_equal(
        as_lattices(tmp_path / f"X{suffix}", level=127, cell=8), SPINS[:1]
    )


def test_files_are_read_in_their_order(tmp_path, capsys):
    paths = [tmp_path / f"{k}.npy" for k in range(30)]
    for path, lattice in zip(paths, SPINS, strict=True):
        np.save(path, lattice[:7, :7])
    np.testing.assert_array_equal(as_lattices(paths[::-1]), SPINS[::-1, :7, :7])
    assert "30 files, the first 29.npy of shape (7, 7), one lattice -> 30 lattices of 7 x 7" in (
        capsys.readouterr().out
    )
    np.save(paths[3], SPINS[0, :5, :6])
    with pytest.raises(ValueError, match=r"got \(7, 7\) in 0.npy and \(5, 6\) in 3.npy"):
        as_lattices(paths)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("X.npz", lambda path, arrays: np.savez(path, **arrays)),
        ("X.mat", savemat),
        ("X.h5", lambda path, arrays: [h5py.File(path, "a").update(arrays)]),
    ],
)
def test_one_of_several_arrays(name, write, tmp_path):
    write(tmp_path / name, {"mine": SPINS, "energy": np.arange(30.0)})
    with pytest.raises(ValueError, match=r"holds 2 arrays: .*Say which, such as key='(mine|ene)"):
        as_lattices(tmp_path / name)
    np.testing.assert_array_equal(as_lattices(tmp_path / name, key="mine"), SPINS)
    with pytest.raises(ValueError, match=r"key must name an array of X.*; got 'yours'"):
        as_lattices(tmp_path / name, key="yours")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("X.npy", b"", "does not read as .npy"),
        ("X.npz", b"PK\x03\x04", "does not read as .npz"),
        ("X.csv", b"a,b\n1,0\n", "does not read as .csv"),
        ("X.csv", b"1,0\n1\n", "does not read as .csv"),
        ("X.txt", b"0110\n1011\n", r"rows such as '0110'.*`np.genfromtxt\(.*delimiter=1\)`"),
        ("X.h5", b"HDF", "does not read as .h5"),
        ("X.mat", b"MATLAB", "does not read as .mat"),
        ("X.png", b"\x89PNG", "does not read as .png"),
        ("X.docx", b"", "must end in one of .*Read the file by yourself, and pass the array"),
    ],
)
def test_files_that_do_not_read(name, text, message, tmp_path):
    (tmp_path / name).write_bytes(text)
    with pytest.raises(ValueError, match=message):
        as_lattices(tmp_path / name)


def test_digits_without_separators_as_the_error_suggests(tmp_path):
    np.savetxt(tmp_path / "X.txt", (SPINS[0, :7, :7] > 0).astype(int), fmt="%d", delimiter="")
    numbers = np.genfromtxt(tmp_path / "X.txt", delimiter=1)
    np.testing.assert_array_equal(as_lattices(numbers), SPINS[:1, :7, :7])


def test_pickles_are_not_loaded(tmp_path):
    np.save(tmp_path / "X.npy", np.array([None, SPINS], object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"does not read as .npy.*allow_pickle=False"):
        as_lattices(tmp_path / "X.npy")


def test_a_key_of_a_file_with_one_array_is_refused(tmp_path):
    np.save(tmp_path / "X.npy", SPINS)
    with pytest.raises(ValueError, match="key names an array in a file that holds several"):
        as_lattices(tmp_path / "X.npy", key="X")


@pytest.mark.parametrize(("name", "package"), [("X.h5", "h5py"), ("X.zarr", "zarr")])
def test_a_package_that_is_missing_is_named(name, package, tmp_path, monkeypatch):
    WRITERS[name](tmp_path / name, SPINS)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f"needs {package}.*python -m pip install {package}"):
        as_lattices(tmp_path / name)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing.npy'.*no such file"):
        as_lattices(tmp_path / "missing.npy")
