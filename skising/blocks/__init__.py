"""Lattices to blocks: the full partition, and blocks at random positions."""

from ._blocks import extract_blocks, sample_blocks

__all__ = ["extract_blocks", "sample_blocks"]


def __dir__():
    return __all__
