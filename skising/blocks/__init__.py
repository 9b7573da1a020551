"""Cut lattices into blocks: the full partition, or blocks at random positions."""

from ._blocks import extract_blocks, sample_blocks

__all__ = ["extract_blocks", "sample_blocks"]


def __dir__():
    return __all__
