"""What is measured on lattices of spins."""

import numpy as np

from ._kernels.observables import bond_sums
from ._validation import check_lattices

__all__ = ["energy_density", "magnetization"]


def energy_density(X):
    """Energy per site of each lattice, e = -(1 / N) sum_<ij> s_i s_j, with periodic boundaries.

    Every site has a bond to its right and one to its lower neighbour. In a lattice of two rows or
    columns, where two neighbours coincide, both of the bonds between them count.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1.

    Returns
    -------
    energy : ndarray of shape (n_samples,), float64
        In units of J, from -2 to 2.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` has another shape, is empty, or holds anything but +1 and -1.

    Examples
    --------
    >>> import numpy as np
    >>> from skising.observables import energy_density
    >>> X = np.ones((2, 4, 4), dtype=np.int8)
    >>> X[1, 0, 0] = -1
    >>> energy_density(X)
    array([-2. , -1.5])
    """
    X = check_lattices(X)
    sums = np.empty(len(X), np.int64)
    bond_sums(X, sums)
    return -sums / X[0].size


def magnetization(X):
    """Magnetization per site of each lattice, m = (1 / N) sum_i s_i, with its sign.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1.

    Returns
    -------
    magnetization : ndarray of shape (n_samples,), float64
        From -1 to 1.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` has another shape, is empty, or holds anything but +1 and -1.

    Examples
    --------
    >>> import numpy as np
    >>> from skising.observables import magnetization
    >>> X = np.ones((2, 4, 4), dtype=np.int8)
    >>> X[1, 0, 0] = -1
    >>> magnetization(X)
    array([1.   , 0.875])
    """
    X = check_lattices(X)
    return X.sum(axis=(1, 2), dtype=np.int64) / X[0].size
