"""What is measured on lattices of spins, and on series of such measurements."""

from ._correlations import CorrelationLength, correlation_function, correlation_length
from ._measured import (
    AutocorrelationTime,
    binder_cumulant,
    energy_density,
    integrated_autocorrelation_time,
    magnetization,
)

__all__ = [
    "AutocorrelationTime",
    "CorrelationLength",
    "binder_cumulant",
    "correlation_function",
    "correlation_length",
    "energy_density",
    "integrated_autocorrelation_time",
    "magnetization",
]


def __dir__():
    return __all__
