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


def work_arrays(size):
    """Return what `swendsen_wang` needs beside the lattice, in the order of its arguments.

    Returns
    -------
    starts : uint64 array of shape (L, ceil(L / 64))
        Bits of the sites that begin a segment.
    before : int64 array of shape (L, ceil(L / 64))
        Last segment that begins before a word.
    parent : int64 array of shape (L^2,)
    progress : int64 array of shape (2,)
        Number of segments so far, and random bits that are left.
    """
    shape = size, (size + 63) >> 6
    return (
        np.empty(shape, np.uint64),
        np.empty(shape, np.int64),
        np.empty(size * size, np.int64),
        np.zeros(2, np.int64),
    )


@jit
def pack(spins, words):
    """Set bit j % 64 of words[i, j // 64] if spins[i, j] is up, and clear all other bits."""
    words[:] = _ZERO
    for i in range(spins.shape[0]):
        for j in range(spins.shape[1]):
            words[i, j >> 6] |= np.uint64(spins[i, j] > 0) << np.uint64(j & 63)


@jit
def unpack(words, spins):
    """Undo `pack`; bits beyond the end of a row do not matter."""
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
def _flip_row(words, i, state, starts, parent, progress):
    """Flip every cluster with probability 1/2, in row i; the rows above have been flipped.

    When all rows have been flipped, `parent` holds for each segment all ones if its cluster was
    flipped, else zero.
    """
    segment, random_bits = progress[0], np.uint64(progress[1])
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
    progress[0], progress[1] = segment, np.int64(random_bits)


@jit
def swendsen_wang(words, size, threshold, first, stop, starts, before, parent, progress, state):
    """Update one lattice in place by a part of some Swendsen-Wang sweeps.

    A sweep has 2 L steps: L steps that draw the bonds of a row, and L steps that flip one.

    Parameters
    ----------
    words : uint64 array of shape (L, ceil(L / 64))
        The lattice, L >= 2, from `pack`.
    size : int
        L.
    threshold : uint64
        Probability of a bond between equal neighbours, 1 - exp(-2 / T), times 2**64.
    first, stop : int
        The range of the steps. The first call begins with step 0, the next with `stop` of the call
        before it.
    starts, before, parent, progress
        The `work_arrays`, which no other function may change before the end of a sweep.
    state : uint64 array of shape (4,)
        State of the generator, advanced in place.
    """
    last = np.uint64((size - 1) & 63)  # bit of the last site of a row, in its last word
    for step in range(first, stop):
        i = step % size
        if i == 0:
            progress[0] = 0
        if step // size & 1:
            _flip_row(words, i, state, starts, parent, progress)
            continue
        progress[0] = _cut_into_segments(
            words[i], last, threshold, state, starts[i], before[i], parent, progress[0]
        )
        if i > 0:
            _join_rows(words, i, i - 1, last, threshold, state, starts, before, parent)
        if i == size - 1:
            _join_rows(words, 0, i, last, threshold, state, starts, before, parent)
