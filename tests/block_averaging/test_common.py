"""scikit-learn's whole suite of estimator checks, on every public estimator.

The suite passes tables of numbers, and applies a single check to an estimator whose tags ask for
lattices. So the checks are applied to subclasses that take tables. They convert each row to a
lattice, a block or a temperature, record the number of columns as the suite expects, and change
nothing else. An input that is not a table of real numbers is passed on as it is, so that the
estimator itself refuses it.
"""

from unittest import SkipTest

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import validate_data

import skising
from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    ClockSampler,
    D4Descriptor,
    IsingSampler,
    PairCorrelationDescriptor,
    PottsSampler,
)
from skising.descriptors import SpinDescriptor

SIZE = 12


class Table:
    """Takes a table, and passes `_convert(rows)` on to the estimator."""

    _ndims_passed_on = (1, 3)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = False
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = False
        return tags

    def _as_input(self, X, reset):
        array = np.asarray(X)
        if sparse.issparse(X) or array.ndim in self._ndims_passed_on or array.dtype.kind == "c":
            return X
        rows = validate_data(
            self, X, reset=reset, ensure_all_finite=False, ensure_min_samples=0
        ).astype(np.float64)
        return self._convert(rows)

    def fit(self, X, y=None):
        X = self._as_input(X, reset=True)
        return super().fit(X) if y is None and not self._needs_y else super().fit(X, y)


class Transformer(Table):
    _needs_y = False

    def transform(self, X):
        return super().transform(self._as_input(X, reset=False))

    def fit_transform(self, X, y=None):
        return self.fit(X).transform(X)


class Predictor(Table):
    _needs_y = True

    def predict(self, X):
        return super().predict(self._as_input(X, reset=False))

    def partial_fit(self, X, y, **classes):
        reset = not hasattr(self, "n_features_in_")
        return super().partial_fit(self._as_input(X, reset=reset), y, **classes)


def as_lattices(rows):
    """Return lattices (n, 12, 12). Column i of the table sets the number of -1 in row i.

    The -1 begin at one side and some rows have none, so lattices of different rows of the table are
    not images of each other.
    """
    filled = np.rint(SIZE * (0.5 + 0.5 * np.tanh(rows[:, :SIZE] / 2)))
    lattices = np.ones((len(rows), SIZE, SIZE))
    lattices[:, : filled.shape[1]][filled[..., np.newaxis] > np.arange(SIZE)] = -1
    lattices[:, : filled.shape[1], 0][~np.isfinite(rows[:, :SIZE])] = np.nan
    return lattices


class TableDescriptor(Transformer, D4Descriptor):
    def _convert(self, rows):
        return as_lattices(rows)


class TableSpins(Transformer, SpinDescriptor):
    def _convert(self, rows):
        return as_lattices(rows)


class TablePairCorrelations(Transformer, PairCorrelationDescriptor):
    def _convert(self, rows):
        return as_lattices(rows)


class TableOfTemperatures(Transformer):
    _ndims_passed_on = ()  # the sampler takes a list of temperatures

    def _convert(self, rows):
        # Zero is the suite's smallest positive number; anything negative has to reach the sampler.
        return np.where((rows < 0).any(axis=1), -1, 1 + np.abs(rows).sum(axis=1))


class TableSampler(TableOfTemperatures, IsingSampler):
    pass


class TablePottsSampler(TableOfTemperatures, PottsSampler):
    pass


class TableClockSampler(TableOfTemperatures, ClockSampler):
    pass


class TableRegressor(Predictor, BlockAveragingRegressor):
    def _convert(self, rows):
        return as_lattices(rows)


class TableClassifier(Predictor, BlockAveragingClassifier):
    def _convert(self, rows):
        return as_lattices(rows)

    def predict_proba(self, X):
        return super().predict_proba(self._as_input(X, reset=False))

    def predict_log_proba(self, X):
        return super().predict_log_proba(self._as_input(X, reset=False))


FAST = {"block_size": SIZE, "max_epochs": 6, "lr": 1e-2}
SHORT = {"lattice_size": 4, "n_discard": 10, "thin": 1}
ESTIMATORS = [
    TableDescriptor(),
    TableSpins(),
    TablePairCorrelations(),
    TableSampler(**SHORT),
    TablePottsSampler(**SHORT),
    TableClockSampler(**SHORT),
    TableRegressor(**FAST),
    TableClassifier(**FAST),
]
CHECKS = [
    pytest.param(estimator, check, id=f"{type(estimator).__name__}-{i}-{check.func.__name__}")
    for original in ESTIMATORS
    for i, (estimator, check) in enumerate(estimator_checks_generator(original))
]


# The suite transforms data that it has fitted, and the sampler warns of this.
@pytest.mark.filterwarnings("ignore:fit has seen:UserWarning")
@pytest.mark.parametrize(("estimator", "check"), CHECKS)
def test_scikit_learn_check(estimator, check):
    try:
        check(estimator)
    except SkipTest as reason:
        pytest.fail(f"skipped: {reason}")


def test_every_public_estimator_is_checked_by_the_whole_suite():
    public = {getattr(skising, name) for name in skising.__all__}
    estimators = {cls for cls in public if isinstance(cls, type) and issubclass(cls, BaseEstimator)}
    assert estimators == {cls for e in ESTIMATORS for cls in type(e).__mro__ if cls in estimators}
    for estimator in ESTIMATORS:
        assert sum(case.values[0].__class__ is type(estimator) for case in CHECKS) >= 40
