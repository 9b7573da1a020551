"""Accuracy against temperature and block size: curves, windows, power laws, data collapse."""

from ._accuracy import accuracy_curve, temperature_window
from ._collapse import DataCollapse
from ._power_law import PowerLaw

__all__ = ["DataCollapse", "PowerLaw", "accuracy_curve", "temperature_window"]


def __dir__():
    return __all__
