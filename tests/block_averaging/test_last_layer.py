"""The solved last layer minimises the loss that it is trained with."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from skising import BlockAveragingRegressor, PairCorrelationDescriptor, extract_blocks, make_ising
from skising.networks import OrbitNetwork

ISING = make_ising(600, 32, np.linspace(1.6, 3.2, 20), random_state=0)
X, ENERGY = ISING.data, ISING.energy
TEST = make_ising(400, 32, np.linspace(1.6, 3.2, 20), random_state=1)
FAST = {"block_size": 8, "max_epochs": 3, "random_state": 0}


def block_averages(X, descriptor):
    blocks = extract_blocks(X, 8)
    features = descriptor.fit_transform(blocks.reshape(-1, 8, 8))
    return features.reshape(*blocks.shape[:2], -1).mean(axis=1, dtype=np.float64)


def rmse(y, exact):
    return np.sqrt(np.mean((y - exact) ** 2))


def test_without_hidden_layers_it_is_linear_regression():
    model = BlockAveragingRegressor(**FAST, descriptor="pair", net_params={"module__hidden": ()})
    features = block_averages(X, PairCorrelationDescriptor())
    exact = LinearRegression().fit(features, ENERGY)
    expected = exact.predict(block_averages(TEST.data, PairCorrelationDescriptor()))
    np.testing.assert_allclose(model.fit(X, ENERGY).predict(TEST.data), expected, atol=2e-3)


def test_energy_is_as_accurate_as_the_bonds_inside_blocks_allow():
    model = BlockAveragingRegressor(**{**FAST, "max_epochs": 10}, descriptor="pair")
    inside = -2 * block_averages(TEST.data, PairCorrelationDescriptor(1))[:, 0]
    limit = rmse(inside, TEST.energy)
    assert rmse(model.fit(X, ENERGY).predict(TEST.data), TEST.energy) < 1.2 * limit


def test_the_solution_has_a_smaller_loss_than_the_last_epoch():
    model = BlockAveragingRegressor(**FAST).fit(X, ENERGY)
    last = model.history_[-1]["train_loss"]
    assert np.mean((model.predict(X) - ENERGY) ** 2) / model.y_scale_[0] ** 2 < last
    orbits = BlockAveragingRegressor(**FAST, net_params={"module": OrbitNetwork}).fit(X, ENERGY)
    last = orbits.history_[-1]["train_loss"]
    assert np.mean((orbits.predict(X) - ENERGY) ** 2) / orbits.y_scale_[0] ** 2 < last


@pytest.mark.parametrize("n_samples", [2, 3, 5])
def test_few_lattices_give_finite_predictions(n_samples):
    model = BlockAveragingRegressor(**FAST).fit(X[:n_samples], ENERGY[:n_samples])
    assert np.isfinite(model.predict(TEST.data)).all()


def test_several_properties_are_solved_for():
    y = np.column_stack([ENERGY, np.abs(ISING.magnetization)])
    model = BlockAveragingRegressor(**FAST, descriptor="pair").fit(X, y)
    test = np.column_stack([TEST.energy, np.abs(TEST.magnetization)])
    error = np.sqrt(np.mean((model.predict(TEST.data) - test) ** 2, axis=0))
    assert (error < 0.3 * test.std(axis=0)).all()
