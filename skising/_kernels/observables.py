"""Sums over the sites and bonds of lattices."""

from ._jit import jit


@jit
def bond_sums(X, sums, periodic=True):
    """Fill `sums` with the sum of s_i s_j over the bonds of each lattice.

    Along a side of one site there are no bonds: a site is no neighbour of itself.

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
