"""Wolff updates of a periodic square lattice: a cluster is grown from a random site, and flipped.

Whether a neighbour joins the cluster is as good as the toss of a coin, which no processor predicts.
So nothing branches on it: every neighbour is written behind the end of the queue of sites to visit,
and the end moves by one or by none. Sites are visited first in, first out, so that one visit need
not wait for the spins that the one before has changed.
"""

import numpy as np

from ._jit import jit
from .random import next_word

_DIGITS = np.uint64(16)
_FIRST_DIGITS = np.uint64(2**16 - 1)
_OTHER_DIGITS = np.uint64(2**48 - 1)


@jit
def _random_site(n_sites, state):
    """Return a site; the probabilities of any two differ by less than n_sites / 2**32 of them."""
    return np.int64(((next_word(state) >> np.uint64(32)) * np.uint64(n_sites)) >> np.uint64(32))


@jit
def _flip_cluster(spins, size, threshold, queue, state):
    """Flip the cluster of a random site of `spins`, which are flat, and return its size.

    Of the number that decides on a bond, 16 binary digits are drawn, four bonds' in one word. Only
    where they are those of the threshold do the other 48 matter.
    """
    n_sites = len(spins)
    first_digits, other_digits = threshold >> np.uint64(48), threshold & _OTHER_DIGITS
    site = _random_site(n_sites, state)
    spin = spins[site]
    spins[site] = -spin
    queue[0] = site
    head, tail = 0, 1
    while head < tail:
        site, column = np.int64(queue[head]), np.int64(queue[head] % np.uint32(size))
        head += 1
        left = site - 1 if column > 0 else site + size - 1
        right = site + 1 if column + 1 < size else site + 1 - size
        above = site - size if site >= size else site - size + n_sites
        below = site + size if site + size < n_sites else site + size - n_sites
        word = next_word(state)
        for neighbour in (left, right, above, below):
            digits = word & _FIRST_DIGITS
            word >>= _DIGITS
            is_bond = digits < first_digits
            if digits == first_digits:
                is_bond = next_word(state) >> _DIGITS < other_digits
            joins = np.int8(is_bond) & np.int8(spins[neighbour] == spin)
            spins[neighbour] *= np.int8(1) - np.int8(2) * joins
            queue[tail] = neighbour
            tail += joins
    return tail


@jit
def wolff(spins, threshold, n_clusters, state):
    """Update one lattice in place by flipping clusters; return the number of flipped sites.

    Parameters
    ----------
    spins : int8 array of shape (L, L)
        Spins +1 and -1, L >= 2.
    threshold : uint64
        Probability of a bond between equal neighbours, 1 - exp(-2 / T), times 2**64.
    n_clusters : int
    state : uint64 array of shape (4,)
        State of the generator.
    """
    size = spins.shape[0]
    flat, n_sites = spins.ravel(), size * size
    # Of the smallest type that will do, so that it and the lattice fit the cache.
    queue = np.empty(n_sites + 1, np.uint32)
    n_flipped = 0
    for _ in range(n_clusters):
        n_flipped += _flip_cluster(flat, size, threshold, queue, state)
    return n_flipped
