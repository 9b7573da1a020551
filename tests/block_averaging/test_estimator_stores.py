"""The estimators on lattices that are not in memory, and on ones that never could be."""

from itertools import zip_longest

import dask.array
import h5py
import numpy as np
import pytest
import zarr

from skising import BlockAveragingClassifier, BlockAveragingRegressor, make_ising
from skising.blocks import _lattices

ISING = make_ising(90, 24, [1.5, 2.2, 3.5], target="phase", random_state=0)
X, ENERGY = ISING.data, ISING.energy
SMALL = {"block_size": 8, "max_epochs": 3, "random_state": 0}


def memmap(X, folder):
    np.save(folder / "X.npy", X)
    return np.load(folder / "X.npy", mmap_mode="r")


def hdf5(X, folder, chunks=None):
    return h5py.File(folder / "X.h5", "w").create_dataset("X", data=X, chunks=chunks)


def zarr_array(X, folder, chunks=(1, 24, 24)):
    return zarr.create_array(folder / "X.zarr", data=X, chunks=chunks)


STORES = {
    "memmap": memmap,
    "float memmap": lambda X, folder: memmap(X.astype(np.float32), folder),
    "hdf5": hdf5,
    "hdf5 in chunks": lambda X, folder: hdf5(X, folder, (7, 24, 24)),
    "zarr": zarr_array,
    "zarr in chunks": lambda X, folder: zarr_array(X, folder, (8, 12, 12)),
    "dask": lambda X, folder: dask.array.from_array(X, chunks=(20, 24, 24)),
}


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    return STORES[request.param](X, tmp_path)


@pytest.fixture(scope="module")
def model():
    return BlockAveragingRegressor(**SMALL).fit(X, ENERGY)


@pytest.mark.parametrize("cache", [1 << 25, 2000, 100])
@pytest.mark.parametrize("how", [{}, {"stride": 3}, {"n_blocks": 7}])
def test_stores_are_predicted_as_arrays(store, how, cache, model, monkeypatch):
    model.set_params(**{"stride": None, "n_blocks": None, **how})
    expected = model.predict(X, return_std=True), model.predict_blocks(X)
    monkeypatch.setattr(_lattices, "_CACHE_SITES", cache)
    monkeypatch.setattr("skising.block_averaging._base._BLOCKS_AT_ONCE", 50)
    np.testing.assert_array_equal(model.predict(store, return_std=True), expected[0])
    np.testing.assert_array_equal(model.predict_blocks(store), expected[1])


def test_fit_from_a_store_of_single_lattices_is_that_from_an_array(tmp_path, model):
    for store in (zarr_array(X, tmp_path), memmap(X, tmp_path), hdf5(X, tmp_path)):
        same = BlockAveragingRegressor(**SMALL).fit(store, ENERGY)
        np.testing.assert_array_equal(same.predict(X), model.set_params(n_blocks=None).predict(X))


def test_fit_reads_a_memory_map_lattice_by_lattice(tmp_path, monkeypatch):
    as_a_whole = []
    monkeypatch.setattr(
        "skising.block_averaging._base.check_lattices", lambda X: as_a_whole.append(X) or X
    )
    BlockAveragingRegressor(**SMALL).fit(memmap(X.astype(np.float32), tmp_path), ENERGY)
    assert not as_a_whole


def test_a_wrong_spin_in_a_memory_map_is_named_where_it_is(tmp_path):
    wrong = X.astype(float)
    wrong[70, 2, 3] = 7
    with pytest.raises(ValueError, match=r"got 7.0 at index \(70, 2, 3\).*shape \(90, 24, 24\)"):
        BlockAveragingRegressor(**SMALL).fit(memmap(wrong, tmp_path), ENERGY)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_blocks_far_apart_in_a_memory_map(mode, tmp_path, monkeypatch):
    np.save(tmp_path / "X.npy", X)
    changed, mapped = X.copy(), np.load(tmp_path / "X.npy", mmap_mode=mode)
    if mode != "r":
        # With "c", the file does not learn of it.
        changed[0, 0] *= -1
        mapped[0, 0] *= -1
    rows, columns = np.random.default_rng(0).integers(0, 16, (2, len(X), 40))
    rows[:, 0] = columns[:, 0] = 0
    expected = _lattices.Lattices(changed, 8).blocks_at(slice(0, len(X)), rows, columns)
    monkeypatch.setattr(_lattices, "_CACHE_SITES", 1)
    monkeypatch.setattr(_lattices, "_MAPPED_ROWS", 8 * len(X) * 3)
    for _ in range(2):
        found = _lattices.Lattices(mapped, 8).blocks_at(slice(0, len(X)), rows, columns)
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(mapped, changed)


class Counting:
    """A store of chunks that counts what is read of it."""

    def __init__(self, X, rows):
        self.X, self.shape, self.dtype, self.chunks = X, X.shape, X.dtype, (rows, *X.shape[1:])
        self.n_read = 0

    def __getitem__(self, key):
        part = self.X[key]
        self.n_read += part.size
        return part


def test_training_reads_each_chunk_once_an_epoch(monkeypatch):
    # Two chunks at a time, and batches that are no multiple of a chunk.
    monkeypatch.setattr(_lattices, "_CACHE_SITES", 2 * 10 * 24 * 24)
    store = Counting(X, 10)
    model = BlockAveragingRegressor(8, max_epochs=4, batch_size=7, random_state=0)
    model.fit(store, ENERGY)
    # And a chunk for the block that the descriptor is fitted to. A batch across the end of two
    # chunks' lattices may have to read one of them again.
    assert store.n_read <= X.size * 4 * 1.5 + 10 * 24 * 24
    assert (
        BlockAveragingRegressor(8, max_epochs=30, random_state=0)
        .fit(store, ENERGY)
        .score(X, ENERGY)
        > 0.95
    )


class Generated:
    """Stripes of a given width, made where they are asked for."""

    dtype = np.dtype(np.int8)

    def __init__(self, size, n_samples=1):
        self.shape = (n_samples, size, size)
        self.n_read = 0

    def __getitem__(self, key):
        samples, rows, columns = (
            np.arange(size)[part]
            for size, part in zip_longest(self.shape, key, fillvalue=slice(None))
        )
        self.n_read += len(samples) * len(rows) * len(columns)
        spins = 1 - 2 * ((rows[:, np.newaxis] // 5 + columns // 3) % 2)
        return np.broadcast_to(spins.astype(np.int8), (len(samples), *spins.shape))


def test_of_a_huge_lattice_only_the_blocks_are_read(model):
    lattice = Generated(100_000)
    model.set_params(n_blocks=200, stride=None)
    y, sigma, error = model.predict(lattice, return_std=True, return_error=True)
    assert lattice.n_read == 200 * 8 * 8
    # Each block by itself: it is one of 15 kinds, but for where the stripes begin.
    part = model.predict_blocks(Generated(120)[:, :120, :120])
    assert part.min() <= y[0] <= part.max()
    assert 0 < error[0] < sigma[0]


def test_the_full_partition_of_a_large_lattice_is_read_in_bands(model, monkeypatch):
    monkeypatch.setattr(_lattices, "_CACHE_SITES", 1 << 14)
    lattice = Generated(1000, n_samples=2)
    model.set_params(n_blocks=None, stride=None)
    largest = 0
    original = Generated.__getitem__

    def noting(self, key):
        nonlocal largest
        part = original(self, key)
        largest = max(largest, part.size)
        return part

    monkeypatch.setattr(Generated, "__getitem__", noting)
    maps = model.predict_blocks(lattice)
    assert maps.shape == (2, 125, 125)
    assert largest <= 1 << 14
    assert lattice.n_read == lattice.shape[0] * 1000 * 1000
    whole = model.predict_blocks(original(lattice, (slice(None),) * 3))
    np.testing.assert_array_equal(maps, whole)


@pytest.mark.parametrize("how", [{"n_blocks": 7}, {}])
def test_wrong_spins_in_stores_are_named_by_their_place(store, how, model, tmp_path):
    bad = X.copy()
    bad[3, :, :] = 0
    (tmp_path / "bad").mkdir()
    model.set_params(**{"stride": None, "n_blocks": None, **how})
    with pytest.raises(ValueError, match=r"X.* must hold spins, each \+1 or -1; got 0"):
        model.predict(zarr_array(bad, tmp_path / "bad"))


def test_wrong_spins_are_found_in_training(tmp_path):
    bad = X.copy()
    bad[41, 3, 2] = 0
    with pytest.raises(ValueError, match=r"got 0 at index \(41, 3, 2\)"):
        BlockAveragingRegressor(**SMALL).fit(zarr_array(bad, tmp_path), ENERGY)


def test_stores_without_lattices_are_refused(tmp_path):
    flat = zarr.create_array(tmp_path / "flat", data=X[0])
    with pytest.raises(ValueError, match="must have 3 dimensions"):
        BlockAveragingRegressor(**SMALL).fit(flat, ENERGY)
    with pytest.raises(ValueError, match="smaller than block_size=32"):
        BlockAveragingClassifier(32).fit(zarr_array(X, tmp_path), ISING.target)
    with pytest.raises(ValueError, match="y must hold one value for each lattice"):
        BlockAveragingRegressor(**SMALL).fit(zarr_array(X, tmp_path / "a"), ENERGY[:-1])
