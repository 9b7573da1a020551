"""The tables of the kernels for each kind of spins."""

import numpy as np

from .. import symmetry
from .._kernels.clock_d4 import ONE
from .._kernels.few_states_d4 import MOST_PRODUCTS
from .._kernels.potts_d4 import N_COMPONENTS

# The kernel for few states takes half of the time of the other at this number. Its time is
# proportional to q.
_MOST_FEW_STATES = 64


def are_few_states(spins, block_size):
    """Tell whether spins are Potts states that the kernel for few states takes."""
    return (
        spins.kind == "potts"
        and spins.n_states <= _MOST_FEW_STATES
        and spins.n_states * block_size**2 <= MOST_PRODUCTS
    )


def tables_of_spins(spins, by_kind, block_size, irreps, images, is_complete):
    """Return the arguments of the kernel for some spins between `blocks` and `out`.

    Parameters
    ----------
    spins : AnyNumbers
    by_kind : dict of {str: list of Orbit}
    block_size : int
    irreps, images : tuple
        The tables of powers and phases, and of canonical images, of Ising spins. The latter may be
        empty unless `is_complete`, or the spins are clock states.
    is_complete : bool
        Whether canonical images are features.
    """
    if spins.kind == "ising":
        return (irreps, images) if is_complete else irreps
    if spins.kind == "potts":
        return _tables_of_potts_states(spins, by_kind, block_size, irreps, images, is_complete)
    orbits = tuple((sites, sources, first) for sites, sources, _, first in images)
    if spins.kind == "diluted":
        # The spin of each state modulo 3.
        values = np.array([[0, 1, -1]], np.float32)
        return (irreps, orbits, values) if is_complete else (irreps,)
    vectors = _vectors(spins.n_states)
    values = (vectors / ONE).astype(np.float32)
    return spins.n_states, vectors, irreps, orbits, values if is_complete else values[:0]


def _tables_of_potts_states(spins, by_kind, block_size, irreps, images, is_complete):
    n_states = spins.n_states
    orbits = tuple((sites, sources[:8], first) for sites, sources, _, first in images)
    if are_few_states(spins, block_size):
        return (n_states, irreps, orbits) if is_complete else (n_states, *irreps)
    weighted = tuple(
        (*columns, _component_weights(kind), _scales(kind))
        for kind, columns in zip(by_kind, irreps, strict=False)
    )
    reference = np.zeros((block_size**2, N_COMPONENTS), np.int64)
    for kind, kind_orbits in by_kind.items():
        for orbit in kind_orbits:
            reference[orbit.sites] = _reference_weights(kind)
    if is_complete:
        return n_states, reference, weighted, orbits
    return n_states, reference, *weighted


def _vectors(n_states):
    """Return the cosines and sines of 2 pi s / q as integers (2, q), for each state s."""
    states = np.arange(n_states)
    # The smaller of s and q - s, so that both have the same cosine, and opposite sines.
    turns = np.minimum(states, n_states - states) / n_states
    sines = np.where(2 * states <= n_states, 1, -1) * np.sin(2 * np.pi * turns)
    return np.rint(ONE * np.array([np.cos(2 * np.pi * turns), sines])).astype(np.int32)


def _component_weights(kind):
    """Return the weight of each site of an orbit in A1, A2, B1, B2, and both copies of E."""
    weights = np.zeros((symmetry.ORBIT_KINDS[kind].size, N_COMPONENTS), np.int64)
    for component in symmetry.components(kind):
        if component.irrep == "E":
            first = 4 + 2 * component.copy
            weights[:, first : first + 2] = component.matrix.T
        else:
            weights[:, list(symmetry.IRREPS).index(component.irrep)] = component.matrix[0]
    return weights


def _reference_weights(kind):
    """Return the weight of each site of an orbit in twice the reference.

    Of the two domains at an axis, or at a diagonal, each counts a site on it by half.
    """
    weights = 2 * _component_weights(kind)
    if kind == "axis":
        weights[:, 6:8], weights[:, 4:6] = weights[:, 4:6], 0
    elif kind == "diagonal":
        weights[:, 6:8] = weights[:, 4:6] = weights[:, 4:6] // 2
    return weights


def _scales(kind):
    """Return the factors that make the powers of an orbit add up to 1, of dimensions 1 and 2."""
    size, norms = symmetry.ORBIT_KINDS[kind].size, {1: 1, 2: 1}
    for component in symmetry.components(kind):
        norms[len(component.matrix)] = component.norm
    return np.array([1 / (size * norms[1]), 1 / (size * norms[2])], np.float32)
