"""Power spectrum, phases and canonical images of blocks of Potts states under D4 and S_q.

The unit vectors of the states have e_i . e_j = (q delta(s_i, s_j) - 1) / (q - 1). An irrep has a
coefficient for each state c: the sum F_c of its integer weights over the sites in state c. The
product of two coefficients f and g, which are vectors, is (q sum_c F_c G_c - F G) / (q - 1). Here F
and G are the sums over all states, which are 0 except for A1. Up to the division, these are
integers that all images of a block share.

The components of a block are numbered from 0 to 7: A1, A2, B1, B2, and row and column of both
copies of E.
"""

import numpy as np

from ._jit import inline_jit, jit
from .shares import has_only_states, share_work

N_COMPONENTS = 8


@jit
def _compute_reference(states, weights, n_states, reference, norms):
    """Fill the reference of each state and component, and its products with itself."""
    reference[:n_states] = 0
    for site in range(len(states)):
        for a in range(N_COMPONENTS):
            reference[states[site], a] += weights[site, a]
    norms[:] = 0
    for c in range(n_states):
        for a in range(N_COMPONENTS):
            norms[a] += n_states * reference[c, a] ** 2
    norms[0] -= reference[:n_states, 0].sum() ** 2


@jit
def _compute_coefficients(states, sites, k, weights, found, sums):
    """Fill the coefficients of orbit k for each state that occurs; return how many states do."""
    n_found = 0
    for i in range(len(sites)):
        state, place = states[sites[i, k]], 0
        while place < n_found and found[place] != state:
            place += 1
        if place == n_found:
            found[place] = state
            sums[place] = 0
            n_found += 1
        for a in range(N_COMPONENTS):
            sums[place, a] += weights[i, a]
    return n_found


@inline_jit
def _norm(sums, n_found, n_states, a):
    total, whole = 0, 0
    for place in range(n_found):
        total += sums[place, a] ** 2
        whole += sums[place, a]
    # Of the components other than A1, the sum over all states is 0.
    return n_states * total - whole * whole


@inline_jit
def _product(sums, found, n_found, reference, n_states, whole_reference, a, b):
    total, whole = 0, 0
    for place in range(n_found):
        total += sums[place, a] * reference[found[place], b]
        whole += sums[place, a]
    return n_states * total - whole * whole_reference


@inline_jit
def _one_dimensional_phase(product, norm, reference_norm):
    """Return the cosine, which is exactly 1 or -1 for parallel vectors."""
    if norm == 0 or reference_norm == 0:
        return np.float32(0)
    cosine = np.float64(product) / np.sqrt(np.float64(norm) * np.float64(reference_norm))
    return np.float32(min(max(cosine, -1.0), 1.0))


@inline_jit
def inverse_root_of_product(norm, n_states):
    """Return 1 / length of a vector, as for Ising spins; 0 for the zero vector."""
    if norm == 0:
        return np.float32(0)
    return np.float32(1) / np.sqrt(np.float32(norm / np.float64(n_states - 1)))


@inline_jit
def _e_phase(product, norm, reference_norm, n_states):
    inner = np.float32(product / np.float64(n_states - 1))
    inverse = inverse_root_of_product(norm, n_states) * inverse_root_of_product(
        reference_norm, n_states
    )
    return min(max(inner * inverse, np.float32(-1)), np.float32(1))


@jit
def _write_orbits(states, orbits, n_states, reference, norms, found, sums, out):
    """Write the powers and phases of the orbits of one kind."""
    sites, power, power_e, phase, phase_e, weights, scales = orbits
    whole = reference[:n_states, 0].sum()
    for k in range(sites.shape[1]):
        n_found = _compute_coefficients(states, sites, k, weights, found, sums)
        for a in range(4):
            norm = _norm(sums, n_found, n_states, a)
            if power[a] >= 0:
                out[power[a] + k] = scales[0] * (np.float32(norm) / np.float32(n_states - 1))
            if phase[a] >= 0:
                part = whole if a == 0 else 0
                product = _product(sums, found, n_found, reference, n_states, part, a, a)
                out[phase[a] + k] = _one_dimensional_phase(product, norm, norms[a])
        for copy in range(2):
            if power_e[copy] < 0:
                continue
            row, column = 4 + 2 * copy, 5 + 2 * copy
            norm = _norm(sums, n_found, n_states, row) + _norm(sums, n_found, n_states, column)
            out[power_e[copy] + k] = scales[1] * (np.float32(norm) / np.float32(n_states - 1))
            for i in range(2):
                if phase_e[copy, i] >= 0:
                    x, y = 4 + 2 * i, 5 + 2 * i
                    product = _product(sums, found, n_found, reference, n_states, 0, row, x)
                    product += _product(sums, found, n_found, reference, n_states, 0, column, y)
                    reference_norm = norms[x] + norms[y]
                    out[phase_e[copy, i] + k] = _e_phase(product, norm, reference_norm, n_states)


@jit
def potts_power_and_phases(
    blocks, n_states, reference_weights, centre, axis, diagonal, general, out
):
    """Fill the first columns of `out` with powers and phases.

    Parameters
    ----------
    blocks : int8 or int16 array of shape (n, l * l)
        States from 0 to q - 1.
    n_states : int
        q.
    reference_weights : int64 array of shape (l * l, 8)
        Weight of each site in each component of the reference.
    centre, axis, diagonal, general : tuple
        For the orbits of each kind, the first five entries as in
        `skising._kernels.d4.power_and_phases`, then:

        - the weight of each site of an orbit in each component, int64 (size, 8);
        - the scales of the powers of irreps of dimension one and two, float32 (2,).
    out : float32 array of shape (n, n_columns)
    """
    reference = np.empty((n_states, N_COMPONENTS), np.int64)
    norms = np.empty(N_COMPONENTS, np.int64)
    found, sums = np.empty(8, np.int64), np.empty((8, N_COMPONENTS), np.int64)
    for b in range(len(blocks)):
        states, features = blocks[b], out[b]
        _compute_reference(states, reference_weights, n_states, reference, norms)
        _write_orbits(states, centre, n_states, reference, norms, found, sums, features)
        _write_orbits(states, axis, n_states, reference, norms, found, sums, features)
        _write_orbits(states, diagonal, n_states, reference, norms, found, sums, features)
        _write_orbits(states, general, n_states, reference, norms, found, sums, features)


@inline_jit
def _label(state, labels, n_labels):
    """Return the label of a state, a new one if it has none, and how many labels there are."""
    if labels[state] < 0:
        labels[state] = n_labels
        n_labels += 1
    return labels[state], n_labels


@jit
def _keep_first(states, orbits, candidates, n_candidates, labels, n_labels):
    """Move the operations with the first images to the front of `candidates`; return how many.

    Only the first `n_candidates` of `candidates` are compared, orbit by orbit. `labels` (8, q) and
    `n_labels` (8,) hold the labels that each operation has given to the states.
    """
    sites, sources, _ = orbits
    size = sites.shape[0]
    first, moved = np.empty(size, np.int64), np.empty(size, np.int64)
    for k in range(sites.shape[1]):
        if n_candidates == 1:
            break
        n_kept = 0
        for n in range(n_candidates):
            operation, order = candidates[n], 0
            # From the last site down, as the code of an orbit of Ising spins is compared.
            for i in range(size - 1, -1, -1):
                state = states[sites[sources[operation, i], k]]
                moved[i], n_labels[operation] = _label(
                    state, labels[operation], n_labels[operation]
                )
                if order == 0 and n_kept > 0:
                    order = moved[i] - first[i]
            if n_kept == 0 or order < 0:
                first[:] = moved
                n_kept = 0
            if order <= 0:
                candidates[n_kept] = operation
                n_kept += 1
        n_candidates = n_kept
    return n_candidates


@jit
def _write_image(states, orbits, operation, n_states, labels, n_labels, out):
    """Write the image of the orbits of one kind, label by label; return how many labels there are.

    Label c is written as 1 - 2 c / (q - 1), which for q = 2 is an Ising spin.
    """
    sites, sources, first_column = orbits
    n_orbits = sites.shape[1]
    for k in range(n_orbits):
        for i in range(sites.shape[0] - 1, -1, -1):
            state = states[sites[sources[operation, i], k]]
            label, n_labels = _label(state, labels, n_labels)
            number = np.float32(n_states - 1 - 2 * label) / np.float32(n_states - 1)
            out[first_column + i * n_orbits + k] = number
    return n_labels


@jit
def potts_canonical_images(blocks, n_states, centre, axis, diagonal, general, out):
    """Fill l * l columns of `out` with the canonical images.

    The states of each of the 8 images under D4 are relabelled in the order in which they first
    occur. The canonical image is the one whose labels come first in lexicographic order.

    Parameters
    ----------
    blocks : int8 or int16 array of shape (n, l * l)
    n_states : int
    centre, axis, diagonal, general : tuple
        For the orbits of each kind:

        - the flat sites, int32 (size, n_orbits);
        - the sources, int32 (8, size): operation o moves the spin at site sources[o, i] of an orbit
          to its site i;
        - the first of the size * n_orbits columns, an int. The columns are ordered site by site.
    out : float32 array of shape (n, n_columns)
    """
    candidates, n_labels = np.empty(8, np.int64), np.empty(8, np.int64)
    labels = np.empty((8, n_states), np.int64)
    for b in range(len(blocks)):
        states, features = blocks[b], out[b]
        for operation in range(8):
            candidates[operation] = operation
        labels[:], n_labels[:] = -1, 0
        n = _keep_first(states, general, candidates, 8, labels, n_labels)
        n = _keep_first(states, diagonal, candidates, n, labels, n_labels)
        n = _keep_first(states, axis, candidates, n, labels, n_labels)
        _keep_first(states, centre, candidates, n, labels, n_labels)
        # The remaining operations all give the same image.
        operation, new = candidates[0], labels[0]
        new[:] = -1
        n = _write_image(states, general, operation, n_states, new, 0, features)
        n = _write_image(states, diagonal, operation, n_states, new, n, features)
        n = _write_image(states, axis, operation, n_states, new, n, features)
        _write_image(states, centre, operation, n_states, new, n, features)


@jit
def potts_invariants(blocks, n_states, reference_weights, orbits, canonical, out):
    """Fill `out` with powers and phases, and with canonical images if their tables are not empty.

    `orbits` and `canonical` are the arguments for each kind of orbits of `potts_power_and_phases`
    and of `potts_canonical_images`.
    """
    potts_power_and_phases(blocks, n_states, reference_weights, *orbits, out)
    potts_canonical_images(blocks, n_states, *canonical, out)


share_potts_power_and_phases = share_work(potts_power_and_phases, has_only_states)
share_potts_invariants = share_work(potts_invariants, has_only_states)
