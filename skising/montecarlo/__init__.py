"""Equilibrium lattices of the two-dimensional Ising and Potts models, by Monte Carlo."""

from ._dataset import make_ising
from ._potts_dataset import make_potts
from ._sampler import IsingSampler, PottsSampler

__all__ = ["IsingSampler", "PottsSampler", "make_ising", "make_potts"]


def __dir__():
    return __all__
