"""The spins of blocks as features."""

from typing import NamedTuple

from ._jit import jit
from .shares import kernel_for


class SpinTables(NamedTuple):
    """No tables are needed; the class selects the kernel."""


@kernel_for(SpinTables)
@jit
def copy_spins(blocks, tables, out):
    """Fill `out` (n, l * l) float32 with `blocks` (n, l * l) int8."""
    out[:] = blocks
