"""Observables of spin lattices, and statistics of series of their measurements."""

from ._correlation_function import correlation_function
from ._correlation_length import CorrelationLength, correlation_length
from ._fluctuations import Estimate, specific_heat, susceptibility
from ._helicity import HelicityModulus, helicity_modulus
from ._lattice import energy_density, magnetization, order_parameter
from ._series import AutocorrelationTime, binder_cumulant, integrated_autocorrelation_time

__all__ = [
    "AutocorrelationTime",
    "CorrelationLength",
    "Estimate",
    "HelicityModulus",
    "binder_cumulant",
    "correlation_function",
    "correlation_length",
    "energy_density",
    "helicity_modulus",
    "integrated_autocorrelation_time",
    "magnetization",
    "order_parameter",
    "specific_heat",
    "susceptibility",
]


def __dir__():
    return __all__
