"""Lattices and parameters that the tests of the estimators share."""

import pytest

from skising import BlockAveragingClassifier, BlockAveragingRegressor, make_ising

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


def target_of(Estimator):
    return ENERGY if Estimator is BlockAveragingRegressor else PHASE
