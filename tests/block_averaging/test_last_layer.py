"""The solved last layer minimises the loss that it is trained with."""

import copy
import pickle

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


# Further training

TEMPERATURES = [1.6, 2.0, 2.5, 3.2]
FOUR = make_ising(160, 32, TEMPERATURES, random_state=0)
AGAIN = make_ising(160, 32, TEMPERATURES, random_state=2)


@pytest.fixture(scope="module", params=["pair", "d4"])
def fitted(request):
    model = BlockAveragingRegressor(
        8, descriptor=request.param, max_epochs=10, random_state=0, warm_start=True
    )
    return model.fit(FOUR.data, FOUR.energy)


@pytest.fixture(scope="module")
def scores_before(fitted):
    return [fitted.score(each.data, each.energy) for each in (FOUR, TEST)]


def continuations():
    yield pytest.param(slice(None), FOUR, id="the same lattices")
    yield pytest.param(slice(None), AGAIN, id="others of the ensemble")
    for temperature in (1.6, 2.5):
        rows = np.flatnonzero(AGAIN.temperature == temperature)
        marks = pytest.mark.slow if temperature == 1.6 else []
        yield pytest.param(rows, AGAIN, id=f"one temperature, {temperature}", marks=marks)
        yield pytest.param(rows[:1], AGAIN, id=f"one lattice, {temperature}", marks=marks)


@pytest.mark.parametrize(("rows", "data"), list(continuations()))
@pytest.mark.parametrize("n_calls", [1, 5])
def test_partial_fit_after_fit_keeps_what_was_learned(fitted, scores_before, rows, data, n_calls):
    model = pickle.loads(pickle.dumps(fitted))
    for _ in range(n_calls):
        model.partial_fit(data.data[rows], data.energy[rows])
    after = [model.score(each.data, each.energy) for each in (FOUR, TEST)]
    assert scores_before[0] > 0.99
    # Adam's steps on the solved weights gave -100. Other lattices of the ensemble cost as much of
    # the fit to the first as they gain elsewhere.
    assert (np.subtract(scores_before, after) < 0.005).all()
    if data is FOUR:
        np.testing.assert_allclose(after, scores_before, atol=1e-5)
    assert len(model.history_) == 10 + n_calls


def test_partial_fit_after_fit_solves_for_all_lattices(fitted):
    """The moments of the parts give the solution for the whole."""
    whole, parts = copy.deepcopy(fitted), copy.deepcopy(fitted)
    whole.partial_fit(AGAIN.data, AGAIN.energy)
    for start in range(0, 160, 23):
        rows = slice(start, start + 23)
        parts.partial_fit(AGAIN.data[rows], AGAIN.energy[rows])
    np.testing.assert_allclose(parts.predict(TEST.data), whole.predict(TEST.data), atol=1e-4)
    both = np.concatenate([FOUR.data, AGAIN.data]), np.concatenate([FOUR.energy, AGAIN.energy])
    assert whole.score(*both) > fitted.score(*both)


def test_partial_fit_adds_lattices_to_linear_regression():
    model = BlockAveragingRegressor(**FAST, descriptor="pair", net_params={"module__hidden": ()})
    model.fit(X[::2], ENERGY[::2]).partial_fit(X[1::2], ENERGY[1::2])
    exact = LinearRegression().fit(block_averages(X, PairCorrelationDescriptor()), ENERGY)
    expected = exact.predict(block_averages(TEST.data, PairCorrelationDescriptor()))
    np.testing.assert_allclose(model.predict(TEST.data), expected, atol=2e-3)


@pytest.mark.parametrize("max_epochs", [1, 3])
def test_a_short_warm_start_keeps_what_was_learned(fitted, max_epochs):
    model = pickle.loads(pickle.dumps(fitted)).set_params(max_epochs=max_epochs)
    before = fitted.score(FOUR.data, FOUR.energy)
    model.fit(FOUR.data, FOUR.energy)
    assert model.score(FOUR.data, FOUR.energy) > before - 0.002
    # Training begins with the weights before the solution, whose loss is moderate.
    assert model.history_[10]["train_loss"] < 0.1


def test_further_training_after_the_solution_is_left(fitted):
    """With single blocks in the loss, all layers are trained, from the weights before it."""
    model = pickle.loads(pickle.dumps(fitted)).set_params(objective="block")
    model.partial_fit(FOUR.data, FOUR.energy)
    # A constant prediction has the loss 1; from the solved weights the loss was above 100.
    assert model.history_[-1]["train_loss"] < 1
    assert model.score(FOUR.data, FOUR.energy) > 0.8


def test_a_model_without_a_record_of_its_solution_is_refused(fitted):
    model = pickle.loads(pickle.dumps(fitted))
    del model._last_layer_solution  # as in a model that an earlier version has pickled
    with pytest.raises(ValueError, match=r"model from an earlier version .* fit, with warm_start"):
        model.partial_fit(FOUR.data, FOUR.energy)
    assert model.fit(FOUR.data, FOUR.energy).score(FOUR.data, FOUR.energy) > 0.99
    model.partial_fit(FOUR.data, FOUR.energy)
