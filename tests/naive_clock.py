"""Slow, obvious twins of the kernels of the clock model, and its exact distributions."""

import itertools

import numpy as np
from naive import bonds, clusters


def vectors(states, n_states):
    """Return the unit vector of each state, as complex numbers."""
    return np.exp(2j * np.pi * np.asarray(states) / n_states)


def energy_and_spin(lattice, n_states, periodic=True):
    """Return the total energy and the sum of the unit vectors, as a complex number."""
    spins, (n_rows, n_columns) = vectors(lattice, n_states), lattice.shape
    energy = 0
    for i, j in itertools.product(range(n_rows), range(n_columns)):
        for other_i, other_j in ((i + 1, j), (i, j + 1)):
            is_across = other_i == n_rows or other_j == n_columns
            other = other_i % n_rows, other_j % n_columns
            if other != (i, j) and (periodic or not is_across):
                energy -= (spins[i, j] * spins[other].conjugate()).real
    return energy, spins.sum()


def wolff_probabilities(lattice, temperature, n_states, n_images):
    """Return the probability of every lattice after one cluster: a sum over all sets of bonds.

    The index of a lattice is a number with the digits s in base q. A bond joins with a probability
    that depends on what the energy would rise by if only one of its two sites were reflected. The
    first site gets one of the `n_images` nearest states.
    """
    flat = lattice.ravel().astype(int)
    digits, result = n_states ** np.arange(flat.size), np.zeros(n_states**flat.size)
    steps = {*range(1, n_images // 2 + 1), *range(-(n_images // 2), 0)}
    steps = steps if n_images < n_states - 1 else range(1, n_states)
    for site, step in itertools.product(range(flat.size), steps):
        images = (2 * flat[site] + step - flat) % n_states
        spins, reflected = vectors(flat, n_states), vectors(images, n_states)
        joined = []
        for a, b in bonds(len(lattice)):
            cosine = (spins[a] * spins[b].conjugate()).real
            rise = cosine - (reflected[a] * spins[b].conjugate()).real
            if rise > 1e-12:
                joined.append((a, b, 1 - np.exp(-rise / temperature)))
        for is_bond in itertools.product((False, True), repeat=len(joined)):
            pairs = [pair[:2] for pair in itertools.compress(joined, is_bond)]
            labels = clusters(flat.size, pairs)
            states = np.where(labels == labels[site], images, flat)
            factors = [
                p if bond else 1 - p for (_, _, p), bond in zip(joined, is_bond, strict=True)
            ]
            result[states @ digits] += np.prod(factors) / flat.size / n_images
    return result


def all_lattices(size, n_states):
    """Return all lattices whose first spin is in state 0, shape (n, L^2)."""
    others = itertools.product(range(n_states), repeat=size**2 - 1)
    flat = np.fromiter(itertools.chain.from_iterable(others), np.int8)
    flat = flat.reshape(-1, size**2 - 1)
    return np.column_stack([np.zeros(len(flat), np.int8), flat])


def boltzmann(size, temperature, n_states):
    """Return energies, orders |sum of the spins|^2 and probabilities of `all_lattices`."""
    lattices = all_lattices(size, n_states)
    cosines = np.cos(2 * np.pi * np.arange(-n_states, n_states) / n_states)
    energy = -sum(cosines[lattices[:, a] - lattices[:, b]] for a, b in bonds(size))
    order = np.abs(vectors(np.arange(n_states), n_states)[lattices].sum(axis=1)) ** 2
    weight = np.exp(-(energy - energy.min()) / temperature)
    return energy, order, weight / weight.sum()


def levels(energy, order):
    """Return pairs of total energy and squared sum of spins as integers, in units of 1e-6."""
    return np.rint(1e6 * np.column_stack([energy, order])).astype(np.int64)


def distribution(size, temperature, n_states):
    """Return the probability of each pair of `levels` in equilibrium."""
    energy, order, p = boltzmann(size, temperature, n_states)
    pairs, inverse = np.unique(levels(energy, order), axis=0, return_inverse=True)
    return dict(zip(map(tuple, pairs.tolist()), np.bincount(inverse.ravel(), p), strict=True))


def transfer_matrix_energy(size, temperature, n_states):
    """Return the mean energy per site of a torus, from the traces of powers of a matrix."""
    rows = np.array(list(itertools.product(range(n_states), repeat=size)))
    cosines = np.cos(2 * np.pi * np.arange(-n_states, n_states) / n_states)
    within = cosines[rows - np.roll(rows, 1, axis=1)].sum(axis=1)
    between = sum(cosines[np.subtract.outer(rows[:, i], rows[:, i])] for i in range(size))
    bond_sum = between + within / 2 + within[:, np.newaxis] / 2
    matrix = np.exp((bond_sum - 2 * size) / temperature)
    rest = np.linalg.matrix_power(matrix, size - 1)
    # The derivative of ln tr M^L by beta; the L factors M are alike.
    return -size * np.sum(bond_sum * matrix * rest.T) / np.sum(matrix * rest.T) / size**2
