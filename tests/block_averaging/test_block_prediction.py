"""Predictions are averages over blocks, with the spread of Eq. 4 and exact symmetry."""

import copy
import pickle

import numpy as np
import pytest
import torch
from estimator_data import FAST, LARGE, PHASE, X
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from tqdm import tqdm

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    extract_blocks,
    make_ising,
    sample_blocks,
)
from skising.block_averaging import _prediction


def block_outputs(model, blocks):
    """Run the network on every block by itself, in float64, to be averaged by hand."""
    features = torch.from_numpy(model.descriptor_.transform(blocks))
    with torch.inference_mode():
        return model.net_.module_(features)[:, 0].double().numpy()


def test_prediction_is_the_average_over_the_partition_and_its_spread(regressor):
    mean, std = regressor.predict(LARGE.data, return_std=True)
    for k, lattice in enumerate(extract_blocks(LARGE.data, 8)):
        outputs = block_outputs(regressor, lattice) * regressor.y_scale_ + regressor.y_mean_
        np.testing.assert_allclose(mean[k], outputs.mean(), rtol=1e-6)
        np.testing.assert_allclose(std[k], np.sqrt(np.mean((outputs - outputs.mean()) ** 2)), 1e-5)


def test_probability_is_the_average_of_the_blocks_probabilities(classifier):
    logits = np.array([block_outputs(classifier, b) for b in extract_blocks(LARGE.data, 8)])
    expected = (1 / (1 + np.exp(-logits))).mean(axis=1)
    np.testing.assert_allclose(classifier.predict_proba(LARGE.data)[:, 1], expected, rtol=1e-5)
    pooled = clone(classifier).set_params(pooling="logit", max_epochs=2).fit(X, PHASE)
    logits = np.array([block_outputs(pooled, b) for b in extract_blocks(LARGE.data, 8)])
    expected = 1 / (1 + np.exp(-logits.mean(axis=1)))
    np.testing.assert_allclose(pooled.predict_proba(LARGE.data)[:, 1], expected, rtol=1e-4)


@pytest.mark.parametrize("pooling", ["probability", "logit"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_log_probabilities_are_logarithms_of_the_averages(pooling, n_classes):
    y = PHASE if n_classes == 2 else np.arange(len(X)) // 80
    model = BlockAveragingClassifier(**{**FAST, "max_epochs": 2}, pooling=pooling).fit(X, y)
    probabilities = model.predict_proba(LARGE.data)
    logarithms = model.predict_log_proba(LARGE.data)
    assert logarithms.dtype == np.float64
    np.testing.assert_allclose(np.exp(logarithms), probabilities, rtol=1e-12)
    images = np.array([LARGE.data[3], -np.rot90(LARGE.data[3]), LARGE.data[3].T])
    assert np.ptp(model.predict_log_proba(images), axis=0).max() == 0


@pytest.mark.parametrize("pooling", ["probability", "logit"])
def test_log_probabilities_are_finite_where_probabilities_underflow(pooling, classifier):
    model = pickle.loads(pickle.dumps(classifier)).set_params(pooling=pooling)
    with torch.no_grad():
        for parameter in model.net_.module_.output_layer.parameters():
            parameter *= 1e4
    ordered = np.ones((1, 16, 16), np.int8)
    logit = block_outputs(model, ordered[:, :8, :8])[0]
    assert logit < -1000
    assert model.predict_proba(ordered).tolist() == [[1, 0]]
    np.testing.assert_allclose(model.predict_log_proba(ordered), [[0, logit]], rtol=1e-6)


def test_maps_hold_the_partition_row_by_row(regressor, classifier):
    rectangular = LARGE.data[:, :50, :]
    energy_map = regressor.predict_blocks(rectangular)
    # Blocks begin at the rows 0, 2, 8, 10, ..., 40, 42.
    assert energy_map.shape == (12, 12, 12)
    np.testing.assert_allclose(energy_map.mean(axis=(1, 2)), regressor.predict(rectangular), 1e-12)
    corner = rectangular[:, 8:16, 24:32]
    np.testing.assert_array_equal(energy_map[:, 2, 3], regressor.predict(corner))
    last = rectangular[:, 42:, 88:]
    np.testing.assert_array_equal(energy_map[:, -1, -1], regressor.predict(last))
    phase_map = classifier.predict_blocks(rectangular)
    assert phase_map.shape == (12, 12, 12)
    np.testing.assert_array_equal(phase_map[:, 2, 3], classifier.predict_proba(corner)[:, 1])


def test_n_blocks_changes_without_refitting(regressor):
    model = pickle.loads(pickle.dumps(regressor)).set_params(n_blocks=20)
    mean, std = model.predict(LARGE.data, return_std=True)
    full = regressor.predict(LARGE.data)
    assert (mean != full).all()
    assert std.shape == full.shape
    np.testing.assert_array_equal(mean, model.predict(LARGE.data))
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    blocks = sample_blocks(LARGE.data[:1], 8, 20, random_state=seed)[0]
    outputs = block_outputs(model, blocks) * model.y_scale_ + model.y_mean_
    np.testing.assert_allclose(mean[0], outputs.mean(), rtol=1e-6)


def test_random_blocks_scatter_about_the_partition_like_independent_blocks(regressor):
    full, spread = regressor.predict(LARGE.data, return_std=True)
    model = pickle.loads(pickle.dumps(regressor)).set_params(n_blocks=20)
    predictions = [model.set_params(random_state=k).predict(LARGE.data) for k in range(60)]
    z = (np.array(predictions) - full) / (spread / np.sqrt(20))
    # The 60 values of one lattice have the error of its partition in common.
    assert 0.85 < z.std() < 1.2
    assert abs(z.mean()) < 0.3


@pytest.mark.parametrize("n_blocks", [None, 7])
def test_prediction_does_not_depend_on_the_other_lattices(regressor, n_blocks):
    model = pickle.loads(pickle.dumps(regressor)).set_params(n_blocks=n_blocks)
    together = model.predict(LARGE.data)
    one_by_one = [model.predict(lattice[np.newaxis])[0] for lattice in LARGE.data]
    np.testing.assert_array_equal(together, one_by_one)


@pytest.mark.parametrize(
    ("size", "stride"), [(96, None), (95, None), (44, None), (9, None), (96, 5), (61, 3)]
)
def test_images_of_a_lattice_have_the_same_prediction(regressor, classifier, size, stride):
    regressor, classifier = (
        pickle.loads(pickle.dumps(model)).set_params(stride=stride)
        for model in (regressor, classifier)
    )
    lattice = LARGE.data[7, :size, :size]
    turned = [np.rot90(lattice, k) for k in range(4)]
    images = np.array([s * image for t in turned for image in (t, t[::-1]) for s in (1, -1)])
    assert len(np.unique(images, axis=0)) == 16
    y, sigma = regressor.predict(images, return_std=True)
    assert np.ptp(y) == np.ptp(sigma) == 0
    assert np.ptp(classifier.predict_proba(images), axis=0).max() == 0
    block = images[:, :8, :8]
    operations = np.copy, np.rot90, np.flipud, np.transpose, np.negative
    single_blocks = np.array([operation(block[0]) for operation in operations])
    assert np.ptp(regressor.predict(single_blocks)) == 0


def test_a_lattice_whose_size_is_no_multiple_of_the_block_size_is_used_to_its_edges():
    """Sites that no block holds made this error 0.089: they were 72 % of the lattice."""
    temperatures = np.linspace(1.5, 3.5, 11)
    train, test = (make_ising(330, 30, temperatures, random_state=seed) for seed in (0, 1))
    model = BlockAveragingRegressor(16, descriptor="pair", max_epochs=12, random_state=0)
    deviations = model.fit(train.data, train.energy).predict(test.data) - test.energy
    assert np.sqrt(np.mean(deviations**2)) < 0.03


@pytest.mark.parametrize(
    ("Estimator", "method"),
    [
        (BlockAveragingRegressor, "predict"),
        (BlockAveragingRegressor, "predict_blocks"),
        (BlockAveragingClassifier, "predict"),
        (BlockAveragingClassifier, "predict_proba"),
        (BlockAveragingClassifier, "predict_log_proba"),
        (BlockAveragingClassifier, "predict_blocks"),
    ],
)
def test_prediction_before_fit_is_refused(Estimator, method):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(Estimator(), method)(X)


def test_block_size_cannot_change_after_fit(regressor):
    model = pickle.loads(pickle.dumps(regressor)).set_params(block_size=4)
    with pytest.raises(ValueError, match=r"block_size was 8 in fit.*got block_size=4 since"):
        model.predict(X)


@pytest.mark.parametrize("parameters", [{}, {"n_blocks": 40}, {"stride": 3}])
def test_progress_bar_counts_sites(parameters, regressor, capsys, monkeypatch):
    model = copy.deepcopy(regressor).set_params(**parameters)
    expected = model.predict(X)
    model.set_params(verbose=1)
    monkeypatch.setattr(_prediction, "_SECONDS_WITHOUT_BAR", 60)
    np.testing.assert_array_equal(model.predict(X), expected)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(_prediction, "_SECONDS_WITHOUT_BAR", 0)
    np.testing.assert_array_equal(model.predict(X), expected)
    shown = capsys.readouterr().err
    n_blocks = model.set_params(verbose=0).predict_blocks(X)[0].size
    if "n_blocks" in parameters:
        n_blocks = parameters["n_blocks"]
    n_sites = tqdm.format_sizeof(8**2 * len(X) * n_blocks)
    assert "predict: 100%" in shown
    assert f"{n_sites}/{n_sites} [" in shown
    assert "site/s" in shown
