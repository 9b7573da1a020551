"""Few features that hold a property are found among many others, before the training."""

import pickle

import numpy as np
import pytest
from sklearn.pipeline import FeatureUnion

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    PairCorrelationDescriptor,
    load,
    make_ising,
    save,
)
from skising.block_averaging import _linear_path

ISING = make_ising(160, 32, np.linspace(1.6, 3.2, 20), random_state=0)
X, ENERGY = ISING.data, ISING.energy
TEST = make_ising(200, 32, np.linspace(1.6, 3.2, 20), random_state=1)
FAST = {"block_size": 8, "max_epochs": 3, "random_state": 0}
WITHOUT = {"module__linear_path": False}


def union():
    return FeatureUnion([("d4", D4Descriptor()), ("pair", PairCorrelationDescriptor())])


def path_of(model):
    return model.net_.module_.linear_path.weight.cpu().numpy()


def rmse(model):
    return np.sqrt(np.mean((model.predict(TEST.data) - TEST.energy) ** 2))


@pytest.fixture(scope="module")
def pair_model():
    return BlockAveragingRegressor(**FAST, descriptor="pair").fit(X, ENERGY)


def test_more_features_do_not_hurt(pair_model):
    both = BlockAveragingRegressor(**FAST, descriptor=union()).fit(X, ENERGY)
    without = BlockAveragingRegressor(**FAST, descriptor=union(), net_params=WITHOUT)
    assert rmse(both) < 1.2 * rmse(pair_model)
    assert rmse(without.fit(X, ENERGY)) > 2 * rmse(pair_model)


def test_the_path_takes_few_features_and_is_not_trained():
    models = [
        BlockAveragingRegressor(**{**FAST, "max_epochs": n}, descriptor=union()).fit(X, ENERGY)
        for n in (1, 2)
    ]
    first, second = map(path_of, models)
    assert 1 <= np.count_nonzero(first) <= 16
    np.testing.assert_array_equal(first, second)


def test_a_property_that_many_features_hold_together_is_left_to_the_layers():
    model = BlockAveragingRegressor(**FAST).fit(X, ENERGY)
    without = BlockAveragingRegressor(**FAST, net_params=WITHOUT).fit(X, ENERGY)
    assert not path_of(model).any()
    np.testing.assert_array_equal(model.predict(TEST.data), without.predict(TEST.data))


def test_each_property_has_its_own_path():
    y = np.column_stack([ENERGY, np.random.default_rng(0).normal(size=len(X))])
    model = BlockAveragingRegressor(**FAST, descriptor="pair").fit(X, y)
    assert path_of(model).any(axis=1).tolist() == [True, False]


@pytest.mark.parametrize("n_samples", [1, 2, 3, 4])
def test_few_lattices_and_constant_values(n_samples):
    constant = np.ones((n_samples, 16, 16))
    y = ENERGY[:n_samples]
    for lattices, values in [(constant, y), (X[:n_samples], np.ones(n_samples))]:
        model = BlockAveragingRegressor(**FAST, descriptor="pair").fit(lattices, values)
        assert not path_of(model).any()
        assert np.isfinite(model.predict(TEST.data)).all()


def test_the_regression_finds_the_features_that_determine_the_target():
    rng = np.random.default_rng(0)
    averages = rng.normal(size=(100, 400)) + rng.normal(size=(100, 1))
    averages[:, 7] = 5
    target = 1 + 2 * averages[:, [3]] + 0.02 * rng.normal(size=(100, 1))
    weight, bias = _linear_path._regression(averages, target)
    assert weight[0, 3] == pytest.approx(2, abs=0.05)
    np.testing.assert_allclose(averages @ weight.T + bias, target, atol=0.1)
    exact, bias = _linear_path._regression(averages, averages[:, [3]])
    np.testing.assert_allclose(averages @ exact.T + bias, averages[:, [3]], atol=1e-4)


def test_only_a_bounded_table_of_features_is_kept(monkeypatch):
    monkeypatch.setattr(_linear_path, "_MAX_NUMBERS", 40 * 9)
    read = []
    regression = _linear_path._regression
    monkeypatch.setattr(
        _linear_path, "_regression", lambda *data: read.append(data) or regression(*data)
    )
    model = BlockAveragingRegressor(**FAST, descriptor="pair").fit(X, ENERGY)
    ((averages, target),) = read
    assert averages.shape == (40, 9)
    # The lattices are spread over all temperatures.
    values = target[:, 0] * model.y_scale_ + model.y_mean_
    assert np.abs(np.quantile(values, [0, 1]) - np.quantile(ENERGY, [0, 1])).max() < 0.1


def test_images_have_equal_predictions_to_the_last_bit(pair_model):
    expected = pair_model.predict(TEST.data)
    assert path_of(pair_model).any()
    for image in (-TEST.data, np.rot90(TEST.data, axes=(1, 2)), TEST.data.swapaxes(1, 2)):
        np.testing.assert_array_equal(pair_model.predict(image), expected)


def test_saved_and_pickled_models_have_the_path(pair_model, tmp_path):
    save(pair_model, tmp_path / "model.safetensors")
    for same in (load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(pair_model))):
        np.testing.assert_array_equal(same.predict(TEST.data), pair_model.predict(TEST.data))
        same.partial_fit(TEST.data, TEST.energy)
        np.testing.assert_array_equal(path_of(same), path_of(pair_model))
        assert rmse(same) < 1.05 * rmse(pair_model)


def test_a_model_without_the_path_can_be_saved(tmp_path):
    model = BlockAveragingRegressor(**FAST, descriptor="pair", net_params=WITHOUT).fit(X, ENERGY)
    assert model.net_.module_.linear_path is None
    save(model, tmp_path / "model.safetensors")
    same = load(tmp_path / "model.safetensors")
    assert same.net_params == WITHOUT
    np.testing.assert_array_equal(same.predict(TEST.data), model.predict(TEST.data))


def test_a_warm_start_keeps_the_path(pair_model):
    model = pickle.loads(pickle.dumps(pair_model)).set_params(warm_start=True)
    model.fit(TEST.data, TEST.energy)
    np.testing.assert_array_equal(path_of(model), path_of(pair_model))


def test_other_trainings_have_no_path():
    by_parts = BlockAveragingRegressor(**FAST, descriptor="pair").partial_fit(X, ENERGY)
    of_blocks = BlockAveragingRegressor(**FAST, descriptor="pair", objective="block")
    for model in (by_parts, of_blocks.fit(X, ENERGY)):
        assert not path_of(model).any()
    classifier = BlockAveragingClassifier(**FAST).fit(X, ISING.temperature > 2.27)
    assert classifier.net_.module_.linear_path is None


def test_shifts_of_the_training_leave_the_path_as_it_is(pair_model):
    shifted = BlockAveragingRegressor(**FAST, descriptor="pair", random_shift=True).fit(X, ENERGY)
    np.testing.assert_array_equal(path_of(shifted), path_of(pair_model))
