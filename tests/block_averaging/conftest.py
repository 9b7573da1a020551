"""Fitted estimators. A test that changes one has to copy it first."""

import pytest
from estimator_data import ENERGY, FAST, PHASE, X

from skising import BlockAveragingClassifier, BlockAveragingRegressor


@pytest.fixture(scope="session")
def regressor():
    return BlockAveragingRegressor(**FAST).fit(X, ENERGY)


@pytest.fixture(scope="session")
def classifier():
    return BlockAveragingClassifier(**FAST).fit(X, PHASE)
