"""Searches and predictions on stores and files, by the processes of a dask.distributed cluster."""

import pickle

import cloudpickle
import dask.array
import joblib
import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from data_sets import PARAMETERS
from sklearn.model_selection import GridSearchCV

from skising import BlockAveragingClassifier, BlockAveragingRegressor, make_ising

pytestmark = pytest.mark.usefixtures("small_chunks")
MODEL = BlockAveragingRegressor(4, descriptor="pair", max_epochs=1, random_state=0)


@pytest.fixture(scope="module")
def client():
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        yield client


@pytest.fixture
def ising(tmp_path):
    return make_ising(**PARAMETERS, out=tmp_path / "X.zarr")


class LatticesInFile:
    """What the guide recommends instead of a memory map."""

    ndim = 3

    def __init__(self, path):
        X = np.load(path, mmap_mode="r")
        self.path, self.shape, self.dtype = path, X.shape, X.dtype

    def __getitem__(self, key):
        return np.load(self.path, mmap_mode="r")[key]


def search(X, y):
    return GridSearchCV(MODEL, {"block_size": [4, 6]}, cv=2, refit=False).fit(X, y)


@pytest.mark.slow
def test_a_search_sends_the_path_of_a_zarr_store(ising, client, monkeypatch):
    assert len(pickle.dumps(ising.data)) < 2000 < ising.data.nbytes
    assert_a_search_scatters_no_lattices(ising.data, ising, client, monkeypatch)


@pytest.mark.slow
def test_a_search_sends_the_path_of_an_npy_file(tmp_path, client, monkeypatch):
    ising = make_ising(**PARAMETERS, out=tmp_path / "X.npy")
    lattices = LatticesInFile(tmp_path / "X.npy")
    assert len(pickle.dumps(ising.data)) > ising.data.nbytes
    assert len(cloudpickle.dumps(lattices)) < 2000 < ising.data.nbytes
    assert_a_search_scatters_no_lattices(lattices, ising, client, monkeypatch)


def assert_a_search_scatters_no_lattices(lattices, ising, client, monkeypatch):
    def refuse(*arguments, **parameters):
        raise AssertionError("large arguments are sent by scatter")

    expected = search(ising.data[:], ising.energy).cv_results_
    monkeypatch.setattr(client, "scatter", refuse)
    with joblib.parallel_config(backend="dask"):
        found = search(lattices, ising.energy).cv_results_
    np.testing.assert_array_equal(found["mean_test_score"], expected["mean_test_score"])


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("Estimator", [BlockAveragingRegressor, BlockAveragingClassifier])
@pytest.mark.slow
def test_map_blocks_predicts_where_the_chunks_are_read(Estimator, ising, tmp_path):
    y = ising.energy if Estimator is BlockAveragingRegressor else ising.temperature > 2
    model = Estimator(4, descriptor="pair", max_epochs=2, random_state=0).fit(ising.data, y)
    lattices = dask.array.from_zarr(str(tmp_path / "X.zarr"), component="data")
    assert lattices.numblocks == (12, 1, 1)
    predictions = lattices.map_blocks(model.predict, dtype=y.dtype, drop_axis=(1, 2))
    # Chunks have fewer lattices than the batches of `predict`, which torch sums in another order.
    np.testing.assert_allclose(predictions.compute(), model.predict(ising.data), rtol=1e-5)


@pytest.mark.usefixtures("client")
@pytest.mark.slow
def test_map_blocks_reads_an_npy_file_where_it_predicts(tmp_path):
    ising = make_ising(**PARAMETERS, out=tmp_path / "X.npy")
    model = MODEL.set_params(max_epochs=2).fit(ising.data, ising.energy)
    file = LatticesInFile(tmp_path / "X.npy")
    lattices = dask.array.from_array(file, chunks=(3, -1, -1))
    assert len(cloudpickle.dumps(lattices)) < 4000 < ising.data.nbytes
    predictions = lattices.map_blocks(model.predict, dtype=float, drop_axis=(1, 2))
    np.testing.assert_allclose(predictions.compute(), model.predict(ising.data), rtol=1e-5)
