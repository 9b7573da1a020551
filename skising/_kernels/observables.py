"""Sums over the sites and bonds of lattices.

Periodic lattices have a bond from each site to its right and to its lower neighbour. Along a side
of one site there are no bonds: a site is no neighbour of itself.
"""

import numpy as np

from ._jit import jit


@jit
def bond_sums(X, sums, periodic=True):
    """Fill `sums` with the sum of s_i s_j over the bonds of each lattice.

    Parameters
    ----------
    X : int8 array of shape (n_samples, n_rows, n_cols)
    sums : int64 array of shape (n_samples,)
    periodic : bool
        Whether there are bonds across the boundary.
    """
    n_samples, n_rows, n_cols = X.shape
    vertical, horizontal = n_rows > 1, n_cols > 1
    for k in range(n_samples):
        total = 0
        for i in range(n_rows):
            row = X[k, i]
            if horizontal:
                if periodic:
                    total += row[0] * row[-1]
                for j in range(1, n_cols):
                    total += row[j] * row[j - 1]
            if vertical and (periodic or i > 0):
                above = X[k, i - 1]
                for j in range(n_cols):
                    total += row[j] * above[j]
        sums[k] = total


@jit
def equal_bonds(X, sums, periodic=True):
    """Fill `sums` with the number of bonds between equal states in each lattice.

    Parameters
    ----------
    X : int8 or int16 array of shape (n_samples, n_rows, n_cols)
    sums : int64 array of shape (n_samples,)
    periodic : bool
        Whether there are bonds across the boundary.
    """
    n_samples, n_rows, n_cols = X.shape
    vertical, horizontal = n_rows > 1, n_cols > 1
    for k in range(n_samples):
        total = 0
        for i in range(n_rows):
            row = X[k, i]
            if horizontal:
                if periodic:
                    total += row[0] == row[-1]
                for j in range(1, n_cols):
                    total += row[j] == row[j - 1]
            if vertical and (periodic or i > 0):
                above = X[k, i - 1]
                for j in range(n_cols):
                    total += row[j] == above[j]
        sums[k] = total


@jit
def squared_counts(X, n_states, squares):
    """Fill `squares` with the sum over the states a of n_a^2, where n_a sites are in state a.

    Parameters
    ----------
    X : int8 or int16 array of shape (n_samples, n_rows, n_cols)
        States from 0 to q - 1.
    n_states : int
        q.
    squares : float64 array of shape (n_samples,)
    """
    counts = np.empty(n_states)
    for k in range(len(X)):
        counts[:] = 0
        for i in range(X.shape[1]):
            row = X[k, i]
            for j in range(len(row)):
                counts[row[j]] += 1
        squares[k] = np.sum(counts * counts)


@jit
def twist_sums(X, vectors, sums):
    """Fill `sums` with sums over the bonds of each periodic lattice, along either axis.

    Parameters
    ----------
    X : uint16 array of shape (n_samples, n_rows, n_cols)
        States from 0 to q - 1, of at least 2 x 2 sites.
    vectors : float64 array of shape (2, q)
        The `unit_vectors` of `skising._kernels.clock`.
    sums : float64 array of shape (n_samples, 2, 2)
        ``sums[k, axis]`` is the sum of the cosines and that of the sines of 2 pi (s_j - s_i) / q
        over all pairs of neighbours, where j follows i along the axis: 0 from row to row, 1 from
        column to column.
    """
    q = np.int32(vectors.shape[1])
    for k in range(len(X)):
        sums[k] = 0.0
        for i in range(X.shape[1]):
            row, above = X[k, i], X[k, i - 1]
            of_row = np.zeros((2, 2))
            for j in range(len(row)):
                here = np.int32(row[j])
                for axis, before in enumerate((above[j], row[j - 1])):
                    difference = here - np.int32(before)
                    if difference < 0:
                        difference += q
                    of_row[axis, 0] += vectors[0, difference]
                    of_row[axis, 1] += vectors[1, difference]
            sums[k] += of_row
