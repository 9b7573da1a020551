"""The estimators on lattices in memory maps and stores, and on lattices larger than any memory."""

import numpy as np
import pytest
from stores import (
    MEMORY_MAPS,
    RecordingStore,
    dask_array,
    h5py_dataset,
    memory_map,
    zarr_array,
)

from skising import BlockAveragingClassifier, BlockAveragingRegressor, _spins, make_ising
from skising._spins import check_spins
from skising._validation import as_numbers
from skising.blocks import _arrays, _lattices

ISING = make_ising(90, 24, [1.5, 2.2, 3.5], target="phase", random_state=0)
X, ENERGY = ISING.data, ISING.energy
FEW = X[::4]  # in several chunks of each store
SMALL = {"block_size": 8, "max_epochs": 3, "random_state": 0}


STORES = {
    **MEMORY_MAPS,
    "hdf5": h5py_dataset,
    "hdf5 in chunks": lambda X, folder: h5py_dataset(X, folder, (7, 24, 24)),
    "zarr": zarr_array,
    "zarr in chunks": lambda X, folder: zarr_array(X, folder, (8, 12, 12)),
    "dask": lambda X, folder: dask_array(X, folder, (20, 24, 24)),
}


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    return STORES[request.param](FEW, tmp_path)


@pytest.fixture(scope="module")
def model():
    return BlockAveragingRegressor(**SMALL).fit(X, ENERGY)


@pytest.mark.parametrize("cache", [1 << 25, 2000, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("how", [{}, {"stride": 3}, {"n_blocks": 7}])
def test_predictions_of_stores_are_those_of_arrays(store, how, cache, model, monkeypatch):
    model.set_params(**{"stride": None, "n_blocks": None, **how})
    expected = model.predict(FEW, return_std=True), model.predict_blocks(FEW)
    monkeypatch.setattr(_lattices, "_CACHE_SITES", cache)
    monkeypatch.setattr("skising.block_averaging._prediction._BLOCKS_IN_MEMORY", 50)
    np.testing.assert_array_equal(model.predict(store, return_std=True), expected[0])
    np.testing.assert_array_equal(model.predict_blocks(store), expected[1])


def test_fit_to_a_store_of_single_lattices_is_that_to_an_array(tmp_path, model):
    for store in (zarr_array(X, tmp_path), memory_map(X, tmp_path), h5py_dataset(X, tmp_path)):
        same = BlockAveragingRegressor(**SMALL).fit(store, ENERGY)
        np.testing.assert_array_equal(same.predict(X), model.set_params(n_blocks=None).predict(X))


@pytest.fixture
def sizes_of_checks(monkeypatch):
    """Record how many lattices, or lattices of blocks, each check of spins looks at."""
    sizes = []

    def record(X, *arguments, **parameters):
        sizes.append(len(X))
        return check_spins(X, *arguments, **parameters)

    monkeypatch.setattr(_arrays, "check_spins", record)
    return sizes


def test_fit_checks_an_array_as_a_whole_once_before_training(sizes_of_checks):
    BlockAveragingRegressor(**SMALL).fit(X.astype(np.float32), ENERGY)
    assert sizes_of_checks == [len(X)]


def test_fit_checks_a_memory_map_batch_by_batch(tmp_path, sizes_of_checks):
    BlockAveragingRegressor(**SMALL).fit(memory_map(X.astype(np.float32), tmp_path), ENERGY)
    assert max(sizes_of_checks) == 32


def test_fit_converts_lattices_to_an_array_once(monkeypatch):
    converted = []

    def record(values, name):
        if isinstance(values, list):
            converted.append(name)
        return as_numbers(values, name)

    monkeypatch.setattr(_spins, "as_numbers", record)
    BlockAveragingRegressor(**SMALL).fit(X.tolist(), ENERGY)
    assert converted == ["X"]


def test_a_wrong_spin_in_a_memory_map_is_named_with_its_index(tmp_path):
    wrong = X.astype(float)
    wrong[70, 2, 3] = 7
    with pytest.raises(ValueError, match=r"got 7.0 at index \(70, 2, 3\).*shape \(90, 24, 24\)"):
        BlockAveragingRegressor(**SMALL).fit(memory_map(wrong, tmp_path), ENERGY)


def test_training_reads_each_chunk_about_once_per_epoch(monkeypatch):
    # The cache holds two chunks, and a batch is not a multiple of a chunk.
    monkeypatch.setattr(_lattices, "_CACHE_SITES", 2 * 10 * 24 * 24)
    store = RecordingStore(X, (10, 24, 24))
    model = BlockAveragingRegressor(8, max_epochs=4, batch_size=7, random_state=0)
    model.fit(store, ENERGY)
    # One more chunk is read for the block that the descriptor is fitted to. A batch that reaches
    # into the next two chunks may read an earlier one again.
    assert store.n_sites_read <= X.size * 4 * 1.5 + 10 * 24 * 24
    assert (
        BlockAveragingRegressor(8, max_epochs=30, random_state=0)
        .fit(store, ENERGY)
        .score(X, ENERGY)
        > 0.95
    )


class Generated:
    """A store of a periodic pattern, which is computed where it is read."""

    dtype = np.dtype(np.int8)

    def __init__(self, size, n_samples=1):
        self.shape = (n_samples, size, size)
        self.n_read = 0

    def __getitem__(self, key):
        samples, rows, columns = (
            np.arange(size)[part] for size, part in zip(self.shape, key, strict=True)
        )
        self.n_read += len(samples) * len(rows) * len(columns)
        spins = 1 - 2 * ((rows[:, np.newaxis] // 5 + columns // 3) % 2)
        return np.broadcast_to(spins.astype(np.int8), (len(samples), *spins.shape))


def test_only_the_blocks_of_a_huge_lattice_are_read(model):
    lattice = Generated(100_000)
    model.set_params(n_blocks=200, stride=None)
    y, sigma, error = model.predict(lattice, return_std=True, return_error=True)
    assert lattice.n_read == 200 * 8 * 8
    # The pattern has a period of 30 sites, so that a part of it has the same kinds of blocks.
    part = model.predict_blocks(Generated(120)[:, :120, :120])
    assert part.min() <= y[0] <= part.max()
    assert 0 < error[0] < sigma[0]


@pytest.mark.parametrize(("size", "n_down"), [(1000, 125), (1003, 250)])
def test_the_full_partition_of_a_large_lattice_is_read_in_bands(size, n_down, model, monkeypatch):
    monkeypatch.setattr(_lattices, "_CACHE_SITES", 1 << 14)
    lattice = Generated(size, n_samples=2)
    model.set_params(n_blocks=None, stride=None)
    largest = 0
    original = Generated.__getitem__

    def record(self, key):
        nonlocal largest
        part = original(self, key)
        largest = max(largest, part.size)
        return part

    monkeypatch.setattr(Generated, "__getitem__", record)
    maps = model.predict_blocks(lattice)
    assert maps.shape == (2, n_down, n_down)
    assert largest <= 1 << 14
    # Bands share rows of sites if blocks overlap.
    assert size % 8 or lattice.n_read == lattice.shape[0] * size**2
    whole = model.predict_blocks(original(lattice, (slice(None),) * 3))
    np.testing.assert_array_equal(maps, whole)


@pytest.mark.parametrize("how", [{"n_blocks": 7}, {}])
def test_wrong_spins_are_found_in_prediction(how, model, tmp_path):
    bad = X.copy()
    bad[3, :, :] = 0
    model.set_params(**{"stride": None, "n_blocks": None, **how})
    with pytest.raises(ValueError, match=r"X.* must hold spins, each \+1 or -1; got 0"):
        model.predict(zarr_array(bad, tmp_path))


def test_wrong_spins_are_found_in_training(tmp_path):
    bad = X.copy()
    bad[41, 3, 2] = 0
    with pytest.raises(ValueError, match=r"got 0 at index \(41, 3, 2\)"):
        BlockAveragingRegressor(**SMALL).fit(zarr_array(bad, tmp_path), ENERGY)


def test_stores_without_lattices_are_refused(tmp_path):
    flat = zarr_array(X[0], tmp_path / "flat")
    with pytest.raises(ValueError, match="must have 3 dimensions"):
        BlockAveragingRegressor(**SMALL).fit(flat, ENERGY)
    with pytest.raises(ValueError, match="smaller than block_size=32"):
        BlockAveragingClassifier(32).fit(zarr_array(X, tmp_path), ISING.target)
    with pytest.raises(ValueError, match="y must hold one value for each lattice"):
        BlockAveragingRegressor(**SMALL).fit(zarr_array(X, tmp_path / "a"), ENERGY[:-1])
