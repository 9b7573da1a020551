"""The canonical image of a block of vectors: the first of its images in a fixed order.

The images are those under D4, under the reflection s to -s of all states modulo q, and, for the
clock model, under all q rotations s to s + r. Each operation of D4, with or without the reflection,
leaves one rotation to be tried: the one that takes the first state it reads to 0. Spins with
vacancies are states modulo 3 that are not rotated: 0, 1, and -1, which is 2.

Images are compared orbit by orbit, in the order of `skising._kernels.canonical`, and state by state
from the last site of an orbit down.
"""

import numpy as np

from ._jit import inline_jit, jit

N_OPERATIONS = 16
UNKNOWN = -2
"""The origin of an operation that has read no state yet."""


@inline_jit
def _moved(state, origin, operation, n_states):
    """Return a state after the rotation that takes `origin` to 0, then perhaps the reflection."""
    difference = np.int64(state) - origin
    if operation >= 8:
        difference = -difference
    return difference + n_states if difference < 0 else difference


@jit
def _keep_first(states, orbits, candidates, n_candidates, origins, n_states):
    """Move the operations with the first images to the front of `candidates`; return how many.

    Only the first `n_candidates` of `candidates` are compared.
    """
    sites, sources, _ = orbits
    size = sites.shape[0]
    first, moved = np.empty(size, np.int64), np.empty(size, np.int64)
    for k in range(sites.shape[1]):
        if n_candidates == 1:
            break
        n_kept = 0
        for n in range(n_candidates):
            operation, order = candidates[n], np.int64(0)
            # From the last site down, as the code of an orbit of Ising spins is compared.
            for i in range(size - 1, -1, -1):
                state = states[sites[sources[operation, i], k]]
                if origins[operation] == UNKNOWN:
                    origins[operation] = state
                moved[i] = _moved(state, origins[operation], operation, n_states)
                if n_kept > 0:
                    order = moved[i] - first[i]
                    if order != 0:
                        break
            if n_kept == 0 or order < 0:
                for i in range(size):
                    state = states[sites[sources[operation, i], k]]
                    first[i] = _moved(state, origins[operation], operation, n_states)
                n_kept = 0
            if order <= 0:
                candidates[n_kept] = operation
                n_kept += 1
        n_candidates = n_kept
    return n_candidates


@jit
def find_canonical(states, n_states, orbits, origin, candidates, origins):
    """Return an operation from 0 to 15 whose image is canonical, and the state it rotates to 0.

    Parameters
    ----------
    states : array of shape (l * l,)
    n_states : int
        q.
    orbits : tuple
        For the centre, axis, diagonal, and general orbits:

        - the flat sites, int32 (size, n_orbits);
        - the sources, int32 (16, size): operation o moves the state at site sources[o, i] of an
          orbit to its site i. Operations 8 to 15 are the first 8 followed by the reflection;
        - the first of the size * n_orbits columns of the image, an int.
    origin : int
        The state that every operation rotates to 0, or `UNKNOWN` for the first state that it reads.
    candidates, origins : int64 arrays of shape (16,)
        Overwritten.
    """
    centre, axis, diagonal, general = orbits
    for operation in range(N_OPERATIONS):
        candidates[operation], origins[operation] = operation, origin
    n = _keep_first(states, general, candidates, N_OPERATIONS, origins, n_states)
    n = _keep_first(states, diagonal, candidates, n, origins, n_states)
    n = _keep_first(states, axis, candidates, n, origins, n_states)
    _keep_first(states, centre, candidates, n, origins, n_states)
    # The remaining operations all give the same image.
    return candidates[0], origins[candidates[0]]


@jit
def _write_orbits(states, orbits, operation, origin, n_states, values, first_part, out):
    sites, sources, first_column = orbits
    n_orbits = sites.shape[1]
    for i in range(sites.shape[0]):
        first = first_part + first_column + i * n_orbits
        columns, source_sites = out[first : first + n_orbits], sites[sources[operation, i]]
        for k in range(n_orbits):
            moved = _moved(states[source_sites[k]], origin, operation, n_states)
            columns[k] = values[moved]


@jit
def write_canonical(states, n_states, orbits, operation, origin, values, out):
    """Write the canonical image of one block, given its operation and origin.

    Component c of the vector of state s is ``values[c, s]``. The components are written one after
    the other, each in l * l columns.
    """
    centre, axis, diagonal, general = orbits
    for c in range(len(values)):
        numbers, part = values[c], c * len(states)
        _write_orbits(states, centre, operation, origin, n_states, numbers, part, out)
        _write_orbits(states, axis, operation, origin, n_states, numbers, part, out)
        _write_orbits(states, diagonal, operation, origin, n_states, numbers, part, out)
        _write_orbits(states, general, operation, origin, n_states, numbers, part, out)
