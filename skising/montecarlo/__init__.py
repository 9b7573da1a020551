"""Equilibrium lattices of the two-dimensional Ising model, by Monte Carlo."""

from ._dataset import make_ising
from ._sampler import IsingSampler

__all__ = ["IsingSampler", "make_ising"]


def __dir__():
    return __all__
