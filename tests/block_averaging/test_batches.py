"""The batches of a training: what is read, copied and sent for each."""

import pickle
import threading

import numpy as np
import pytest
from estimator_data import ENERGY, FAST, X
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skising import BlockAveragingRegressor
from skising.block_averaging import _prediction, _sharing_net
from skising.block_averaging._dataset import BatchFeatures, LatticeDataset
from skising.blocks._open import open_lattices

QUICK = {**FAST, "max_epochs": 2}


def flat(blocks):
    return blocks.reshape(len(blocks), -1)


DESCRIPTORS = {
    "of this package": "d4",
    "of another": make_pipeline(FunctionTransformer(flat), PCA(5)),
}


@pytest.mark.slow
@pytest.mark.parametrize("descriptor", DESCRIPTORS.values(), ids=DESCRIPTORS)
def test_training_with_processes_that_load_batches_is_that_without(descriptor):
    model = BlockAveragingRegressor(**QUICK, descriptor=descriptor)
    expected = model.fit(X, ENERGY).predict(X)
    model.set_params(net_params={"iterator_train__num_workers": 2})
    np.testing.assert_array_equal(model.fit(X, ENERGY).predict(X), expected)


@pytest.mark.parametrize("random_shift", [False, True])
def test_a_process_that_loads_a_batch_sends_its_features_alone(random_shift):
    model = BlockAveragingRegressor(**QUICK).fit(X, ENERGY)
    lattices = open_lattices(X, model.block_size)
    lattices.check_spins_in_memory()
    target = np.zeros((len(X), 1), np.float32)
    data = LatticeDataset(lattices, target, model.descriptor_, np.arange(len(X)), random_shift)
    features, _ = data.__getitems__(np.arange(8))
    size = features[:, :].numpy().nbytes
    features.compute()
    assert len(pickle.dumps(features)) < size + 1000


def share_nothing(monkeypatch):
    for module in (_sharing_net, _prediction):
        monkeypatch.setattr(module, "can_share", lambda net: False)


def seem_on_another_device(monkeypatch):
    """Let the CPU pass for another device, whose network threads cannot share."""
    for module in (_sharing_net, _prediction):
        monkeypatch.setattr(module, "is_on_cpu", lambda net: False)
    share_nothing(monkeypatch)


@pytest.fixture
def computing_threads(monkeypatch):
    """Record the threads that compute the features of whole batches."""
    threads, compute = set(), BatchFeatures.compute

    def record(self):
        threads.add(threading.current_thread())
        compute(self)

    monkeypatch.setattr(BatchFeatures, "compute", record)
    return threads


@pytest.mark.parametrize("descriptor", DESCRIPTORS.values(), ids=DESCRIPTORS)
def test_threads_compute_features_ahead_for_another_device(
    descriptor, monkeypatch, computing_threads
):
    model = BlockAveragingRegressor(**QUICK, descriptor=descriptor, random_shift=True, n_jobs=3)
    with monkeypatch.context() as patch:
        share_nothing(patch)
        expected = model.fit(X, ENERGY).predict(X, return_std=True)
    computing_threads.clear()
    with monkeypatch.context() as patch:
        seem_on_another_device(patch)
        found = model.fit(X, ENERGY).predict(X, return_std=True)
    np.testing.assert_array_equal(found, expected)
    assert computing_threads - {threading.current_thread()}


def test_an_error_in_a_thread_that_computes_ahead_reaches_the_caller(monkeypatch):
    seem_on_another_device(monkeypatch)
    monkeypatch.setattr(BatchFeatures, "compute", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        BlockAveragingRegressor(**QUICK, n_jobs=2).fit(X, ENERGY)
