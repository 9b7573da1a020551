"""Data sets on disk: their contents, and the files and arguments that are refused."""

import shutil
import sys

import numpy as np
import pandas as pd
import pytest
import zarr
from data_sets import COLUMNS, FORMATS, PARAMETERS, contents

from skising import make_ising, make_potts
from skising.observables import energy_density


def stored(path):
    """Read the data set at a path without skising."""
    if path.suffix == ".npy":
        return {"data": np.load(path, mmap_mode="r"), **np.load(path.with_suffix(".npz"))}
    return {name: array[:] for name, array in zarr.open(path, mode="r").arrays()}


# Contents


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.usefixtures("small_chunks")
def test_a_data_set_on_disk_equals_the_one_in_memory(suffix, tmp_path):
    expected, path = make_ising(**PARAMETERS), tmp_path / f"lattices{suffix}"
    for target in ("energy", "phase"):  # the second call only reads
        ising = make_ising(**PARAMETERS, target=target, out=path)
        np.testing.assert_array_equal(ising.data[:], expected.data)
        assert ising.data.dtype == np.int8
        for name in COLUMNS:
            np.testing.assert_array_equal(ising[name], expected[name])
            assert ising[name].dtype == expected[name].dtype
        np.testing.assert_array_equal(ising.target, make_ising(**PARAMETERS, target=target).target)
    found = stored(path)
    for name in ("data", *COLUMNS):
        np.testing.assert_array_equal(found[name], expected[name])
        assert found[name].dtype == expected[name].dtype
    beside = {"lattices.npy", "lattices.npz"} if suffix == ".npy" else {"lattices.zarr"}
    assert {path.name for path in tmp_path.iterdir()} == beside


@pytest.mark.usefixtures("small_shards")
def test_shards_bound_the_number_of_files(tmp_path):
    ising = make_ising(**PARAMETERS, out=tmp_path / "X.zarr")
    assert (ising.data.chunks, ising.data.shards) == ((3, 12, 12), (12, 12, 12))
    assert len(list((tmp_path / "X.zarr" / "data").glob("c.*"))) == 3
    np.testing.assert_array_equal(ising.data[:], make_ising(**PARAMETERS).data)
    np.testing.assert_array_equal(
        make_ising(**PARAMETERS, out=tmp_path / "X.zarr").data[:], ising.data[:]
    )


def test_every_array_of_a_zarr_store_names_its_dimensions(tmp_path):
    make_ising(**PARAMETERS, out=tmp_path / "X.zarr")
    group = zarr.open_group(tmp_path / "X.zarr", mode="r")
    names = {name: array.metadata.dimension_names for name, array in group.arrays()}
    assert names == {
        "data": ("sample", "row", "column"),
        "autocorrelation_times": ("run", "statistic"),
        **dict.fromkeys(COLUMNS, ("sample",)),
    }
    assert group.attrs["arguments"]["lattice_size"] == 12


def test_lattices_whose_sites_are_all_in_state_0_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr("skising.montecarlo._zarr_store._SITES_PER_CHUNK", 12 * 12)
    parameters = {"n_samples": 8, "lattice_size": 12, "temperatures": 0.05, "random_state": 1}
    expected = make_potts(**parameters)
    is_0 = (expected.data == 0).all(axis=(1, 2))
    assert 0 < is_0.sum() < 8
    found = make_potts(**parameters, out=tmp_path / "X.zarr")
    np.testing.assert_array_equal(found.data[:], expected.data)


@pytest.mark.parametrize(("suffix", "kind"), [(".npy", np.memmap), (".zarr", zarr.Array)])
def test_lattices_stay_on_disk_and_are_read_only(suffix, kind, tmp_path):
    X, y = make_ising(**PARAMETERS, out=str(tmp_path / f"X{suffix}"), return_X_y=True)
    assert isinstance(X, kind)
    assert X.shape == (35, 12, 12)
    np.testing.assert_array_equal(energy_density(X), y)
    with pytest.raises(ValueError, match="read-only"):
        X[0] = 1


def test_a_finished_data_set_is_returned_without_sampling(tmp_path, monkeypatch):
    first = make_ising(**PARAMETERS, out=tmp_path / "X.npy")
    before = contents(tmp_path)
    monkeypatch.setattr("skising.montecarlo._parallel._run_to_bits", None)
    second = make_ising(**PARAMETERS, out=tmp_path / "X.npy", n_jobs=2, verbose=1)
    np.testing.assert_array_equal(second.data, first.data)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("temperature", [1.2, 2.269, 3.6, 1e6])
@pytest.mark.parametrize("size", [64, 320])
def test_zarr_takes_about_a_bit_per_spin(temperature, size, tmp_path):
    n_samples = 2**21 // size**2
    parameters = {"n_samples": n_samples, "lattice_size": size, "temperatures": temperature}
    make_ising(**parameters, thin=1, out=tmp_path / "X.zarr", random_state=0)
    n_bytes = sum(map(len, contents(tmp_path / "X.zarr" / "data").values()))
    assert 8 * n_bytes / (n_samples * size**2) < 1.05


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.usefixtures("small_chunks")
def test_64_lattices_at_once_and_their_diagnostics_come_back(suffix, tmp_path):
    parameters = PARAMETERS | {"algorithm": "metropolis", "n_samples": 300, "n_discard": 400}
    expected, path = make_ising(**parameters), tmp_path / f"X{suffix}"
    for _ in range(2):  # the second call only reads
        ising = make_ising(**parameters, out=path, n_jobs=2)
        np.testing.assert_array_equal(ising.data[:], expected.data)
        assert np.isfinite(ising.diagnostics["tau_energy"]).all()
        pd.testing.assert_frame_equal(ising.diagnostics, expected.diagnostics)


# Refusals


@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        (3, TypeError, "out must be a path that ends in .npy or .zarr, or None; got 3 of type int"),
        ("X.h5", ValueError, r"out must end in \.npy .* or \.zarr .*; got '.*X\.h5'"),
        ("X", ValueError, r"out must end in \.npy"),
        ("no/X.npy", FileNotFoundError, "the directory '.*no' does not exist. Create it"),
    ],
)
def test_bad_out(out, error, message, tmp_path):
    with pytest.raises(error, match=message):
        make_ising(**PARAMETERS, out=tmp_path / out if isinstance(out, str) else out)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written(tmp_path, monkeypatch):
    # The superuser can write every directory, so that a read-only one would test nothing.
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)
    with pytest.raises(PermissionError, match=r"directory '.*' cannot be written\. Give a path"):
        make_ising(**PARAMETERS, out=tmp_path / "X.npy")


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
def test_random_state_must_be_an_int(random_state, tmp_path):
    message = "random_state must be an int if out is given.*got .*Pass for instance random_state=0"
    with pytest.raises(ValueError, match=message):
        make_ising(8, 4, 2.0, out=tmp_path / "X.npy", random_state=random_state)


CHANGED = [
    ({"n_samples": 36}, "n_samples=35 in the file and 36 in this call"),
    ({"lattice_size": 13}, "lattice_size=12 in the file and 13 in this call"),
    (
        {"temperatures": [2.3, 1.6]},
        r"temperatures=\[2.3, 1.5\] in the file and \[2.3, 1.6\] in this call",
    ),
    ({"temperatures": np.linspace(1, 2, 5)}, r"and \[1, ..., 2\] \(5 values\) in this call"),
    ({"algorithm": "wolff"}, "algorithm='swendsen-wang' in the file and 'wolff' in this call"),
    ({"n_discard": None}, "n_discard=5 in the file and None in this call"),
    (
        {"thin": 3, "random_state": 1},
        "random_state=0 in the file and 1 in this call; thin=2 in the file and 3 in this call",
    ),
]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(("changed", "message"), CHANGED)
@pytest.mark.parametrize("finished", [True, False])
def test_other_arguments_are_refused(suffix, changed, message, finished, unfinished, tmp_path):
    if finished:
        path = tmp_path / f"X{suffix}"
        make_ising(**PARAMETERS, out=path)
    else:
        path = unfinished(f"X{suffix}")
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=f"other arguments.*{message}.*remove .*X{suffix}"):
        make_ising(**PARAMETERS | changed, out=path)
    assert contents(tmp_path) == before


def test_another_version_reads_but_does_not_continue(unfinished, monkeypatch):
    path = unfinished("X.npy")
    with monkeypatch.context() as patch:
        patch.setattr("skising.montecarlo._store.__version__", "99")
        with pytest.raises(
            ValueError, match=r"skising version='.*' in the file and '99' in this call"
        ):
            make_ising(**PARAMETERS, out=path)
    make_ising(**PARAMETERS, out=path)
    monkeypatch.setattr("skising.montecarlo._store.__version__", "99")
    assert make_ising(**PARAMETERS, out=path).data.shape == (35, 12, 12)


@pytest.mark.parametrize(
    ("out", "foreign"),
    [
        ("X.npy", "X.npy"),
        ("X.npy", "X.npz"),
        ("X.npy", "X.npy.partial"),
        ("X.npy", "X.npy.journal"),
        ("X.zarr", "X.zarr"),
        ("X.zarr", "X.zarr.partial"),
    ],
)
@pytest.mark.parametrize("directory", [False, True])
def test_foreign_files_are_refused(out, foreign, directory, tmp_path):
    path = tmp_path / foreign
    if directory and not foreign.endswith("journal"):
        path.mkdir()
        path = path / "precious"
    path.write_text("precious")
    with pytest.raises(FileExistsError, match=f"{foreign}' exists and is not part of a data set"):
        make_ising(**PARAMETERS, out=tmp_path / out)
    assert contents(tmp_path) == {str(path.relative_to(tmp_path)): b"precious"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_data_set_of_another_shape_is_refused(suffix, tmp_path):
    path = tmp_path / f"X{suffix}"
    make_ising(**PARAMETERS, out=path)
    if suffix == ".npy":
        np.save(path, np.ones((2, 12, 12), np.int8))
    else:
        zarr.open(path).create_array("data", data=np.ones((2, 12, 12), np.int8), overwrite=True)
    with pytest.raises(FileExistsError, match="exists and is not part of a data set"):
        make_ising(**PARAMETERS, out=path)


@pytest.mark.parametrize(
    ("suffix", "message"),
    [
        (".npy", r"needs 1\.02 GB for 10000 lattices.*1 MB are free.*write \.zarr, which takes"),
        (
            ".zarr",
            r"needs 145 MB for 10000 lattices.*1 MB are free.*a larger disk, or ask for fewer",
        ),
    ],
)
def test_too_little_space_is_an_error_before_the_first_run(suffix, message, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=10**6)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    monkeypatch.setattr("skising.montecarlo._parallel._run_to_bits", None)
    with pytest.raises(OSError, match=message):
        make_ising(10000, 320, out=tmp_path / f"X{suffix}", random_state=0)
    assert list(tmp_path.iterdir()) == []


def test_finished_runs_need_no_space(unfinished, monkeypatch):
    path = unfinished("X.npy")
    usage = shutil.disk_usage(path.parent)
    n_bytes = 35 * (12 * 12 + 40) + 4096
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=n_bytes * 3 // 4))
    with pytest.raises(OSError, match=r"needs .* MB for 35 lattices"):
        make_ising(**PARAMETERS, out=path.with_name("Y.npy"))
    make_ising(**PARAMETERS, out=path)


def test_zarr_not_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ImportError, match=r'needs zarr, which is not installed.*"skising\[zarr\]"'):
        make_ising(**PARAMETERS, out=tmp_path / "X.zarr")
