"""Correlations of pairs of spins that have more than two values, at given displacements.

Each bit of the numbers that stand for the spins is a string of l * l bits, a plane, packed as in
`skising._kernels.pairs`. The two spins of a pair are equal where no plane differs from its shifted
copy.
"""

import numpy as np

from ._jit import inline_jit, jit
from .bits import count_ones, pack_bit
from .shares import has_only_diluted_spins, has_only_states, share_work


@inline_jit
def _shifted(plane, w, shift):
    """Return word w of a plane that is shifted down by some bits."""
    n_words, n_bits = shift >> 6, np.uint64(shift & 63)
    n_bits_left = np.uint64(63 - (shift & 63))
    low, high = plane[n_words + w], plane[n_words + w + 1]
    # Two shifts, because a single shift by 64 bits is undefined.
    return (low >> n_bits) | ((high << n_bits_left) << np.uint64(1))


@jit
def _count_unequal(planes, mask, shift):
    n_unequal = np.uint64(0)
    for w in range(len(mask)):
        differ = np.uint64(0)
        for p in range(len(planes)):
            differ |= planes[p, w] ^ _shifted(planes[p], w, shift)
        n_unequal += count_ones(differ & mask[w])
    return np.int64(n_unequal)


@jit
def potts_pair_correlations(blocks, n_states, shifts, masks, ends, n_pairs, out):
    """Fill `out` with averages of (q delta(s_i, s_j) - 1) / (q - 1), where q is `n_states`.

    Parameters
    ----------
    blocks : int8 or int16 array of shape (n, l * l)
        States from 0 to q - 1.
    n_states : int
    shifts, masks, ends, n_pairs
        As in `skising._kernels.pairs.pair_correlations`.
    out : float32 array of shape (n, n_features)
    """
    n_planes = 1
    while n_states > 1 << n_planes:
        n_planes += 1
    # Twice as many words as a plane needs: shifts read beyond its end.
    planes = np.zeros((n_planes, 2 * masks.shape[1] + 1), np.uint64)
    for b in range(len(blocks)):
        for p in range(n_planes):
            pack_bit(blocks[b], p, planes[p])
        for f in range(len(n_pairs)):
            n_unequal = 0
            for d in range(ends[f], ends[f + 1]):
                n_unequal += _count_unequal(planes, masks[d], shifts[d])
            # q n_equal - n. For q = 2 this is the sum of s_i s_j of Ising spins.
            total = (n_states - 1) * n_pairs[f] - n_states * n_unequal
            out[b, f] = np.float32(total) / np.float32((n_states - 1) * n_pairs[f])


@jit
def _sum_of_products(occupied, down, mask, shift):
    n_both, n_opposite = np.uint64(0), np.uint64(0)
    for w in range(len(mask)):
        both = occupied[w] & _shifted(occupied, w, shift) & mask[w]
        n_both += count_ones(both)
        n_opposite += count_ones(both & (down[w] ^ _shifted(down, w, shift)))
    return np.int64(n_both) - 2 * np.int64(n_opposite)


@jit
def diluted_pair_correlations(blocks, shifts, masks, ends, n_pairs, out):
    """Fill `out` with averages of s_i s_j over all pairs, and with the share of occupied sites.

    Parameters
    ----------
    blocks : int8 array of shape (n, l * l)
        Spins, +1 or -1, and 0 for a vacancy.
    shifts, masks, ends, n_pairs
        As in `skising._kernels.pairs.pair_correlations`.
    out : float32 array of shape (n, n_features + 1)
        The share is in the last column.
    """
    n_sites, n_words = blocks.shape[1], masks.shape[1]
    occupied, down = np.zeros(2 * n_words + 1, np.uint64), np.zeros(2 * n_words + 1, np.uint64)
    for b in range(len(blocks)):
        # In binary, +1 is ...01, -1 is ...11, and 0 is ...00.
        pack_bit(blocks[b], 0, occupied)
        pack_bit(blocks[b], 1, down)
        for f in range(len(n_pairs)):
            total = 0
            for d in range(ends[f], ends[f + 1]):
                total += _sum_of_products(occupied, down, masks[d], shifts[d])
            out[b, f] = np.float32(total) / np.float32(n_pairs[f])
        n_occupied = np.uint64(0)
        for w in range(n_words):
            n_occupied += count_ones(occupied[w])
        out[b, len(n_pairs)] = np.float32(n_occupied) / np.float32(n_sites)


share_potts_pair_correlations = share_work(potts_pair_correlations, has_only_states)
share_diluted_pair_correlations = share_work(diluted_pair_correlations, has_only_diluted_spins)
