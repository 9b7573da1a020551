"""Estimators that learn an intensive property of lattices from the average over their blocks."""

from ._classifier import BlockAveragingClassifier
from ._distributed import DistributedTraining
from ._regressor import BlockAveragingRegressor

__all__ = ["BlockAveragingClassifier", "BlockAveragingRegressor", "DistributedTraining"]


def __dir__():
    return __all__
