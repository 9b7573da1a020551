"""Wolff updates of a periodic square lattice: a cluster grows from a random site, and is flipped.

Whether a neighbour joins the cluster is random, so that a processor cannot predict a branch on it.
The kernel has no such branch: it writes every neighbour behind the end of the queue of sites to
visit, and moves the end by one or by zero. The queue is first in, first out, so that a visit need
not wait for the spins that the visit before it changed.
"""

import numpy as np

from ._jit import jit
from .random import next_word, random_below

_DIGITS = np.uint64(16)
_FIRST_DIGITS = np.uint64(2**16 - 1)
_OTHER_DIGITS = np.uint64(2**48 - 1)


def work_arrays(size):
    """Return the arrays that `wolff` needs beside the lattice, in the order of its arguments.

    Returns
    -------
    queue : uint32 array of shape (L^2 + 1,)
        The sites of the cluster. uint32 is the smallest sufficient type, so that the queue and the
        lattice fit into the cache.
    ends : int64 array of shape (2,)
        How many sites of the queue have been visited, and how many are in it.
    """
    return np.empty(size * size + 1, np.uint32), np.zeros(2, np.int64)


@jit
def grow_cluster(spins, size, old, change, threshold, queue, head, tail, stop, state):
    """Visit sites of a cluster; change and append the neighbours that join it.

    Neighbours that equal `old` can join. A neighbour that joins gets change[1] added, any other
    change[0] = 0. From arithmetic in place of this table, the compiler would make a branch.

    Visit `queue[head:stop]`, or all sites that join if these are fewer. Return the new head and
    tail of the queue; they are equal if the cluster is complete.

    A bond is open if a random number of 64 binary digits is below the threshold. One word gives the
    first 16 digits for four bonds. The other 48 are drawn only if these 16 equal the threshold's.
    """
    n_sites = len(spins)
    first_digits, other_digits = threshold >> np.uint64(48), threshold & _OTHER_DIGITS
    before = spins.dtype.type(old)
    while head < tail and head < stop:
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
            joins = np.int8(is_bond) & np.int8(spins[neighbour] == before)
            spins[neighbour] += change[joins]
            queue[tail] = neighbour
            tail += joins
    return head, tail


@jit
def wolff(spins, threshold, n_clusters, n_visits, queue, ends, state):
    """Update one lattice in place by flipping clusters, until so many sites have been visited.

    Parameters
    ----------
    spins : int8 array of shape (L, L)
        Spins +1 and -1, L >= 2.
    threshold : uint64
        Probability of a bond between equal neighbours, 1 - exp(-2 / T), times 2**64.
    n_clusters : int
        Clusters to complete, the one that an earlier call has begun among them.
    n_visits : int
        Sites to visit at most.
    queue, ends
        The `work_arrays`, which hold a cluster that is not complete.
    state : uint64 array of shape (4,)
        State of the generator, advanced in place.

    Returns
    -------
    n_left : int
        Clusters that are not complete.
    n_visited : int
        Sites that were visited: the sum of the sizes of the clusters, if they are complete.
    """
    size = spins.shape[0]
    flat, n_visited, change = spins.ravel(), 0, np.zeros(2, np.int8)
    while n_clusters > 0 and n_visited < n_visits:
        if ends[0] == ends[1]:
            site = random_below(len(flat), state)
            flat[site] = -flat[site]
            queue[0], ends[0], ends[1] = site, 0, 1
        first, stop = ends[0], ends[0] + n_visits - n_visited
        old = -flat[queue[0]]
        change[1] = -2 * old
        ends[0], ends[1] = grow_cluster(
            flat, size, old, change, threshold, queue, first, ends[1], stop, state
        )
        n_visited += ends[0] - first
        n_clusters -= ends[0] == ends[1]
    return n_clusters, n_visited
