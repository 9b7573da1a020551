"""Correlations of pairs of spins of the clock model, at given displacements.

The spins are unit vectors at the angles 2 pi s / q. Their products are cosines of differences of
states, from a table of integers: the cosine times 2^30, rounded. The sums are the same for all
rotations and reflections of the spins, because the differences are.
"""

import numpy as np

from ._jit import jit
from .shares import has_only_states, share_work

ONE = 1 << 30
"""The integer that stands for 1 in a table of cosines."""


@jit
def _sum_of_cosines(states, cosines, d_row, d_column):
    size = len(states)
    first, stop = max(0, -d_column), size - max(0, d_column)
    total = np.int64(0)
    for row in range(size - d_row):
        one = states[row, first:stop]
        other = states[row + d_row, first + d_column : stop + d_column]
        for k in range(len(one)):
            total += cosines[abs(np.int32(one[k]) - np.int32(other[k]))]
    return total


@jit
def clock_pair_correlations(blocks, n_states, cosines, displacements, ends, n_pairs, out):
    """Fill `out` with averages of cos(2 pi (s_i - s_j) / q), where q is `n_states`.

    Parameters
    ----------
    blocks : uint16 array of shape (n, l * l)
        States from 0 to q - 1.
    n_states : int
    cosines : int32 array of shape (q,)
        ``ONE * cos(2 pi d / q)``, rounded; the same for d and q - d.
    displacements : int64 array of shape (n_displacements, 2)
        Rows and columns from one site of a pair to the other. No row is negative.
    ends, n_pairs
        As in `skising._kernels.pairs.pair_correlations`.
    out : float32 array of shape (n, n_features)
    """
    size = round(np.sqrt(blocks.shape[1]))
    for b in range(len(blocks)):
        states = blocks[b].reshape(size, size)
        for f in range(len(n_pairs)):
            total = np.int64(0)
            for d in range(ends[f], ends[f + 1]):
                d_row, d_column = displacements[d]
                total += _sum_of_cosines(states, cosines, d_row, d_column)
            out[b, f] = np.float32(np.float64(total) / (np.float64(ONE) * n_pairs[f]))


share_clock_pair_correlations = share_work(clock_pair_correlations, has_only_states)
