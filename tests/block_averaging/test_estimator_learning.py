"""What the estimators learn, and that they learn it again in searches, threads and copies."""

import pickle
import threading

import joblib
import numpy as np
import pytest
import torch
from estimator_data import BOTH, ENERGY, FAST, ISING, LARGE, PHASE, X, target_of
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline
from skorch.callbacks import Callback, LRScheduler

from skising import BlockAveragingClassifier, BlockAveragingRegressor, IsingSampler

# Where nothing depends on how much is learned.
QUICK = {**FAST, "max_epochs": 2}


def test_regressor_predicts_larger_lattices_at_other_temperatures(regressor):
    energy = regressor.predict(LARGE.data)
    assert np.sqrt(np.mean((energy - LARGE.energy) ** 2)) < 0.06
    assert regressor.score(LARGE.data, LARGE.energy) > 0.97
    assert regressor.history_[-1, "train_loss"] < 0.1 * regressor.history_[0, "train_loss"]


def test_classifier_predicts_larger_lattices_at_other_temperatures(classifier):
    assert classifier.score(LARGE.data, LARGE.target) == 1
    assert list(classifier.classes_) == [0, 1]
    probability = classifier.predict_proba(LARGE.data)
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-12)


def test_several_properties_at_once():
    y = np.column_stack([ENERGY, np.abs(ISING.magnetization), ENERGY])
    model = BlockAveragingRegressor(**FAST).fit(X, y)
    mean, std = model.predict(X, return_std=True)
    assert mean.shape == std.shape == y.shape
    assert model.predict_blocks(X).shape == (240, 4, 4, 3)
    assert model.score(X, y) > 0.9
    single = BlockAveragingRegressor(**QUICK).fit(X, ENERGY[:, np.newaxis])
    assert single.predict(X).shape == (240, 1)


def test_a_constant_property_is_predicted():
    model = BlockAveragingRegressor(**FAST).fit(X, np.full(240, 3.25))
    np.testing.assert_allclose(model.predict(X), 3.25, atol=0.2)


@pytest.mark.parametrize(
    "labels",
    [("ferro", "para"), (-1, 1), (5, 2), (False, True), ("cold", "warm", "hot")],
    ids=str,
)
def test_labels_of_any_kind(labels):
    y = np.array(labels)[np.searchsorted([2.2, 2.9][: len(labels) - 1], ISING.temperature)]
    model = BlockAveragingClassifier(**{**FAST, "max_epochs": 6}).fit(X, y)
    assert model.classes_.tolist() == sorted(labels)
    assert model.score(X, y) > 0.9
    assert model.predict_proba(X).shape == (240, len(labels))
    assert model.predict_blocks(X).shape == ((240, 4, 4) if len(labels) == 2 else (240, 4, 4, 3))


@BOTH
def test_block_objective_learns(Estimator):
    y = target_of(Estimator)
    assert Estimator(objective="block", **FAST).fit(X, y).score(X, y) > 0.9


@BOTH
def test_fit_is_reproducible_and_keeps_the_state_of_the_global_generators(Estimator):
    y = target_of(Estimator)
    torch.manual_seed(123)
    np.random.seed(123)  # noqa: NPY002 - the test is about the global generator
    before = torch.get_rng_state().clone(), np.random.get_state()[1].copy()  # noqa: NPY002
    first = Estimator(random_shift=True, **QUICK).fit(X, y).predict_blocks(X)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    torch.manual_seed(321)
    again = Estimator(random_shift=True, **QUICK).fit(X, y)
    np.testing.assert_array_equal(again.predict_blocks(X), first)
    one, other = (Estimator(**{**QUICK, "random_state": k}).fit(X, y) for k in (0, 1))
    assert not np.array_equal(one.predict_blocks(X), other.predict_blocks(X))


def test_fits_in_threads_are_reproducible():
    parameters = [{**FAST, "max_epochs": 6, "random_state": k} for k in (0, 1)]
    expected = [BlockAveragingRegressor(**each).fit(X, ENERGY) for each in parameters]
    models = [BlockAveragingRegressor(**each) for each in parameters]
    threads = [threading.Thread(target=model.fit, args=(X, ENERGY)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for model, twin in zip(models, expected, strict=True):
        np.testing.assert_array_equal(model.predict(X), twin.predict(X))


@BOTH
def test_clone_and_pickle(Estimator, tmp_path):
    model = Estimator(verbose=1, **QUICK).fit(X, target_of(Estimator))
    with pytest.raises(NotFittedError):
        clone(model).predict(X)
    joblib.dump(model, tmp_path / "model.joblib")
    for copy in (pickle.loads(pickle.dumps(model)), joblib.load(tmp_path / "model.joblib")):
        np.testing.assert_array_equal(copy.predict(LARGE.data), model.predict(LARGE.data))
        assert copy.history_ == model.history_


@pytest.mark.slow
def test_grid_search_over_block_size():
    grid = GridSearchCV(
        BlockAveragingClassifier(**FAST),
        {"block_size": [4, 16], "lr": [1e-3]},
        cv=GroupKFold(3),
        n_jobs=2,
    )
    grid.fit(X, PHASE, groups=ISING.chain)
    assert grid.best_score_ > 0.95
    assert grid.best_estimator_.descriptor_.block_size_ in (4, 16)
    assert grid.predict(LARGE.data).tolist() == LARGE.target.tolist()


def test_pipeline_from_temperatures_to_phases(tmp_path):
    temperatures = np.repeat([1.5, 1.9, 2.7, 3.2], 20)
    pipeline = Pipeline(
        [
            ("sampler", IsingSampler(16, random_state=0)),
            ("classifier", BlockAveragingClassifier(**FAST)),
        ],
        memory=str(tmp_path),
    )
    pipeline.fit(temperatures, np.where(temperatures < 2.27, "ferro", "para"))
    assert pipeline.predict([1.4, 3.4]).tolist() == ["ferro", "para"]
    again = clone(pipeline).fit(temperatures, temperatures > 2.27)
    np.testing.assert_array_equal(
        pipeline.predict_proba([1.4, 3.4]), again.predict_proba([1.4, 3.4])
    )


class MeanSpin(TransformerMixin, BaseEstimator):
    """The absolute mean spin of a block: one feature, without orbits."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return np.abs(X.mean(axis=(1, 2), keepdims=True))[:, 0].astype(np.float32)


def test_descriptor_of_another_class():
    descriptor = MeanSpin()
    model = BlockAveragingClassifier(descriptor=descriptor, **FAST).fit(X, PHASE)
    assert model.score(LARGE.data, LARGE.target) == 1
    assert not hasattr(descriptor, "fitted_")
    assert model.descriptor_.fitted_


@pytest.mark.parametrize(
    ("name", "n_features", "largest_error"), [("pair", 9, 0.1), ("spins", 64, 0.3)]
)
def test_descriptors_by_name(name, n_features, largest_error):
    model = BlockAveragingRegressor(descriptor=name, **FAST).fit(X, ENERGY)
    assert model.descriptor_.n_features_out_ == n_features
    assert np.abs(model.predict(LARGE.data) - LARGE.energy).max() < largest_error


class RecordLearningRate(Callback):
    def on_train_begin(self, net, **kwargs):
        self.rates_ = []

    def on_batch_begin(self, net, training, **kwargs):
        if training:
            self.rates_.append(net.optimizer_.param_groups[0]["lr"])


def test_learning_rate_goes_through_one_cycle_unless_a_callback_sets_it():
    record = RecordLearningRate()
    BlockAveragingRegressor(callbacks=[record], **FAST).fit(X, ENERGY)
    assert len(record.rates_) == 12 * 8
    assert max(record.rates_) == pytest.approx(3e-3, rel=1e-2)
    assert record.rates_[0] < 2e-4
    assert record.rates_[-1] < 1e-5
    constant = ("schedule", LRScheduler("LambdaLR", lr_lambda=lambda epoch: 1.0))
    BlockAveragingRegressor(callbacks=[record, constant], **QUICK).fit(X, ENERGY)
    assert set(record.rates_) == {3e-3}


def test_random_shift_changes_the_fit_and_keeps_its_accuracy(regressor):
    shifted = BlockAveragingRegressor(random_shift=True, **FAST).fit(X, ENERGY)
    assert not np.array_equal(regressor.predict(X), shifted.predict(X))
    assert shifted.score(LARGE.data, LARGE.energy) > 0.97


def test_progress_bar_shows_epochs_and_loss(capsys):
    BlockAveragingRegressor(verbose=1, **QUICK).fit(X, ENERGY)
    shown = capsys.readouterr().err
    assert "BlockAveragingRegressor" in shown
    assert "2/2" in shown
    assert "loss=" in shown
    BlockAveragingRegressor(**QUICK).fit(X, ENERGY)
    assert capsys.readouterr() == ("", "")
