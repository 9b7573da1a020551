"""The models of spins: a class for each, which says where it differs from the others."""

from ._base import Model
from ._clock import Clock
from ._ising import Ising
from ._potts import Potts

__all__ = ["Clock", "Ising", "Model", "Potts"]
