"""Lattices to blocks, at all or at random positions; lattices with other spins than before."""

from ._angles import states_from_angles
from ._blocks import extract_blocks, sample_blocks
from ._staggered import staggered

__all__ = ["extract_blocks", "sample_blocks", "staggered", "states_from_angles"]


def __dir__():
    return __all__
