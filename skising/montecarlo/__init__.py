"""Equilibrium lattices of the two-dimensional Ising, Potts and clock models, by Monte Carlo."""

from ._clock_dataset import make_clock
from ._dataset import make_ising
from ._potts_dataset import make_potts
from ._sampler import ClockSampler, IsingSampler, PottsSampler

__all__ = [
    "ClockSampler",
    "IsingSampler",
    "PottsSampler",
    "make_clock",
    "make_ising",
    "make_potts",
]


def __dir__():
    return __all__
