"""Sums over the sites and bonds of lattices."""

from ._jit import jit


@jit
def bond_sums(X, sums):
    """Fill `sums` with the sum of s_i s_j over the 2 N periodic bonds of each lattice.

    Parameters
    ----------
    X : int8 array of shape (n_samples, n_rows, n_cols)
    sums : int64 array of shape (n_samples,)
    """
    for k in range(X.shape[0]):
        total = 0
        for i in range(X.shape[1]):
            row, above = X[k, i], X[k, i - 1]
            total += row[0] * (row[-1] + above[0])
            for j in range(1, len(row)):
                total += row[j] * (row[j - 1] + above[j])
        sums[k] = total
