"""Pictures of lattices, predictions and scaling.

The displays follow `sklearn.metrics`: a class method computes or takes the data, and `plot` draws
them, on other axes and again if wanted. matplotlib is imported when something is drawn.
"""

from ._lattice import EnergyCurveDisplay, LatticeDisplay
from ._scaling import AccuracyCurveDisplay, DataCollapseDisplay, TemperatureWindowDisplay

__all__ = [
    "AccuracyCurveDisplay",
    "DataCollapseDisplay",
    "EnergyCurveDisplay",
    "LatticeDisplay",
    "TemperatureWindowDisplay",
]


def __dir__():
    return __all__
