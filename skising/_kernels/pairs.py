"""Correlations of pairs of spins in a block, at given displacements.

The spins of a block are packed into a string of l * l bits, row after row. A displacement of the
block is a shift of this string. The two spins of a pair are opposite where the string and the
shifted string differ. A mask leaves out the pairs whose second site is outside the block.
"""

import numpy as np

from ._jit import jit
from .bits import count_ones, pack_down
from .shares import share_work


@jit
def _count_opposite(words, mask, shift):
    n = len(mask)
    n_words, n_bits = shift >> 6, np.uint64(shift & 63)
    n_bits_left = np.uint64(63 - (shift & 63))
    low, high = words[n_words : n_words + n], words[n_words + 1 : n_words + 1 + n]
    first = words[:n]
    n_opposite = np.uint64(0)
    for w in range(n):
        # Two shifts, because a single shift by 64 bits is undefined.
        second = (low[w] >> n_bits) | ((high[w] << n_bits_left) << np.uint64(1))
        n_opposite += count_ones((first[w] ^ second) & mask[w])
    return np.int64(n_opposite)


@jit
def pair_correlations(blocks, shifts, masks, ends, n_pairs, out):
    """Fill `out` with the pair correlations of blocks.

    Parameters
    ----------
    blocks : int8 array of shape (n, l * l)
    shifts : int64 array of shape (n_displacements,)
        Shift of the string of bits by each displacement.
    masks : uint64 array of shape (n_displacements, n_words)
        Bits of the sites whose partner is inside the block.
    ends : int64 array of shape (n_features + 1,)
        Feature f averages the displacements from ends[f] to ends[f + 1] - 1.
    n_pairs : int64 array of shape (n_features,)
        Pairs of sites in a block.
    out : float32 array of shape (n, n_features)
    """
    # Twice as many words as the string needs: shifts read beyond its end.
    words = np.zeros(2 * masks.shape[1] + 1, np.uint64)
    for b in range(len(blocks)):
        pack_down(blocks[b], words)
        for f in range(len(n_pairs)):
            n_opposite = 0
            for d in range(ends[f], ends[f + 1]):
                n_opposite += _count_opposite(words, masks[d], shifts[d])
            out[b, f] = np.float32(n_pairs[f] - 2 * n_opposite) / np.float32(n_pairs[f])


share_pair_correlations = share_work(pair_correlations)
