"""Curves against temperature for several sizes: windows, crossings, power laws, data collapse."""

from ._accuracy_curve import accuracy_curve
from ._crossing import Crossing, crossing
from ._data_collapse import DataCollapse
from ._observable_curve import observable_curve
from ._order_curve import order_curve
from ._power_law import PowerLaw
from ._stability import collapse_stability
from ._temperature_window import temperature_window

__all__ = [
    "Crossing",
    "DataCollapse",
    "PowerLaw",
    "accuracy_curve",
    "collapse_stability",
    "crossing",
    "observable_curve",
    "order_curve",
    "temperature_window",
]


def __dir__():
    return __all__
