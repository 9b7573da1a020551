"""Correlations of the pairs of spins in a block, at given displacements.

A block is one string of l * l bits, row after row, and the same block displaced is that string
shifted. Where the two differ, the spins of a pair are opposite; a mask leaves the pairs out whose
second site lies beyond the block.
"""

import numpy as np

from ._jit import jit
from .bits import count_ones, pack_down


@jit
def _count_opposite(words, mask, shift):
    n = len(mask)
    skipped, left = shift >> 6, np.uint64(63 - (shift & 63))
    right = np.uint64(shift & 63)
    low, high = words[skipped : skipped + n], words[skipped + 1 : skipped + 1 + n]
    here = words[:n]
    opposite = np.uint64(0)
    for w in range(n):
        # In two steps, as a shift by all 64 bits is undefined.
        moved = (low[w] >> right) | ((high[w] << left) << np.uint64(1))
        opposite += count_ones((here[w] ^ moved) & mask[w])
    return np.int64(opposite)


@jit
def pair_correlations(blocks, shifts, masks, ends, n_pairs, out):
    """Fill `out` (n, n_features) float32 from `blocks` (n, l * l) int8.

    `shifts` (n_displacements,) int64 are in the string of bits, and `masks` (n_displacements,
    n_words) uint64 hold the sites whose partner is inside. Feature f averages the displacements
    from ends[f] up to ends[f + 1]; of pairs it has n_pairs[f].
    """
    n_words = masks.shape[1]
    words = np.zeros(2 * n_words + 1, np.uint64)
    for b in range(len(blocks)):
        pack_down(blocks[b], words)
        for f in range(len(n_pairs)):
            opposite = 0
            for d in range(ends[f], ends[f + 1]):
                opposite += _count_opposite(words, masks[d], shifts[d])
            out[b, f] = np.float32(n_pairs[f] - 2 * opposite) / np.float32(n_pairs[f])
