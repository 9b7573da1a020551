"""The spins of blocks as features."""

from ._jit import jit
from .shares import share_work


@jit
def copy_spins(blocks, out):
    """Fill `out` (n, l * l) float32 with `blocks` (n, l * l) int8."""
    out[:] = blocks


share_copy_spins = share_work(copy_spins)
