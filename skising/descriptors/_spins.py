"""The spins of blocks as they are."""

import numpy as np

from .._kernels.shares import (
    share_spins,
)
from ._base import BlockDescriptor


class SpinDescriptor(BlockDescriptor):
    """The spins of a block themselves, row by row: no invariants, for comparison with those.

    Parameters
    ----------
    n_jobs : int, default=None
        Threads to use; None is 1, -1 all cores (as in joblib).

    Attributes
    ----------
    block_size_ : int
        Sites per side of the blocks seen in `fit`, l.
    n_features_out_ : int
        Number of features, l * l.
    """

    def _lay_out(self, block_size):
        return [f"spin({row},{column})" for row, column in np.ndindex(block_size, block_size)]

    def _describe(self, taken, n_at_once, spins, out):
        return share_spins(taken, n_at_once, spins, out)
