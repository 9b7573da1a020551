"""Cluster updates of the Potts model on a periodic square lattice.

Swendsen-Wang keeps the states as bit planes: plane b has bit b of the states of 64 sites of a row
in a word. Wolff keeps a number for each site.
"""

import numpy as np

from . import segments
from . import wolff as clusters
from ._jit import jit
from .random import random_below
from .segments import cut_into_segments, join_rows, left_neighbours, valid_bits
from .wolff import grow_cluster

_ZERO, _ONE = np.uint64(0), np.uint64(1)


def swendsen_wang_arrays(size):
    """Return what `swendsen_wang` needs beside the lattice, in the order of its arguments.

    Returns
    -------
    equal, starts, before, parent
        The `work_arrays` of `segments`.
    n_segments : int64 array of shape (1,)
        Number of segments so far.
    """
    return *segments.work_arrays(size), np.zeros(1, np.int64)


def wolff_arrays(size):
    """Return what `wolff` needs beside the lattice, in the order of its arguments.

    Returns
    -------
    queue, ends
        The `work_arrays` of the Ising model's Wolff kernel.
    old : int64 array of shape (1,)
        The former state of a cluster that is not complete.
    """
    return *clusters.work_arrays(size), np.zeros(1, np.int64)


@jit
def fill_random(states, n_states, state):
    """Give every site a random state; `states` is a one-dimensional array."""
    for k in range(len(states)):
        states[k] = random_below(n_states, state)


@jit
def pack(states, planes):
    """Set bit j % 64 of planes[b, i, j // 64] if bit b of states[i, j] is set; clear all others."""
    planes[:] = _ZERO
    for b in range(planes.shape[0]):
        for i in range(states.shape[0]):
            for j in range(states.shape[1]):
                bit = (np.uint64(states[i, j]) >> np.uint64(b)) & _ONE
                planes[b, i, j >> 6] |= bit << np.uint64(j & 63)


@jit
def unpack(planes, states):
    """Undo `pack`; bits beyond the end of a row do not matter."""
    for i in range(states.shape[0]):
        for j in range(states.shape[1]):
            state = np.uint64(0)
            for b in range(planes.shape[0]):
                state |= ((planes[b, i, j >> 6] >> np.uint64(j & 63)) & _ONE) << np.uint64(b)
            states[i, j] = state


@jit
def _compare_across(planes, i, size, equal):
    """Set the bits of the sites of row i that are equal to their left neighbours."""
    for w in range(len(equal)):
        differs = _ZERO
        for b in range(planes.shape[0]):
            differs |= planes[b, i, w] ^ left_neighbours(planes[b, i], w, size)
        equal[w] = ~differs & valid_bits(w, size)


@jit
def _compare_down(planes, i, above, size, equal):
    """Set the bits of the sites of row i that are equal to their neighbours above."""
    for w in range(len(equal)):
        differs = _ZERO
        for b in range(planes.shape[0]):
            differs |= planes[b, i, w] ^ planes[b, above, w]
        equal[w] = ~differs & valid_bits(w, size)


@jit
def _give_states(planes, i, n_states, state, starts, parent, segment):
    """Give every cluster of row i a random state; the rows above have theirs.

    When all rows are done, `parent` holds the new state of each segment. Return the number of
    segments so far.
    """
    n_planes = planes.shape[0]
    current = np.int64(0)
    for w in range(planes.shape[2]):
        remaining = starts[i, w]
        for b in range(n_planes):
            planes[b, i, w] = _ZERO - ((np.uint64(current) >> np.uint64(b)) & _ONE)
        while remaining != 0:
            above = parent[segment]
            # A parent comes before its children, so that its entry is already a state.
            new = random_below(n_states, state) if above == segment else parent[above]
            parent[segment] = new
            segment += 1
            start = remaining & (_ZERO - remaining)
            change, rest = np.uint64(new ^ current), _ZERO - start
            for b in range(n_planes):
                planes[b, i, w] ^= (_ZERO - ((change >> np.uint64(b)) & _ONE)) & rest
            current = new
            remaining ^= start
    return segment


@jit
def swendsen_wang(
    planes, size, n_states, threshold, first, stop, equal, starts, before, parent, n_segments, state
):
    """Update one lattice in place by a part of some Swendsen-Wang sweeps.

    A sweep has 2 L steps: L steps that draw the bonds of a row, and L steps that give its clusters
    their states.

    Parameters
    ----------
    planes : uint64 array of shape (n_planes, L, ceil(L / 64))
        The lattice, L >= 2, from `pack`; 2**n_planes >= n_states.
    size : int
        L.
    n_states : int
        q.
    threshold : uint64
        Probability of a bond between equal neighbours, 1 - exp(-1 / T), times 2**64.
    first, stop : int
        The range of the steps. The first call begins with step 0, the next with `stop` of the call
        before it.
    equal, starts, before, parent, n_segments
        The `swendsen_wang_arrays`, which no other function may change before the end of a sweep.
    state : uint64 array of shape (4,)
        State of the generator, advanced in place.
    """
    n = n_segments[0]
    for step in range(first, stop):
        i = step % size
        if i == 0:
            n = 0
        if step // size & 1:
            n = _give_states(planes, i, n_states, state, starts, parent, n)
            continue
        _compare_across(planes, i, size, equal)
        n = cut_into_segments(equal, size, threshold, state, starts[i], before[i], parent, n)
        if i > 0:
            _compare_down(planes, i, i - 1, size, equal)
            join_rows(equal, i, i - 1, threshold, state, starts, before, parent)
        if i == size - 1:
            _compare_down(planes, 0, i, size, equal)
            join_rows(equal, 0, i, threshold, state, starts, before, parent)
    n_segments[0] = n


@jit
def wolff(states, n_states, threshold, n_clusters, n_visits, queue, ends, old, state):
    """Update one lattice in place by giving clusters another state, up to a number of visits.

    Parameters
    ----------
    states : int8 or int16 array of shape (L, L)
        States 0 to n_states - 1, L >= 2.
    n_states : int
        q.
    threshold : uint64
        Probability of a bond between equal neighbours, 1 - exp(-1 / T), times 2**64.
    n_clusters : int
        Clusters to complete, the one that an earlier call has begun among them.
    n_visits : int
        Sites to visit at most.
    queue, ends, old
        The `wolff_arrays`, which hold a cluster that is not complete.
    state : uint64 array of shape (4,)
        State of the generator, advanced in place.

    Returns
    -------
    n_left : int
        Clusters that are not complete.
    n_visited : int
        Sites that were visited: the sum of the sizes of the clusters, if they are complete.
    """
    size = states.shape[0]
    flat, n_visited, change = states.ravel(), 0, np.zeros(2, states.dtype)
    while n_clusters > 0 and n_visited < n_visits:
        if ends[0] == ends[1]:
            site = random_below(len(flat), state)
            old[0] = flat[site]
            new = old[0] + 1 + random_below(n_states - 1, state)
            flat[site] = new if new < n_states else new - n_states
            queue[0], ends[0], ends[1] = site, 0, 1
        first, stop = ends[0], ends[0] + n_visits - n_visited
        change[1] = flat[queue[0]] - old[0]
        ends[0], ends[1] = grow_cluster(
            flat, size, old[0], change, threshold, queue, first, ends[1], stop, state
        )
        n_visited += ends[0] - first
        n_clusters -= ends[0] == ends[1]
    return n_clusters, n_visited
