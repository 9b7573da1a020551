"""Exact results for the Ising and the Potts model on the square lattice."""

from ._ising import (
    CRITICAL_TEMPERATURE,
    correlation_length,
    onsager_energy,
    spontaneous_magnetization,
)
from ._kaufman import kaufman_energy, kaufman_specific_heat, log_partition_function
from ._phase import probability_disordered
from ._potts import (
    potts_correlation_length,
    potts_critical_temperature,
    potts_dual_temperature,
    potts_latent_heat,
    potts_phase_energies,
    potts_spontaneous_magnetization,
)

__all__ = [
    "CRITICAL_TEMPERATURE",
    "correlation_length",
    "kaufman_energy",
    "kaufman_specific_heat",
    "log_partition_function",
    "onsager_energy",
    "potts_correlation_length",
    "potts_critical_temperature",
    "potts_dual_temperature",
    "potts_latent_heat",
    "potts_phase_energies",
    "potts_spontaneous_magnetization",
    "probability_disordered",
    "spontaneous_magnetization",
]


def __dir__():
    return __all__
