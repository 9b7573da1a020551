"""The energy and the magnetization of each lattice."""

import numpy as np
from numpy.typing import NDArray

from .._kernels.observables import bond_sums
from .._typing import LatticesLike
from .._validation import check_choice
from ..blocks._open import open_lattices


def energy_density(X: LatticesLike, *, periodic: bool = True) -> NDArray[np.float64]:
    """Energy per site of each lattice, e = -(1 / N) sum_<ij> s_i s_j.

    In a periodic lattice every site has a bond to its right and one to its lower neighbour. With
    two rows or columns two sites can share two bonds, and both count. With one row or column a site
    has no neighbour in the other direction, and there are no bonds. With open boundaries only the
    bonds inside the lattice count, 2 L (L - 1) of L x L sites.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1: an array, or a store that is read by slices, such as a zarr array, an
        h5py data set or a dask array. It is read in pieces of at most 16 MiB, or else lattice by
        lattice.
    periodic : bool, default=True
        Whether there are bonds across the boundary. Choose False for pictures, for blocks of
        lattices, and for lattices with open boundaries.

    Returns
    -------
    energy : ndarray of shape (n_samples,), float64
        In units of J, from -2 to 2.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` has another shape, is empty, or holds anything but +1 and -1; if `periodic` is not
        a bool.

    Examples
    --------
    >>> import numpy as np
    >>> from skising.observables import energy_density
    >>> X = np.ones((2, 4, 4), dtype=np.int8)
    >>> X[1, 0, 0] = -1
    >>> energy_density(X)
    array([-2. , -1.5])

    Of the 24 bonds inside, one corner breaks two:

    >>> energy_density(X, periodic=False)
    array([-1.5 , -1.25])
    """
    periodic = check_choice(periodic, "periodic", (True, False))
    lattices = open_lattices(X)
    n_samples, n_rows, n_cols = lattices.shape
    sums, start = np.empty(n_samples, np.int64), 0
    for piece in lattices.pieces():
        bond_sums(piece, sums[start : start + len(piece)], periodic)
        start += len(piece)
    return -sums / (n_rows * n_cols)


def magnetization(X: LatticesLike) -> NDArray[np.float64]:
    """Magnetization per site of each lattice, m = (1 / N) sum_i s_i, with its sign.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1: an array, or a store that is read by slices, such as a zarr array, an
        h5py data set or a dask array. It is read in pieces of at most 16 MiB, or else lattice by
        lattice.

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
    lattices = open_lattices(X)
    n_samples, n_rows, n_cols = lattices.shape
    sums, start = np.empty(n_samples, np.int64), 0
    for piece in lattices.pieces():
        piece.sum(axis=(1, 2), dtype=np.int64, out=sums[start : start + len(piece)])
        start += len(piece)
    return sums / (n_rows * n_cols)
