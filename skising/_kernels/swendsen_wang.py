"""Swendsen-Wang updates of a periodic square lattice whose spins are packed as bits.

A word holds 64 spins of a row, so that the bonds of 64 sites are drawn at once. Horizontal bonds
join the sites of a row into segments. Segments are labelled instead of sites: at the critical
temperature there is one segment for every two sites. Vertical bonds then join segments into
clusters.
"""

import numpy as np

from ._jit import jit
from .bits import count_ones
from .random import bernoulli_word, next_word

_ZERO, _ONE = np.uint64(0), np.uint64(1)
_ALL = np.uint64(2**64 - 1)


@jit
def _pack(spins, words):
    """Set bit j % 64 of words[i, j // 64] if spins[i, j] is up, and clear all other bits."""
    words[:] = _ZERO
    for i in range(spins.shape[0]):
        for j in range(spins.shape[1]):
            words[i, j >> 6] |= np.uint64(spins[i, j] > 0) << np.uint64(j & 63)


@jit
def _unpack(words, spins):
    """Undo `_pack`; bits beyond the end of a row do not matter."""
    for i in range(spins.shape[0]):
        for j in range(spins.shape[1]):
            up = (words[i, j >> 6] >> np.uint64(j & 63)) & _ONE
            spins[i, j] = 2 * np.int8(up) - 1


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
def _cut_into_segments(row, last, threshold, state, starts, before, parent, n_segments):
    """Draw the bonds within one row; return the number of segments so far."""
    first_segment = n_segments
    left = (row[-1] >> last) & _ONE
    wraps = _ZERO
    for w in range(len(row)):
        valid = _ALL if w + 1 < len(row) else _ALL >> (np.uint64(63) - last)
        equal = ~(row[w] ^ ((row[w] << _ONE) | left)) & valid
        left = row[w] >> np.uint64(63)
        bonds = bernoulli_word(threshold, equal, state)
        starts[w] = ~bonds & valid
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
def _join_rows(words, i, above, last, threshold, state, starts, before, parent):
    """Draw the bonds between row i and the row above, and join the segments that they connect."""
    n_words = words.shape[1]
    for w in range(n_words):
        valid = _ALL if w + 1 < n_words else _ALL >> (np.uint64(63) - last)
        equal = ~(words[i, w] ^ words[above, w]) & valid
        bonds = bernoulli_word(threshold, equal, state)
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


@jit
def _flip_clusters(words, state, starts, parent):
    """Flip every cluster with probability 1/2.

    On return `parent` holds for each segment all ones if its cluster was flipped, else zero.
    """
    segment = 0
    random_bits = _ZERO
    for i in range(words.shape[0]):
        flip = _ZERO
        for w in range(words.shape[1]):
            flips = flip
            remaining = starts[i, w]
            while remaining != 0:
                if segment & 63 == 0:
                    random_bits = next_word(state)
                above = parent[segment]
                random_flip = _ZERO - (random_bits & _ONE)
                random_bits >>= _ONE
                # A parent comes before its children, so that its entry is already a flip.
                new = random_flip if above == segment else np.uint64(parent[above])
                parent[segment] = np.int64(new)
                segment += 1
                start = remaining & (_ZERO - remaining)
                flips ^= (new ^ flip) & (_ZERO - start)
                flip = new
                remaining ^= start
            words[i, w] ^= flips


@jit
def swendsen_wang(spins, threshold, n_sweeps, state):
    """Update one lattice in place by Swendsen-Wang sweeps.

    Parameters
    ----------
    spins : int8 array of shape (L, L)
        Spins +1 and -1, L >= 2.
    threshold : uint64
        Probability of a bond between equal neighbours, 1 - exp(-2 / T), times 2**64.
    n_sweeps : int
    state : uint64 array of shape (4,)
        State of the generator, advanced in place.
    """
    size = spins.shape[0]
    n_words = (size + 63) >> 6
    last = np.uint64((size - 1) & 63)  # bit of the last site of a row, in its last word
    words = np.empty((size, n_words), np.uint64)
    starts = np.empty((size, n_words), np.uint64)  # bits of the sites that begin a segment
    before = np.empty((size, n_words), np.int64)  # last segment that begins before a word
    parent = np.empty(size * size, np.int64)
    _pack(spins, words)
    for _ in range(n_sweeps):
        n_segments = 0
        for i in range(size):
            n_segments = _cut_into_segments(
                words[i], last, threshold, state, starts[i], before[i], parent, n_segments
            )
            if i > 0:
                _join_rows(words, i, i - 1, last, threshold, state, starts, before, parent)
        _join_rows(words, 0, size - 1, last, threshold, state, starts, before, parent)
        _flip_clusters(words, state, starts, parent)
    _unpack(words, spins)
