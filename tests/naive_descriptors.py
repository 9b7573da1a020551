"""Slow, obvious implementations of the descriptors, to compare their kernels with."""

import fractions
import functools
import itertools
import math

import numpy as np

# Act on (row, column): each axis is reversed or not, and the axes are exchanged or not.
OPERATIONS = [
    np.array(matrix)
    for a, b in itertools.product((1, -1), repeat=2)
    for matrix in ([[a, 0], [0, b]], [[0, a], [b, 0]])
]


def d4_irreps(operation):
    """Return the matrix of an operation in every irrep; for E it is the operation itself."""
    (a, b), (c, d) = operation.tolist()
    determinant = a * d - b * c
    keeps_axes = 1 if b == 0 else -1
    return {
        "A1": np.array([[1]]),
        "A2": np.array([[determinant]]),
        "B1": np.array([[keeps_axes]]),
        "B2": np.array([[determinant * keeps_axes]]),
        "E": operation,
    }


def in_domain(site, operation):
    """Return whether a site is in the image of the triangle 0 <= row <= column, edges included."""
    row, column = operation.T @ site  # the transpose is the inverse
    return 0 <= row <= column


# What follows from the place of a site alone is kept for the next block.
@functools.cache
def domains(site):
    """Return the numbers of the operations in whose image of the triangle a site is."""
    return [k for k, operation in enumerate(OPERATIONS) if in_domain(site, operation)]


def d4_reference(spins):
    """Return the reference of every irrep: one column, and two columns, one per copy, for E."""
    totals = [0] * len(OPERATIONS)
    for site, spin in spins.items():
        for k in domains(site):
            totals[k] += spin / len(domains(site))
    reference = {irrep: 0 for irrep in d4_irreps(OPERATIONS[0])}
    for operation, total in zip(OPERATIONS, totals, strict=True):
        for irrep, matrix in d4_irreps(operation).items():
            reference[irrep] = reference[irrep] + matrix * total
    return reference


def d4_invariant_vectors(irrep, representative):
    """Return the vectors of an irrep that the stabilizer of the representative leaves unchanged."""
    row, column = representative
    if irrep == "E":
        if row == column:
            return [] if row == 0 else [(1, 1)]
        return [(0, 1)] if row == 0 else [(1, 0), (0, 1)]
    stabilizer = [g for g in OPERATIONS if tuple(g @ representative) == representative]
    return [(1,)] if all(d4_irreps(g)[irrep] == 1 for g in stabilizer) else []


@functools.cache
def d4_maps(representative):
    """Return the sites of an orbit, and the maps from their spins to irreps.

    A map has an irrep, a label, a matrix (dimension of the irrep, n_sites) and its squared norm.
    """
    # Two operations that lead to the same site differ by a stabilizer, which keeps the vectors.
    sites = {tuple(operation @ representative): operation for operation in OPERATIONS}
    maps = []
    for irrep in d4_irreps(OPERATIONS[0]):
        for copy, vector in enumerate(d4_invariant_vectors(irrep, representative), start=1):
            label = f"{irrep}{copy}" if irrep == "E" else irrep
            matrix = np.transpose([d4_irreps(g)[irrep] @ vector for g in sites.values()])
            # By the orthogonality of irreps.
            squared_norm = len(sites) * np.dot(vector, vector) / len(vector)
            maps.append((irrep, label, matrix, squared_norm))
    return list(sites), maps


def cosine(a, b):
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return a @ b / lengths if lengths else 0.0


def d4_orbit_features(spins, representative, reference):
    """Return the features of the orbit of one site, by name."""
    features = {}
    suffix = "({:g},{:g})".format(*representative)
    sites, maps = d4_maps(representative)
    of_sites = np.array([spins[site] for site in sites])
    for irrep, label, matrix, squared_norm in maps:
        f = matrix @ of_sites
        if len(sites) > 1:
            features[f"power_{label}{suffix}"] = f @ f / squared_norm / len(sites)
        for n, column in enumerate(reference[irrep].T, start=1):
            name = f"phase_{label}_ref{n}" if irrep == "E" else f"phase_{label}"
            features[name + suffix] = cosine(f, column)
    return features


def d4_features(block):
    """Return the features of one block, by name: its powers and phases, orbit after orbit."""
    half = (len(block) - 1) / 2
    spins = {(i - half, j - half): float(block[i][j]) for i, j in np.ndindex(np.shape(block))}
    reference = d4_reference(spins)
    features = {}
    for row, column in spins:
        if 0 <= row <= column:
            features |= d4_orbit_features(spins, (row, column), reference)
    return features


def components_of_spins(block, spins, n_states=None):
    """Return the components of the vectors of the spins, as blocks of floats, and their length."""
    block = np.asarray(block)
    if spins == "potts":
        # Component c of the vector of state s is q delta(s, c) - 1.
        length = math.sqrt(n_states * (n_states - 1))
        return [n_states * (block == c) - 1.0 for c in range(n_states)], length
    if spins == "clock":
        angles = 2 * math.pi * block / n_states
        return [np.cos(angles), np.sin(angles)], 1.0
    return [block.astype(float)], 1.0


def vector_d4_features(block, spins, n_states=None):
    """Return the features of a block, by name, from the vectors of its spins.

    A power or a length below 1e-9 is 0 up to rounding, and so is the phase.
    """
    half = (len(block) - 1) / 2
    blocks, length = components_of_spins(block, spins, n_states)
    components = [
        {(i - half, j - half): float(values[i, j]) for i, j in np.ndindex(np.shape(block))}
        for values in blocks
    ]
    references = [d4_reference(spins) for spins in components]
    features = {}
    for row, column in components[0]:
        if not 0 <= row <= column:
            continue
        sites, maps = d4_maps((row, column))
        of_sites = np.array([[spins[site] for site in sites] for spins in components])
        for irrep, label, matrix, squared_norm in maps:
            f = of_sites @ matrix.T
            if len(sites) > 1:
                power = (f**2).sum() / squared_norm / len(sites)
                features[f"power_{label}({row:g},{column:g})"] = power / length**2
            for n in range(len(matrix)):
                reference = np.array([of_state[irrep][:, n] for of_state in references])
                name = f"phase_{label}_ref{n + 1}" if irrep == "E" else f"phase_{label}"
                is_zero = min(np.linalg.norm(f), np.linalg.norm(reference)) < 1e-9
                value = 0.0 if is_zero else cosine(f.ravel(), reference.ravel())
                features[f"{name}({row:g},{column:g})"] = value
    if spins == "diluted":
        features["occupied"] = np.count_nonzero(block) / np.size(block)
    return features


def inner_product(spins, n_states):
    """Return the function that multiplies the unit vectors of two spins."""
    if spins == "potts":
        return lambda a, b: fractions.Fraction(n_states * (a == b) - 1, n_states - 1)
    if spins == "clock":
        return lambda a, b: math.cos(2 * math.pi * (a - b) / n_states)
    return lambda a, b: a * b


def pair_correlations(block, max_distance, spins="ising", n_states=None):
    """Return the mean of e_i . e_j over all pairs at each displacement up to D4, by name."""
    multiply = inner_product(spins, n_states)
    products = {}
    sites = list(np.ndindex(np.shape(block)))
    for first, second in itertools.combinations(sites, 2):
        dx, dy = sorted(abs(a - b) for a, b in zip(first, second, strict=True))
        if dx**2 + dy**2 <= max_distance**2:
            product = multiply(int(block[first]), int(block[second]))
            products.setdefault(f"pair({dx},{dy})", []).append(product)
    return {name: sum(values) / len(values) for name, values in products.items()}
