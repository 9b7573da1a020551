"""Wolff updates of a periodic square lattice: a cluster grows from a random site, and is flipped.

Whether a neighbour joins the cluster is random, so that a processor cannot predict a branch on it.
The kernel has no such branch: it writes every neighbour behind the end of the queue of sites to
visit, and moves the end by one or by zero. The queue is first in, first out, so that a visit need
not wait for the spins that the visit before it changed.
"""

import numpy as np

from ._jit import jit
from .random import next_word

_DIGITS = np.uint64(16)
_FIRST_DIGITS = np.uint64(2**16 - 1)
_OTHER_DIGITS = np.uint64(2**48 - 1)


@jit
def _random_site(n_sites, state):
    """Return a random site, uniform up to a relative deviation below n_sites / 2**32."""
    return np.int64(((next_word(state) >> np.uint64(32)) * np.uint64(n_sites)) >> np.uint64(32))


@jit
def _flip_cluster(spins, size, threshold, queue, state):
    """Flip the cluster of a random site of the flat array `spins`, and return its size.

    A bond is open if a random number of 64 binary digits is below the threshold. One word gives the
    first 16 digits for four bonds. The other 48 are drawn only if these 16 equal the threshold's.
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
    """Update one lattice in place by flipping clusters.

    Parameters
    ----------
    spins : int8 array of shape (L, L)
        Spins +1 and -1, L >= 2.
    threshold : uint64
        Probability of a bond between equal neighbours, 1 - exp(-2 / T), times 2**64.
    n_clusters : int
    state : uint64 array of shape (4,)
        State of the generator, advanced in place.

    Returns
    -------
    n_flipped : int
        The sum of the sizes of the clusters.
    """
    size = spins.shape[0]
    flat, n_sites = spins.ravel(), size * size
    # The smallest sufficient type, so that the queue and the lattice fit into the cache.
    queue = np.empty(n_sites + 1, np.uint32)
    n_flipped = 0
    for _ in range(n_clusters):
        n_flipped += _flip_cluster(flat, size, threshold, queue, state)
    return n_flipped
