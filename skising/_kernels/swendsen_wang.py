"""Swendsen-Wang updates of Ising spins on a periodic square lattice, a bit for each spin."""

import numpy as np

from . import segments
from ._jit import jit
from .random import next_word
from .segments import cut_into_segments, join_rows, left_neighbours, valid_bits

_ZERO, _ONE = np.uint64(0), np.uint64(1)


def work_arrays(size):
    """Return what `swendsen_wang` needs beside the lattice, in the order of its arguments.

    Returns
    -------
    equal, starts, before, parent
        The `work_arrays` of `segments`.
    progress : int64 array of shape (2,)
        Number of segments so far, and random bits that are left.
    """
    return *segments.work_arrays(size), np.zeros(2, np.int64)


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
def _compare_across(row, size, equal):
    """Set the bits of the sites of a row that are equal to their left neighbours."""
    for w in range(len(row)):
        equal[w] = ~(row[w] ^ left_neighbours(row, w, size)) & valid_bits(w, size)


@jit
def _compare_down(row, above, size, equal):
    """Set the bits of the sites of a row that are equal to their neighbours above."""
    for w in range(len(row)):
        equal[w] = ~(row[w] ^ above[w]) & valid_bits(w, size)


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
def swendsen_wang(
    words, size, threshold, first, stop, equal, starts, before, parent, progress, state
):
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
    equal, starts, before, parent, progress
        The `work_arrays`, which no other function may change before the end of a sweep.
    state : uint64 array of shape (4,)
        State of the generator, advanced in place.
    """
    for step in range(first, stop):
        i = step % size
        if i == 0:
            progress[0] = 0
        if step // size & 1:
            _flip_row(words, i, state, starts, parent, progress)
            continue
        _compare_across(words[i], size, equal)
        progress[0] = cut_into_segments(
            equal, size, threshold, state, starts[i], before[i], parent, progress[0]
        )
        if i > 0:
            _compare_down(words[i], words[i - 1], size, equal)
            join_rows(equal, i, i - 1, threshold, state, starts, before, parent)
        if i == size - 1:
            _compare_down(words[0], words[i], size, equal)
            join_rows(equal, 0, i, threshold, state, starts, before, parent)
