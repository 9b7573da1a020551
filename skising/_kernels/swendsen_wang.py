"""Swendsen-Wang updates of a periodic square lattice whose spins are packed as bits.

Of a row, 64 spins go into one word, so that the bonds of 64 sites are drawn at once. The sites of a
row that open horizontal bonds join form a run, and only runs are labelled: at the critical
temperature there is one for every two sites. The vertical bonds then join runs into clusters.
"""

import numpy as np

from ._jit import jit
from .bits import count_ones
from .random import bernoulli_word, next_word

_ZERO, _ONE = np.uint64(0), np.uint64(1)
_ALL = np.uint64(2**64 - 1)


@jit
def _pack(spins, words):
    """Set bit j % 64 of words[i, j // 64] where spins[i, j] is up; bits beyond a row are void."""
    words[:] = _ZERO
    for i in range(spins.shape[0]):
        for j in range(spins.shape[1]):
            words[i, j >> 6] |= np.uint64(spins[i, j] > 0) << np.uint64(j & 63)


@jit
def _unpack(words, spins):
    for i in range(spins.shape[0]):
        for j in range(spins.shape[1]):
            up = (words[i, j >> 6] >> np.uint64(j & 63)) & _ONE
            spins[i, j] = 2 * np.int8(up) - 1


@jit
def _union(parent, a, b):
    """Join two trees, so that no run's parent comes after it (Rem's algorithm, with splicing)."""
    while parent[a] != parent[b]:
        if parent[a] < parent[b]:
            a, b = b, a
        above = parent[a]
        parent[a] = parent[b]
        if above == a:
            return
        a = above


@jit
def _cut_into_runs(row, last, threshold, state, starts, before, parent, n_runs):
    """Draw the bonds between neighbours in one row; return the number of runs so far."""
    first_run = n_runs
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
        before[w] = n_runs - 1
        for _ in range(count_ones(starts[w])):
            parent[n_runs] = n_runs
            n_runs += 1
    if wraps:
        _union(parent, first_run, n_runs - 1)
    return n_runs


@jit
def _join_rows(words, i, above, last, threshold, state, starts, before, parent):
    """Draw the bonds between row i and the row above it, and join the runs that they connect."""
    n_words = words.shape[1]
    for w in range(n_words):
        valid = _ALL if w + 1 < n_words else _ALL >> (np.uint64(63) - last)
        equal = ~(words[i, w] ^ words[above, w]) & valid
        bonds = bernoulli_word(threshold, equal, state)
        here, there = starts[i, w], starts[above, w]
        # A bond right of another one between the same two runs adds nothing.
        same = ~(here | there)
        seen = same & (bonds << _ONE)
        seen |= same & (seen << _ONE)
        bonds &= ~seen
        while bonds != 0:
            up_to = bonds ^ (bonds - _ONE)
            _union(
                parent,
                before[i, w] + np.int64(count_ones(here & up_to)),
                before[above, w] + np.int64(count_ones(there & up_to)),
            )
            bonds &= bonds - _ONE


@jit
def _flip_clusters(words, state, starts, parent):
    """Give every cluster a random sign, and replace the parents by what flips their runs."""
    run = 0
    coins = _ZERO
    for i in range(words.shape[0]):
        flip = _ZERO
        for w in range(words.shape[1]):
            flips = flip
            remaining = starts[i, w]
            while remaining != 0:
                if run & 63 == 0:
                    coins = next_word(state)
                above = parent[run]
                coin = _ZERO - (coins & _ONE)
                coins >>= _ONE
                # A parent comes before its children, so it has been replaced already.
                new = coin if above == run else np.uint64(parent[above])
                parent[run] = np.int64(new)
                run += 1
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
        State of the generator.
    """
    size = spins.shape[0]
    n_words = (size + 63) >> 6
    last = np.uint64((size - 1) & 63)  # the bit of a row's last site in its last word
    words = np.empty((size, n_words), np.uint64)
    starts = np.empty((size, n_words), np.uint64)  # the bits of the sites that begin a run
    before = np.empty((size, n_words), np.int64)  # the last run that begins before a word
    parent = np.empty(size * size, np.int64)
    _pack(spins, words)
    for _ in range(n_sweeps):
        n_runs = 0
        for i in range(size):
            n_runs = _cut_into_runs(
                words[i], last, threshold, state, starts[i], before[i], parent, n_runs
            )
            if i > 0:
                _join_rows(words, i, i - 1, last, threshold, state, starts, before, parent)
        _join_rows(words, 0, size - 1, last, threshold, state, starts, before, parent)
        _flip_clusters(words, state, starts, parent)
    _unpack(words, spins)
