"""Accuracy against temperature and block size: curves, windows, power laws, data collapse."""

from ._accuracy_curve import accuracy_curve
from ._data_collapse import DataCollapse
from ._power_law import PowerLaw
from ._temperature_window import temperature_window

__all__ = ["DataCollapse", "PowerLaw", "accuracy_curve", "temperature_window"]


def __dir__():
    return __all__
