"""The batches of a training: what is read, copied and sent for each."""

import pickle

import numpy as np
import pytest
from estimator_data import ENERGY, FAST, X

from skising import BlockAveragingRegressor
from skising.block_averaging._dataset import LatticeDataset
from skising.blocks._open import open_lattices


def test_training_with_processes_that_load_batches_is_that_without():
    alone = BlockAveragingRegressor(**FAST).fit(X, ENERGY)
    params = {"iterator_train__num_workers": 2}
    loaded = BlockAveragingRegressor(**FAST | {"net_params": params}).fit(X, ENERGY)
    np.testing.assert_array_equal(loaded.predict(X), alone.predict(X))


@pytest.mark.parametrize("random_shift", [False, True])
def test_a_process_that_loads_a_batch_sends_its_features_alone(random_shift):
    model = BlockAveragingRegressor(**FAST).fit(X, ENERGY)
    lattices = open_lattices(X, model.block_size)
    lattices.check_spins_in_memory()
    target = np.zeros((len(X), 1), np.float32)
    data = LatticeDataset(lattices, target, model.descriptor_, np.arange(len(X)), random_shift)
    features, _ = data.__getitems__(np.arange(8))
    size = features[:, :].numpy().nbytes
    features.compute()
    assert len(pickle.dumps(features)) < size + 1000
