"""Lattices to blocks, at all or at random positions; lattices with one sublattice flipped."""

from ._blocks import extract_blocks, sample_blocks
from ._staggered import staggered

__all__ = ["extract_blocks", "sample_blocks", "staggered"]


def __dir__():
    return __all__
