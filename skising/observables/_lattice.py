"""Observables of each lattice: its energy, its magnetization and its order parameter."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .._kernels import clock
from .._kernels.observables import bond_sums, equal_bonds, squared_counts
from .._spins import vectors_of_kind
from .._typing import LatticesLike
from .._validation import check_choice
from ..blocks._open import open_lattices


def energy_density(
    X: LatticesLike,
    *,
    periodic: bool = True,
    spins: Literal["ising", "diluted", "potts", "clock"] = "ising",
    n_states: int | None = None,
) -> NDArray[np.float64]:
    """Energy per site of each lattice, e = -(1 / N) sum_<ij> s_i s_j for Ising spins.

    In a periodic lattice every site has a bond to its right and one to its lower neighbour. With
    two rows or columns two sites can share two bonds, and both count. With one row or column a site
    has no neighbour in the other direction, and there are no bonds. With open boundaries only the
    bonds inside the lattice count, 2 L (L - 1) of L x L sites.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1 unless `spins` says otherwise: an array, or a store that is read by
        slices, such as a zarr array, an h5py data set or a dask array. It is read in pieces of at
        most 16 MiB, or else lattice by lattice.
    periodic : bool, default=True
        Whether there are bonds across the boundary. Choose False for pictures, for blocks of
        lattices, and for lattices with open boundaries.
    spins : {"ising", "diluted", "potts", "clock"}, default="ising"
        What the numbers are, as in `PairCorrelationDescriptor`, and so the energy of a bond:

        - "ising": -s_i s_j;
        - "diluted": -s_i s_j, which is 0 if a site is vacant. N counts vacant sites, too;
        - "potts": -1 if the states are equal, and 0 if not;
        - "clock": -cos(2 pi (s_i - s_j) / q).
    n_states : int, default=None
        Number of states q of each spin, at most 32,768 for "potts" and 65,536 for "clock", at least
        2. "clock" needs it. With "potts" the energy does not depend on it, and None takes any
        states.

    Returns
    -------
    energy : ndarray of shape (n_samples,), float64
        In units of J, from -2 to 2; up to 0 for "potts".

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers; if `n_states` is not an integer.
    ValueError
        If `X` has another shape, is empty, or holds anything but spins; if `periodic` is not a
        bool, or `spins` not a listed choice; if `n_states` is out of range, is missing for "clock",
        or is given for "ising" or "diluted".

    See Also
    --------
    helicity_modulus : The response of the energy of clock spins to a twist.

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

    As states of the Potts model, and of a clock with four directions:

    >>> states = np.where(X > 0, 1, 2)
    >>> energy_density(states, spins="potts")
    array([-2.  , -1.75])
    >>> energy_density(states, spins="clock", n_states=4)
    array([-2.  , -1.75])
    """
    periodic = check_choice(periodic, "periodic", (True, False))
    lattices = open_lattices(X, spins=vectors_of_kind(spins, n_states))
    fill, dtype = _bond_kernel(lattices.spins)
    sums = measure_each(lattices, lambda X, sums: fill(X, sums, periodic), dtype=dtype)
    # Unlike -sums, this is never -0.0.
    return (0 - sums) / _n_sites(lattices)


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

    See Also
    --------
    order_parameter : Its square, which Potts and clock spins have, too.

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
    return _spin_sums(lattices) / _n_sites(lattices)


def order_parameter(
    X: LatticesLike,
    *,
    spins: Literal["ising", "diluted", "potts", "clock"] = "ising",
    n_states: int | None = None,
) -> NDArray[np.float64]:
    """Squared length of the mean spin of each lattice, ``|(1 / N) sum_i e_i|^2``.

    Here e_i is the unit vector of the spin at site i, as in `PairCorrelationDescriptor`. For every
    kind of spins the order parameter is the mean of e_i . e_j over all pairs of sites i and j, each
    site with itself among them. It is 1 if all spins are equal. If all spins are independent and
    every state is equally likely, its mean is 1 / N.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1 unless `spins` says otherwise: an array, or a store that is read by
        slices, such as a zarr array, an h5py data set or a dask array. It is read in pieces of at
        most 16 MiB, or else lattice by lattice.
    spins : {"ising", "diluted", "potts", "clock"}, default="ising"
        What the numbers are, as in `PairCorrelationDescriptor`, and so the order parameter:

        - "ising": m^2, where m is the `magnetization`;
        - "diluted": m^2, where m is the sum of the spins divided by the number N of all sites,
          vacant ones too;
        - "potts": (q sum_a m_a^2 - 1) / (q - 1), where m_a is the share of the sites in state a;
        - "clock": the squared length of the mean of (cos(2 pi s_i / q), sin(2 pi s_i / q)).
    n_states : int, default=None
        Number of states q of each spin, at most 32,768 for "potts" and 65,536 for "clock", at least
        2. "clock" needs it. None reads it from `X` for "potts", the highest state plus 1, which
        takes one more pass over `X`. Give it if a state may be missing in all lattices, as at low
        temperature: the order parameter depends on it.

    Returns
    -------
    order : ndarray of shape (n_samples,), float64
        From 0 to 1, up to rounding errors.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers; if `n_states` is not an integer.
    ValueError
        If `X` has another shape, is empty, or holds anything but spins; if `spins` is not a listed
        choice; if `n_states` is out of range, is missing for "clock", or is given for "ising" or
        "diluted".

    See Also
    --------
    magnetization : Of Ising spins, with its sign.

    Examples
    --------
    >>> import numpy as np
    >>> from skising.observables import order_parameter
    >>> X = np.zeros((2, 4, 4), dtype=np.int8)
    >>> X[1, :2] = 1
    >>> order_parameter(X, spins="potts", n_states=3)
    array([1.  , 0.25])
    >>> order_parameter(X, spins="clock", n_states=4)
    array([1. , 0.5])
    """
    lattices = open_lattices(X, spins=vectors_of_kind(spins, n_states))
    n_sites = _n_sites(lattices)
    if lattices.spins.kind == "potts":
        lattices.learn_n_states()
        q = lattices.spins.n_states
        squares = measure_each(lattices, lambda X, sums: squared_counts(X, q, sums))
        return potts_order(squares, q, n_sites)
    if lattices.spins.kind == "clock":
        vectors = clock.unit_vectors(lattices.spins.n_states)
        sums = measure_each(lattices, lambda X, sums: clock.spin_sums(X, vectors, sums), (2,))
        return np.sum((sums / n_sites) ** 2, axis=1)
    return (_spin_sums(lattices) / n_sites) ** 2


def potts_order(squares, n_states, n_sites):
    """Return the order parameter of Potts lattices, given the sum over a of n_a^2 of each."""
    return (n_states * squares / n_sites**2 - 1) / (n_states - 1)


def measure_each(lattices, fill, shape=(), dtype=np.float64):
    """Measure each lattice, and return the results as an array of shape (n_samples, ...).

    Parameters
    ----------
    lattices : Lattices
    fill : callable
        ``fill(X, results)`` fills the results of some lattices (n, n_rows, n_cols).
    shape : tuple of int
        Of the result of one lattice.
    dtype : type
        Of the results.
    """
    results, start = np.empty((len(lattices), *shape), dtype), 0
    for piece in lattices.pieces():
        fill(piece, results[start : start + len(piece)])
        start += len(piece)
    return results


def _bond_kernel(spins):
    """Return the function that sums e_i . e_j or equal states over bonds, and the sums' dtype."""
    if spins.kind == "clock":
        cosines = clock.unit_vectors(spins.n_states)[0]
        return lambda X, sums, periodic: clock.bond_sums(X, cosines, sums, periodic), np.float64
    return equal_bonds if spins.kind == "potts" else bond_sums, np.int64


def _spin_sums(lattices):
    """Return the sum of the spins of each lattice."""
    return measure_each(
        lattices,
        lambda X, sums: X.sum(axis=(1, 2), dtype=np.int64, out=sums),
        dtype=np.int64,
    )


def _n_sites(lattices):
    """Return the number of sites of a lattice."""
    return lattices.shape[1] * lattices.shape[2]
