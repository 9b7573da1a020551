"""Energy and magnetization of lattices."""

import numpy as np

from .._kernels.observables import bond_sums
from .._spins import read_lattices


def energy_density(X):
    """Energy per site of each lattice, e = -(1 / N) sum_<ij> s_i s_j, with periodic boundaries.

    Every site has a bond to its right and one to its lower neighbour. In a lattice of two rows or
    columns, where two neighbours coincide, both of the bonds between them count.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1: an array, or a store that is read by slices, as a zarr array, an h5py
        data set or a dask array. It is read in pieces of some 16 MiB.

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
    shape, pieces = read_lattices(X)
    sums, start = np.empty(shape[0], np.int64), 0
    for lattices in pieces:
        bond_sums(lattices, sums[start : start + len(lattices)])
        start += len(lattices)
    return -sums / (shape[1] * shape[2])


def magnetization(X):
    """Magnetization per site of each lattice, m = (1 / N) sum_i s_i, with its sign.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1: an array, or a store that is read by slices, as a zarr array, an h5py
        data set or a dask array. It is read in pieces of some 16 MiB.

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
    shape, pieces = read_lattices(X)
    sums = np.concatenate([X.sum(axis=(1, 2), dtype=np.int64) for X in pieces])
    return sums / (shape[1] * shape[2])
