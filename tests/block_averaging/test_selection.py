"""The estimators inside scikit-learn's searches, validation and ensembles."""

import dask.distributed
import joblib
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingRegressor, VotingClassifier, VotingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    ValidationCurveDisplay,
    cross_val_predict,
)
from sklearn.utils import estimator_html_repr

from skising import BlockAveragingClassifier, BlockAveragingRegressor, D4Descriptor, make_ising

ISING = make_ising(120, 24, [1.5, 1.9, 2.6, 3.4], target="phase", random_state=0)
X, ENERGY, PHASE = ISING.data, ISING.energy, ISING.target
REGRESSOR = BlockAveragingRegressor(8, max_epochs=3, random_state=0)
CLASSIFIER = BlockAveragingClassifier(8, max_epochs=3, random_state=0)
SPLIT = GroupKFold(3)


def scores(search):
    return search.cv_results_["mean_test_score"]


def test_grid_over_block_size_lr_and_descriptor():
    grid = {"block_size": [2, 8], "lr": [1e-3, 1e-2], "descriptor": ["pair", "d4"]}
    search = GridSearchCV(REGRESSOR, grid, cv=GroupKFold(2)).fit(X, ENERGY, groups=ISING.chain)
    assert np.isfinite(scores(search)).all()
    assert search.best_score_ > 0.95


def test_grid_over_a_parameter_of_the_descriptor():
    model = BlockAveragingClassifier(8, descriptor=D4Descriptor(), max_epochs=3, random_state=0)
    grid = {"descriptor__invariants": ["power", "complete"]}
    search = GridSearchCV(model, grid, cv=SPLIT).fit(X, PHASE, groups=ISING.chain)
    assert search.best_estimator_.descriptor_.invariants in ("power", "complete")


def test_a_grid_of_numpy_scalars_and_strings():
    grid = {
        "block_size": np.array([4, 8]),
        "max_epochs": np.arange(1, 2),
        "lr": np.array([0.01], np.float32),
        "random_shift": np.array([True]),
        "objective": np.array(["lattice", "block"]),
    }
    search = GridSearchCV(REGRESSOR, grid, cv=2, error_score="raise").fit(X, ENERGY)
    plain = {name: values.tolist() for name, values in grid.items()}
    expected = GridSearchCV(REGRESSOR, plain, cv=2, refit=False).fit(X, ENERGY)
    np.testing.assert_array_equal(scores(search), scores(expected))


NUMPY_PARAMETERS = {
    "block_size": np.int64(8),
    "descriptor": np.str_("pair"),
    "objective": np.str_("lattice"),
    "n_blocks": np.uint8(7),
    "stride": np.int16(4),
    "lr": np.float32(0.01),
    "max_epochs": np.int32(3),
    "batch_size": np.uint64(16),
    "random_shift": np.bool_(True),
    "early_stopping": np.bool_(True),
    "validation_fraction": np.float64(0.25),
    "n_iter_no_change": np.int64(2),
    "warm_start": np.bool_(False),
    "device": np.str_("cpu"),
    "random_state": np.int64(3),
    "verbose": np.int64(0),
}


@pytest.mark.parametrize("early_stopping", [True, False])
@pytest.mark.parametrize("Estimator", [BlockAveragingRegressor, BlockAveragingClassifier])
def test_numpy_parameters_are_those_of_python(Estimator, early_stopping):
    y = ENERGY if Estimator is BlockAveragingRegressor else PHASE
    given = {**NUMPY_PARAMETERS, "early_stopping": np.bool_(early_stopping)}
    model = Estimator(**given)
    assert all(model.get_params()[name] is value for name, value in given.items())
    plain = Estimator(**{name: value.item() for name, value in given.items()})
    models = [clone(model).fit(X, y), plain.fit(X, y)]
    for how in ({}, {"n_blocks": None}):
        one, other = (fitted.set_params(**how).predict(X) for fitted in models)
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(models[0].predict_blocks(X), models[1].predict_blocks(X))
    assert type(models[0].block_size_) is int
    for fitted in models:
        fitted.partial_fit(X, y)
    np.testing.assert_array_equal(models[0].predict(X), models[1].predict(X))


def test_halving_search_over_block_size():
    search = HalvingGridSearchCV(
        CLASSIFIER, {"block_size": [4, 8, 12]}, cv=3, factor=2, random_state=0
    ).fit(X, PHASE)
    assert search.n_resources_[-1] > search.n_resources_[0]
    assert search.best_score_ > 0.9


class TorchThreads(ClassifierMixin, BaseEstimator):
    """An estimator whose score is the number of threads of torch in the process."""

    def __init__(self, x=0):
        self.x = x

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def score(self, X, y):
        return float(torch.get_num_threads())


@pytest.mark.slow
def test_processes_of_a_search_share_the_cores(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    n_cores = joblib.cpu_count()
    search = GridSearchCV(TorchThreads(), {"x": [0, 1]}, cv=2, n_jobs=2, refit=False)
    with joblib.parallel_config(backend="loky"):
        search.fit(X, PHASE)
    assert (scores(search) <= max(1, n_cores // 2)).all()


@pytest.mark.slow
def test_a_search_has_the_same_scores_with_every_backend():
    grid = {"block_size": [4, 8]}

    def search(**parameters):
        return GridSearchCV(REGRESSOR, grid, cv=SPLIT, refit=False, **parameters).fit(
            X, ENERGY, groups=ISING.chain
        )

    serial = scores(search())
    with joblib.parallel_config(backend="threading"):
        np.testing.assert_array_equal(scores(search(n_jobs=2)), serial)
    with (
        dask.distributed.Client(
            processes=False, n_workers=1, threads_per_worker=2, dashboard_address=":0"
        ),
        joblib.parallel_config(backend="dask"),
    ):
        np.testing.assert_array_equal(scores(search()), serial)


def test_cross_validated_predictions():
    energy = cross_val_predict(REGRESSOR, X, ENERGY, cv=SPLIT, groups=ISING.chain)
    assert np.corrcoef(energy, ENERGY)[0, 1] > 0.97
    probabilities = cross_val_predict(
        CLASSIFIER, X, PHASE, cv=SPLIT, groups=ISING.chain, method="predict_proba"
    )
    assert ((probabilities[:, 1] > 0.5) == PHASE).mean() > 0.95


def test_calibrated_voting_and_stacking():
    calibrated = CalibratedClassifierCV(CLASSIFIER, cv=3, ensemble=False).fit(X, PHASE)
    assert calibrated.score(X, PHASE) > 0.95
    voting = VotingClassifier([("a", CLASSIFIER), ("b", CLASSIFIER)], voting="soft").fit(X, PHASE)
    assert voting.score(X, PHASE) > 0.95
    mean = VotingRegressor([("a", REGRESSOR), ("b", REGRESSOR)]).fit(X, ENERGY)
    assert mean.score(X, ENERGY) > 0.95
    stacked = StackingRegressor([("a", REGRESSOR)], LinearRegression(), cv=3).fit(X, ENERGY)
    assert stacked.score(X, ENERGY) > 0.95


def test_validation_curve_over_block_size():
    with mpl.rc_context({"backend": "agg"}):
        display = ValidationCurveDisplay.from_estimator(
            REGRESSOR,
            X,
            ENERGY,
            param_name="block_size",
            param_range=[4, 8, 12],
            cv=SPLIT,
            groups=ISING.chain,
        )
    plt.close(display.figure_)
    assert display.ax_.get_xlabel() == "block_size"
    assert (display.test_scores > 0.8).all()


@pytest.mark.parametrize("model", [REGRESSOR, CLASSIFIER])
def test_html_shows_class_and_parameters(model):
    html = estimator_html_repr(model)
    assert type(model).__name__ in html
    assert "max_epochs" in html
