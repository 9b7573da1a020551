"""Pictures of lattices, predictions and scaling.

The displays follow `sklearn.metrics`: a class method computes or takes the data, and `plot` draws
them, on other axes and again if wanted. matplotlib is imported when something is drawn.
"""

from ._accuracy_curve import AccuracyCurveDisplay
from ._data_collapse import DataCollapseDisplay
from ._energy_curve import EnergyCurveDisplay
from ._lattice import LatticeDisplay
from ._temperature_window import TemperatureWindowDisplay

__all__ = [
    "AccuracyCurveDisplay",
    "DataCollapseDisplay",
    "EnergyCurveDisplay",
    "LatticeDisplay",
    "TemperatureWindowDisplay",
]


def __dir__():
    return __all__
