"""Pictures of lattices, predictions and scaling.

The displays follow those of `sklearn.metrics`. A class method computes or takes the data and draws
them; `plot` draws them again, on other axes if wanted. matplotlib is imported on the first drawing.
``matplotlib.pyplot.style.use("skising.display.skising")`` sets fonts, colours and lines as in the
gallery. The displays do not need it.
"""

from ._accuracy_curve import AccuracyCurveDisplay
from ._block_map import BlockMapDisplay
from ._collapse_stability import CollapseStabilityDisplay
from ._curve import CurveDisplay
from ._data_collapse import DataCollapseDisplay
from ._energy_curve import EnergyCurveDisplay
from ._lattice import LatticeDisplay
from ._temperature_window import TemperatureWindowDisplay
from ._training import TrainingDisplay

__all__ = [
    "AccuracyCurveDisplay",
    "BlockMapDisplay",
    "CollapseStabilityDisplay",
    "CurveDisplay",
    "DataCollapseDisplay",
    "EnergyCurveDisplay",
    "LatticeDisplay",
    "TemperatureWindowDisplay",
    "TrainingDisplay",
]


def __dir__():
    return __all__
