"""Observables of spin lattices, and statistics of series of their measurements."""

from ._correlation_function import correlation_function
from ._correlation_length import CorrelationLength, correlation_length
from ._lattice import energy_density, magnetization
from ._series import AutocorrelationTime, binder_cumulant, integrated_autocorrelation_time

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
