"""The data sets of `make_ising`, and the stores that the guide names, in scikit-learn's splits."""

import pickle

import dask.array
import numpy as np
import pytest
from data_sets import PARAMETERS
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    cross_val_score,
    train_test_split,
)
from stores import h5py_dataset, zarr_array

from skising import BlockAveragingRegressor, make_ising
from skising.observables import energy_density

ISING = make_ising(**PARAMETERS)
X, Y = ISING.data, ISING.energy
MODEL = BlockAveragingRegressor(4, descriptor="pair", max_epochs=1, random_state=0)
MASK = np.arange(len(X)) % 3 == 0

STORES = {
    "make_ising, .zarr": lambda folder: make_ising(**PARAMETERS, out=folder / "A.zarr").data,
    "make_ising, .npy": lambda folder: make_ising(**PARAMETERS, out=folder / "A.npy").data,
    "dask of zarr": lambda folder: dask.array.from_array(zarr_array(X, folder)),
    "dask of h5py": lambda folder: dask.array.from_array(
        h5py_dataset(X, folder), chunks=(1, -1, -1)
    ),
}
PICKLED = ["make_ising, .zarr", "dask of zarr"]


@pytest.fixture(scope="module", params=STORES)
def store(request, tmp_path_factory):
    return STORES[request.param](tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def in_chunks(tmp_path_factory):
    """Return the lattices of data sets on disk, those of the .zarr store in small chunks."""
    folder = tmp_path_factory.mktemp("chunks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skising.montecarlo._zarr_store._SITES_PER_CHUNK", 3 * 12 * 12)
        return [make_ising(**PARAMETERS, out=folder / f"X{s}").data for s in (".zarr", ".npy")]


INDICES = {
    "list": [2, 0],
    "negative": [-1, 3, -35],
    "repeated": [4, 4, 1],
    "array": np.array([7, 2]),
    "empty": [],
    "range": range(3, 9, 2),
    "two dimensions": np.array([[0, 1], [30, 34]]),
    "mask": MASK,
    "list of bools": MASK.tolist(),
    "with an ellipsis": ([5, 1], ...),
    "mask with an ellipsis": (MASK, ...),
    "with slices": ([5, 1], slice(2, 4), slice(None)),
    "with a site": ([5, 1], 3, slice(2, 4)),
    "number": -2,
    "numpy integer": np.int64(3),
    "slice": slice(-5, None),
    "step": slice(1, 30, 4),
    "backward": slice(None, None, -1),
    "all": ...,
    "slices": (slice(3), slice(2, 5), slice(1, 9)),
}


@pytest.mark.parametrize("key", INDICES.values(), ids=INDICES)
def test_every_index_selects_what_it_selects_of_an_array(key, in_chunks):
    for data in in_chunks:
        selected = np.asarray(data[key])
        np.testing.assert_array_equal(selected, X[key], strict=True)


@pytest.mark.parametrize("key", [[35], [-36], MASK[:-1], 35])
def test_an_index_out_of_range_is_an_error(key, in_chunks):
    with pytest.raises(IndexError, match="35"):
        in_chunks[0][key]


@pytest.mark.parametrize("key", [([2, 0], [1, 2]), (MASK, [1, 2])])
def test_indices_along_two_axes_are_refused(key, in_chunks):
    with pytest.raises((IndexError, ValueError)):
        in_chunks[0][key]


def test_lists_and_masks_select_from_every_store(store):
    np.testing.assert_array_equal(np.asarray(store[MASK]), X[MASK])
    np.testing.assert_array_equal(np.asarray(store[[2, 0]]), X[[2, 0]])
    np.testing.assert_array_equal(energy_density(store[[2, 0]]), Y[[2, 0]])


def test_every_store_is_split(store):
    train, test, y_train, y_test = train_test_split(store, Y, random_state=0)
    np.testing.assert_array_equal(energy_density(train), y_train)
    np.testing.assert_array_equal(energy_density(test), y_test)


def scores_of_splits(lattices):
    return [
        cross_val_score(
            MODEL, lattices, Y, cv=cv, groups=ISING.chain if isinstance(cv, GroupKFold) else None
        )
        for cv in (3, KFold(3, shuffle=True, random_state=0), GroupKFold(3))
    ]


def search_of(lattices):
    return GridSearchCV(MODEL, {"block_size": [4, 6]}, cv=3).fit(lattices, Y)


@pytest.fixture(scope="module")
def of_the_array():
    """Return what an array gives: its scores, and the best parameters of a search."""
    return scores_of_splits(X), search_of(X).best_params_


def test_every_store_is_cross_validated(store, of_the_array):
    # What is selected of a dask array has larger chunks, which are in another order.
    np.testing.assert_allclose(scores_of_splits(store), of_the_array[0], rtol=0.1)


def test_every_store_is_searched(store, of_the_array):
    search = search_of(store)
    assert search.best_params_ == of_the_array[1]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(store).shape == Y.shape


@pytest.mark.slow
@pytest.mark.parametrize("name", PICKLED)
def test_workers_get_the_store(name, tmp_path):
    store = STORES[name](tmp_path)
    same = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(np.asarray(same[[2, 0]]), X[[2, 0]])
    scores = cross_val_score(MODEL, store, Y, cv=2, n_jobs=2)
    np.testing.assert_array_equal(scores, cross_val_score(MODEL, store, Y, cv=2))
