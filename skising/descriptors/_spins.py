"""The spins of blocks themselves."""

import numpy as np

from .._kernels.spins import share_copy_spins
from ._base import BlockDescriptor


class SpinDescriptor(BlockDescriptor):
    """The spins of a block, row by row.

    These features are not invariant. They serve for comparison with features that are.

    Parameters
    ----------
    n_jobs : int, default=None
        Number of threads; None means 1, and -1 means all cores (as in joblib).

    Attributes
    ----------
    block_size_ : int
        Sites per side of the blocks seen in `fit`, l.
    n_features_out_ : int
        Number of features, l * l.
    """

    def _lay_out(self, block_size):
        return [f"spin({row},{column})" for row, column in np.ndindex(block_size, block_size)]

    def _count_features(self, block_size):
        return block_size**2

    def _describe(self, next_block, share_size, blocks, out):
        return share_copy_spins(next_block, share_size, blocks, (), out)
