"""scikit-learn's whole suite of estimator checks, on every public estimator.

The suite feeds tables of numbers, and lets an estimator that asks for lattices pass after a single
check. So each estimator gets a door for tables: a subclass that turns rows into lattices (blocks,
temperatures), keeps the suite's books on the columns, and changes nothing else. Whatever is not a
table of real numbers goes through unturned, to be refused by the estimator itself.
"""

from unittest import SkipTest

import numpy as np
import pytest
from scipy import sparse
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import validate_data

import skising
from skising import (
    BlockAveragingClassifier,
    BlockAveragingRegressor,
    D4Descriptor,
    IsingSampler,
    PairCorrelationDescriptor,
)
from skising.descriptors import SpinDescriptor

SIZE = 12


class Table:
    """The door: `_turn` is what rows become."""

    _unturned = (1, 3)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = False
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = False
        return tags

    def _through_door(self, X, reset):
        array = np.asarray(X)
        if sparse.issparse(X) or array.ndim in self._unturned or array.dtype.kind == "c":
            return X
        rows = validate_data(
            self, X, reset=reset, ensure_all_finite=False, ensure_min_samples=0
        ).astype(np.float64)
        return self._turn(rows)

    def fit(self, X, y=None):
        X = self._through_door(X, reset=True)
        return super().fit(X) if y is None and not self._needs_y else super().fit(X, y)


class Transformer(Table):
    _needs_y = False

    def transform(self, X):
        return super().transform(self._through_door(X, reset=False))

    def fit_transform(self, X, y=None):
        return self.fit(X).transform(X)


class Predictor(Table):
    _needs_y = True

    def predict(self, X):
        return super().predict(self._through_door(X, reset=False))

    def partial_fit(self, X, y, **classes):
        reset = not hasattr(self, "n_features_in_")
        return super().partial_fit(self._through_door(X, reset=reset), y, **classes)


def as_lattices(rows):
    """Return lattices (n, 12, 12) whose row i is a thermometer of column i.

    As the filling starts at one side and some rows stay empty, no operation of the square takes one
    of them to another.
    """
    filled = np.rint(SIZE * (0.5 + 0.5 * np.tanh(rows[:, :SIZE] / 2)))
    lattices = np.ones((len(rows), SIZE, SIZE))
    lattices[:, : filled.shape[1]][filled[..., np.newaxis] > np.arange(SIZE)] = -1
    lattices[:, : filled.shape[1], 0][~np.isfinite(rows[:, :SIZE])] = np.nan
    return lattices


class TableDescriptor(Transformer, D4Descriptor):
    def _turn(self, rows):
        return as_lattices(rows)


class TableSpins(Transformer, SpinDescriptor):
    def _turn(self, rows):
        return as_lattices(rows)


class TablePairCorrelations(Transformer, PairCorrelationDescriptor):
    def _turn(self, rows):
        return as_lattices(rows)


class TableSampler(Transformer, IsingSampler):
    _unturned = ()  # a list of temperatures is right for the sampler, and no table

    def _turn(self, rows):
        # Zero is the suite's smallest positive number; anything negative has to reach the sampler.
        return np.where((rows < 0).any(axis=1), -1, 1 + np.abs(rows).sum(axis=1))


class TableRegressor(Predictor, BlockAveragingRegressor):
    def _turn(self, rows):
        return as_lattices(rows)


class TableClassifier(Predictor, BlockAveragingClassifier):
    def _turn(self, rows):
        return as_lattices(rows)

    def predict_proba(self, X):
        return super().predict_proba(self._through_door(X, reset=False))


FAST = {"block_size": SIZE, "max_epochs": 20, "lr": 5e-3}
ESTIMATORS = [
    TableDescriptor(),
    TableSpins(),
    TablePairCorrelations(),
    TableSampler(lattice_size=4),
    TableRegressor(**FAST),
    TableClassifier(**FAST),
]
CHECKS = [
    pytest.param(estimator, check, id=f"{type(estimator).__name__}-{i}-{check.func.__name__}")
    for original in ESTIMATORS
    for i, (estimator, check) in enumerate(estimator_checks_generator(original))
]


# The suite transforms what it has fitted, over and over: just what the sampler warns of.
@pytest.mark.filterwarnings("ignore:.*were seen by fit:UserWarning")
@pytest.mark.parametrize(("estimator", "check"), CHECKS)
def test_scikit_learn_check(estimator, check):
    try:
        check(estimator)
    except SkipTest as reason:
        pytest.fail(f"skipped: {reason}")


def test_every_public_estimator_goes_through_the_whole_suite():
    public = {getattr(skising, name) for name in skising.__all__}
    estimators = {cls for cls in public if isinstance(cls, type)}
    assert estimators == {cls for e in ESTIMATORS for cls in type(e).__mro__ if cls in estimators}
    for estimator in ESTIMATORS:
        assert sum(case.values[0].__class__ is type(estimator) for case in CHECKS) >= 40
