"""Clusters of a periodic square lattice, from words that say which neighbours are equal.

A word has a bit for each of 64 sites of a row, so that the bonds of 64 sites are drawn at once.
Horizontal bonds join the sites of a row into segments. Segments are labelled instead of sites: at
the critical temperature of the Ising model there is one segment for every two sites. Vertical bonds
then join segments into clusters.
"""

import numpy as np

from ._jit import jit
from .bits import count_ones
from .random import bernoulli_word

_ZERO, _ONE = np.uint64(0), np.uint64(1)
_ALL = np.uint64(2**64 - 1)


def work_arrays(size):
    """Return the arrays that hold the segments of a lattice.

    Returns
    -------
    equal : uint64 array of shape (ceil(L / 64),)
        Bits of the sites of a row that are equal to a neighbour.
    starts : uint64 array of shape (L, ceil(L / 64))
        Bits of the sites that begin a segment.
    before : int64 array of shape (L, ceil(L / 64))
        Last segment that begins before a word.
    parent : int64 array of shape (L^2,)
    """
    shape = size, (size + 63) >> 6
    return (
        np.empty(shape[1], np.uint64),
        np.empty(shape, np.uint64),
        np.empty(shape, np.int64),
        np.empty(size * size, np.int64),
    )


@jit
def valid_bits(w, size):
    """Return the bits of word w of a row that are sites."""
    beyond = 64 * (w + 1) - size
    return _ALL >> np.uint64(beyond) if beyond > 0 else _ALL


@jit
def left_neighbours(row, w, size):
    """Return the bits of the left neighbours of the 64 sites of word w of a periodic row."""
    left = row[w - 1] >> np.uint64(63) if w else row[-1] >> np.uint64((size - 1) & 63)
    return (row[w] << _ONE) | (left & _ONE)


@jit
def _union(parent, a, b):
    """Join two trees so that no parent comes after its child (Rem's algorithm, with splicing)."""
    while parent[a] != parent[b]:
        if parent[a] < parent[b]:
            a, b = b, a
        above = parent[a]
        parent[a] = parent[b]
        if above == a:
            return
        a = above


@jit
def cut_into_segments(equal, size, threshold, state, starts, before, parent, n_segments):
    """Draw the bonds within one row; return the number of segments so far.

    `equal` tells which sites are equal to their left neighbours; its other bits are 0.
    """
    first_segment = n_segments
    wraps = _ZERO
    for w in range(len(equal)):
        bonds = bernoulli_word(threshold, equal[w], state)
        starts[w] = ~bonds & valid_bits(w, size)
        if w == 0:
            wraps = bonds & _ONE
            starts[w] |= _ONE
        before[w] = n_segments - 1
        for _ in range(count_ones(starts[w])):
            parent[n_segments] = n_segments
            n_segments += 1
    if wraps:
        _union(parent, first_segment, n_segments - 1)
    return n_segments


@jit
def join_rows(equal, i, above, threshold, state, starts, before, parent):
    """Draw the bonds between row i and the row above, and join the segments that they connect.

    `equal` tells which sites of row i are equal to those above; its other bits are 0.
    """
    for w in range(len(equal)):
        bonds = bernoulli_word(threshold, equal[w], state)
        row_starts, above_starts = starts[i, w], starts[above, w]
        # A bond directly right of another one between the same two segments is redundant.
        same = ~(row_starts | above_starts)
        seen = same & (bonds << _ONE)
        seen |= same & (seen << _ONE)
        bonds &= ~seen
        while bonds != 0:
            up_to = bonds ^ (bonds - _ONE)
            _union(
                parent,
                before[i, w] + np.int64(count_ones(row_starts & up_to)),
                before[above, w] + np.int64(count_ones(above_starts & up_to)),
            )
            bonds &= bonds - _ONE
