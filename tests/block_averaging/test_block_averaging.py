"""The estimators: what they learn, predict, accept and refuse."""

import pickle
import threading

import joblib
import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline
from skorch.callbacks import Callback, LRScheduler

from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    IsingSampler,
    extract_blocks,
    make_ising,
    sample_blocks,
)

ISING = make_ising(
    240,
    32,
    [1.4, 1.8, 2.1, 2.5, 3.0, 3.5],
    target="phase",
    random_state=0,
)
X, ENERGY, PHASE = ISING.data, ISING.energy, ISING.target
LARGE = make_ising(12, 96, [1.5, 1.9, 2.8, 3.3], target="phase", random_state=1)
FAST = {"block_size": 8, "max_epochs": 12, "lr": 3e-3, "random_state": 0}
BOTH = pytest.mark.parametrize("Estimator", [BlockAveragingRegressor, BlockAveragingClassifier])


@pytest.fixture(scope="module")
def regressor():
    return BlockAveragingRegressor(**FAST).fit(X, ENERGY)


@pytest.fixture(scope="module")
def classifier():
    return BlockAveragingClassifier(**FAST).fit(X, PHASE)


def target_of(Estimator):
    return ENERGY if Estimator is BlockAveragingRegressor else PHASE


def block_outputs(model, blocks):
    """Run the network on every block by itself, in float64, to be averaged by hand."""
    features = torch.from_numpy(model.descriptor_.transform(blocks))
    with torch.inference_mode():
        return model.net_.module_(features)[:, 0].double().numpy()


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
    pooled = clone(classifier).set_params(pooling="logit").fit(X, PHASE)
    logits = np.array([block_outputs(pooled, b) for b in extract_blocks(LARGE.data, 8)])
    expected = 1 / (1 + np.exp(-logits.mean(axis=1)))
    np.testing.assert_allclose(pooled.predict_proba(LARGE.data)[:, 1], expected, rtol=1e-4)


def test_maps_hold_the_partition_row_by_row(regressor, classifier):
    rectangular = LARGE.data[:, :50, :]
    energy_map = regressor.predict_blocks(rectangular)
    assert energy_map.shape == (12, 6, 12)
    np.testing.assert_allclose(energy_map.mean(axis=(1, 2)), regressor.predict(rectangular), 1e-12)
    corner = rectangular[:, 8:16, 24:32]
    np.testing.assert_array_equal(energy_map[:, 1, 3], regressor.predict(corner))
    phase_map = classifier.predict_blocks(rectangular)
    assert phase_map.shape == (12, 6, 12)
    np.testing.assert_array_equal(phase_map[:, 1, 3], classifier.predict_proba(corner)[:, 1])


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


def test_random_blocks_scatter_about_the_partition_as_independent_ones_do(regressor):
    full, spread = regressor.predict(LARGE.data, return_std=True)
    model = pickle.loads(pickle.dumps(regressor)).set_params(n_blocks=20)
    predictions = [model.set_params(random_state=k).predict(LARGE.data) for k in range(60)]
    z = (np.array(predictions) - full) / (spread / np.sqrt(20))
    # 720 values, of which those of one lattice share what the partition itself is off by.
    assert 0.85 < z.std() < 1.2
    assert abs(z.mean()) < 0.3


@pytest.mark.parametrize("n_blocks", [None, 7])
def test_prediction_does_not_depend_on_the_other_lattices(regressor, n_blocks):
    model = pickle.loads(pickle.dumps(regressor)).set_params(n_blocks=n_blocks)
    together = model.predict(LARGE.data)
    one_by_one = [model.predict(lattice[np.newaxis])[0] for lattice in LARGE.data]
    np.testing.assert_array_equal(together, one_by_one)


def test_images_of_a_lattice_have_the_same_prediction(regressor, classifier):
    lattice = LARGE.data[7]
    turned = [np.rot90(lattice, k) for k in range(4)]
    images = np.array([s * image for t in turned for image in (t, t[::-1]) for s in (1, -1)])
    assert len(np.unique(images, axis=0)) == 16
    y, sigma = regressor.predict(images, return_std=True)
    assert np.ptp(y) == np.ptp(sigma) == 0
    assert np.ptp(classifier.predict_proba(images), axis=0).max() == 0
    block = images[:, :8, :8]
    one = np.array([f(block[0]) for f in (np.copy, np.rot90, np.flipud, np.transpose, np.negative)])
    assert np.ptp(regressor.predict(one)) == 0


def test_several_properties_at_once():
    y = np.column_stack([ENERGY, np.abs(ISING.magnetization), ENERGY])
    model = BlockAveragingRegressor(**FAST).fit(X, y)
    mean, std = model.predict(X, return_std=True)
    assert mean.shape == std.shape == y.shape
    assert model.predict_blocks(X).shape == (240, 4, 4, 3)
    assert model.score(X, y) > 0.9
    single = BlockAveragingRegressor(**FAST).fit(X, ENERGY[:, np.newaxis])
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
    model = BlockAveragingClassifier(**FAST).fit(X, y)
    assert model.classes_.tolist() == sorted(labels)
    assert model.score(X, y) > 0.9
    assert model.predict_proba(X).shape == (240, len(labels))
    assert model.predict_blocks(X).shape == ((240, 4, 4) if len(labels) == 2 else (240, 4, 4, 3))


@BOTH
def test_block_objective_learns(Estimator):
    y = target_of(Estimator)
    assert Estimator(objective="block", **FAST).fit(X, y).score(X, y) > 0.9


@BOTH
def test_fit_repeats_itself_and_leaves_the_global_generators_alone(Estimator):
    y = target_of(Estimator)
    torch.manual_seed(123)
    np.random.seed(123)  # noqa: NPY002 - the global generator is what must stay as it was
    before = torch.get_rng_state().clone(), np.random.get_state()[1].copy()  # noqa: NPY002
    first = Estimator(random_shift=True, **FAST).fit(X, y).predict(X)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    torch.manual_seed(321)
    np.testing.assert_array_equal(Estimator(random_shift=True, **FAST).fit(X, y).predict(X), first)
    other = Estimator(**{**FAST, "random_state": 1}).fit(X, y)
    assert not np.array_equal(
        other.predict_blocks(X), Estimator(**FAST).fit(X, y).predict_blocks(X)
    )


def test_fits_in_threads_repeat_themselves():
    expected = [
        BlockAveragingRegressor(**{**FAST, "random_state": k}).fit(X, ENERGY) for k in (0, 1)
    ]
    models = [BlockAveragingRegressor(**{**FAST, "random_state": k}) for k in (0, 1)]
    threads = [threading.Thread(target=model.fit, args=(X, ENERGY)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for model, twin in zip(models, expected, strict=True):
        np.testing.assert_array_equal(model.predict(X), twin.predict(X))


@BOTH
def test_clone_and_pickle(Estimator, tmp_path):
    model = Estimator(verbose=1, **FAST).fit(X, target_of(Estimator))
    with pytest.raises(NotFittedError):
        clone(model).predict(X)
    joblib.dump(model, tmp_path / "model.joblib")
    for copy in (pickle.loads(pickle.dumps(model)), joblib.load(tmp_path / "model.joblib")):
        np.testing.assert_array_equal(copy.predict(LARGE.data), model.predict(LARGE.data))
        assert copy.history_ == model.history_


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
    """The absolute mean spin of a block, and no grid to convolve over."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return np.abs(X.mean(axis=(1, 2), keepdims=True))[:, 0].astype(np.float32)


def test_a_descriptor_of_ones_own():
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


def test_learning_rate_runs_through_one_cycle_unless_a_callback_sets_it():
    record = RecordLearningRate()
    BlockAveragingRegressor(callbacks=[record], **FAST).fit(X, ENERGY)
    assert len(record.rates_) == 12 * 8
    assert max(record.rates_) == pytest.approx(3e-3, rel=1e-2)
    assert record.rates_[0] < 2e-4
    assert record.rates_[-1] < 1e-5
    constant = ("schedule", LRScheduler("LambdaLR", lr_lambda=lambda epoch: 1.0))
    BlockAveragingRegressor(callbacks=[record, constant], **FAST).fit(X, ENERGY)
    assert set(record.rates_) == {3e-3}


def test_random_shift_cuts_each_batch_elsewhere():
    plain = BlockAveragingRegressor(**FAST).fit(X, ENERGY)
    shifted = BlockAveragingRegressor(random_shift=True, **FAST).fit(X, ENERGY)
    assert not np.array_equal(plain.predict(X), shifted.predict(X))
    assert shifted.score(LARGE.data, LARGE.energy) > 0.97


def test_progress_bar_shows_epochs_and_loss(capsys):
    BlockAveragingRegressor(verbose=1, **FAST).fit(X, ENERGY)
    shown = capsys.readouterr().err
    assert "BlockAveragingRegressor" in shown
    assert "12/12" in shown
    assert "loss=" in shown
    BlockAveragingRegressor(**FAST).fit(X, ENERGY)
    assert capsys.readouterr() == ("", "")


@BOTH
@pytest.mark.parametrize(
    "change",
    [lambda X: X.astype(float), lambda X: X.tolist(), np.asfortranarray, lambda X: X[::-1][::-1]],
    ids=["float", "list", "fortran", "reversed"],
)
def test_lattices_of_any_layout(Estimator, change, regressor, classifier):
    model = regressor if Estimator is BlockAveragingRegressor else classifier
    y = target_of(Estimator)
    np.testing.assert_array_equal(model.predict(change(X)), model.predict(X))
    fitted = Estimator(**FAST).fit(change(X), y)
    np.testing.assert_array_equal(fitted.predict(X), model.predict(X))


@BOTH
def test_read_only_lattices(Estimator):
    frozen = X.copy()
    frozen.flags.writeable = False
    model = Estimator(**FAST).fit(frozen, target_of(Estimator))
    assert len(model.predict(frozen)) == len(model.set_params(n_blocks=3).predict(frozen)) == 240


def with_spin(value, index, dtype=float):
    bad = X.astype(dtype)
    bad[index] = value
    return bad


@BOTH
@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (
            X[0],
            r"3 dimensions, \(n_samples, n_rows, n_cols\); got shape \(32, 32\).*X\[np.newaxis\]",
        ),
        (X[:, :4], "lattices of 4 x 32 sites, smaller than block_size=8"),
        (X[:0], r"empty: shape \(0, 32, 32\)"),
        (with_spin(np.nan, (3, 4, 5)), r"got nan at index \(3, 4, 5\).*float64.*NaN"),
        (with_spin(2, (1, 0, 31), int), r"got 2 at index \(1, 0, 31\).*dtype int64"),
        ((X > 0).astype(int), r"got 0 at index .*pass np.where\(X, 1, -1\)"),
    ],
    ids=["2-D", "small", "empty", "NaN", "2", "0/1"],
)
def test_bad_lattices_are_refused_in_fit_and_predict(Estimator, bad, match, regressor, classifier):
    with pytest.raises(ValueError, match=match):
        Estimator(**FAST).fit(bad, target_of(Estimator)[: len(bad)])
    model = regressor if Estimator is BlockAveragingRegressor else classifier
    with pytest.raises(ValueError, match=match):
        model.predict(bad)


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (X[0], r"got shape \(32, 32\).*X\[np.newaxis\]"),
        (X[:, :4], "lattices of 4 x 32 sites, smaller than block_size=8"),
        (X[:0], r"empty: shape \(0, 32, 32\)"),
        (np.full((2, 8, 8), 0), r"X, as blocks .*got 0 at index \(0, 0, 0, 0\)"),
    ],
)
def test_bad_lattices_are_refused_by_random_blocks_too(bad, match, regressor):
    model = pickle.loads(pickle.dumps(regressor)).set_params(n_blocks=3)
    with pytest.raises(ValueError, match=match):
        model.predict(bad)


@BOTH
@pytest.mark.parametrize(
    ("parameter", "value", "error", "match"),
    [
        ("block_size", 1, ValueError, "block_size must be an integer >= 2; got 1"),
        ("block_size", 8.0, TypeError, "block_size must be an integer >= 2; got 8.0 of type float"),
        ("n_blocks", 0, ValueError, "n_blocks must be an integer >= 1; got 0. None is the full"),
        ("lr", 0, ValueError, "lr must be a finite number > 0; got 0"),
        ("max_epochs", 0, ValueError, "max_epochs must be an integer >= 1"),
        ("batch_size", -3, ValueError, "batch_size must be an integer >= 1; got -3"),
        (
            "objective",
            "site",
            ValueError,
            "objective must be one of 'lattice', 'block'; got 'site'",
        ),
        (
            "descriptor",
            "d6",
            ValueError,
            "descriptor must be one of 'd4', 'pair', 'spins'; got 'd6'",
        ),
        ("callbacks", 3, TypeError, "callbacks must be a list of skorch callbacks, or None; got 3"),
        ("descriptor", MeanSpin, TypeError, "descriptor must be 'd4', .* or a tran.*MeanSpin"),
        ("descriptor", 3, TypeError, "descriptor must be 'd4', 'pair', 'spins' or a tra.*got 3"),
        ("device", "nowhere", ValueError, "device must be 'auto' or a device.*got 'nowhere'"),
        ("device", "cuda:99", ValueError, "device must be 'auto' or a device.*got 'cuda:99'"),
    ],
)
def test_bad_parameters_are_refused(Estimator, parameter, value, error, match):
    with pytest.raises(error, match=match):
        Estimator(**{**FAST, parameter: value}).fit(X, target_of(Estimator))


def test_block_size_cannot_change_after_fit(regressor):
    model = pickle.loads(pickle.dumps(regressor)).set_params(block_size=4)
    with pytest.raises(ValueError, match=r"block_size was 8 in fit.*got block_size=4 since"):
        model.predict(X)


def test_target_of_strings_is_refused():
    with pytest.raises(TypeError, match="y must hold numbers; got dtype <U4"):
        BlockAveragingRegressor(**FAST).fit(X, np.where(PHASE, "warm", "cold"))


def test_lattices_of_different_sizes_are_refused(regressor):
    with pytest.raises(ValueError, match="pass the lattices of each size in an array"):
        regressor.predict([X[0], X[1, :16, :16]])


def test_bad_pooling_is_refused():
    with pytest.raises(ValueError, match="pooling must be one of 'probability', 'logit'"):
        BlockAveragingClassifier(pooling="max").fit(X, PHASE)


@BOTH
@pytest.mark.parametrize(
    ("y", "match"),
    [
        (PHASE[:-1], r"y must hold one value for each lattice.*needs 240 rows; got shape \(239,\)"),
        (1.0, r"y must hold one value for each lattice.*got shape \(\)"),
        (None, "requires y to be passed, but the target y is None"),
        (np.where(PHASE, np.nan, 1.0), "Input y contains NaN"),
    ],
    ids=["short", "scalar", "None", "NaN"],
)
def test_bad_targets_are_refused(Estimator, y, match):
    with pytest.raises(ValueError, match=match):
        Estimator(**FAST).fit(X, y)


def test_a_single_class_is_refused():
    with pytest.raises(
        ValueError, match=r"at least two classes; got one class, 'ferro', for all 240"
    ):
        BlockAveragingClassifier(**FAST).fit(X, np.full(240, "ferro"))


@pytest.mark.parametrize(
    ("Estimator", "method"),
    [
        (BlockAveragingRegressor, "predict"),
        (BlockAveragingRegressor, "predict_blocks"),
        (BlockAveragingClassifier, "predict"),
        (BlockAveragingClassifier, "predict_proba"),
        (BlockAveragingClassifier, "predict_blocks"),
    ],
)
def test_prediction_before_fit_is_refused(Estimator, method):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(Estimator(), method)(X)
